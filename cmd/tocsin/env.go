package main

import (
	"io"
	"log/slog"
	"os"
	"text/tabwriter"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/term"

	"github.com/tocsin-project/tocsin/internal/client"
)

// logger writes what operators need to know to standard error.
func (env *environment) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(env.Stderr, &slog.HandlerOptions{Level: slog.LevelInfo}))
}

// loggerAs is logger in a format: "json" for programs that read logs, else text.
func (env *environment) loggerAs(format string) *slog.Logger {
	if format != "json" {
		return env.logger()
	}
	return slog.New(slog.NewJSONHandler(env.Stderr, &slog.HandlerOptions{Level: slog.LevelInfo}))
}

// terminal says whether a person watches the stream.
func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// printJSON writes a value for programs.
func (env *environment) printJSON(v any) error {
	if err := json.MarshalWrite(env.Stdout, v, jsontext.Multiline(true), json.Deterministic(true)); err != nil {
		return err
	}
	_, err := io.WriteString(env.Stdout, "\n")
	return err
}

// table lines up columns; flush it at the end.
func (env *environment) table() *tabwriter.Writer {
	return tabwriter.NewWriter(env.Stdout, 0, 4, 2, ' ', 0)
}

// hubFlags name the hub to talk to.
type hubFlags struct {
	Hub       string `help:"URL of the hub." default:"http://127.0.0.1:8440" env:"TOCSIN_HUB" placeholder:"URL"`
	TokenFile string `help:"File with the token." env:"TOCSIN_TOKEN_FILE" placeholder:"FILE"`
}

func (f hubFlags) client() (*client.Client, error) {
	if f.TokenFile == "" {
		return nil, usageError{errNoToken}
	}
	token, err := client.ReadToken(f.TokenFile)
	if err != nil {
		return nil, err
	}
	return client.New(f.Hub, token)
}
