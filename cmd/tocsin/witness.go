package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/witness"
)

type witnessCommand struct {
	Run witnessRunCommand `cmd:"" default:"withargs" help:"Cosign what logs show consistently (the default)."`
	Key witnessKeyCommand `cmd:"" help:"Print the verifier key, for whoever is to trust the witness."`
}

// witnessFlags name the witness.
type witnessFlags struct {
	Data string `help:"Directory of the key and of what was cosigned." default:"tocsin-witness" placeholder:"DIR" env:"TOCSIN_WITNESS_DATA"`
	Name string `help:"Name of the key, such as witness.example/tocsin, when it is made at the first start (default: one by chance)." placeholder:"NAME"`
}

type witnessRunCommand struct {
	witnessFlags
	Listen  string   `help:"Address of HTTP." default:"127.0.0.1:8450" placeholder:"ADDR:PORT" env:"TOCSIN_WITNESS_LISTEN"`
	Log     []string `help:"Verifier key of a log to cosign; again for more logs, or more keys of one." placeholder:"VKEY" sep:"none"`
	LogFile string   `help:"File with such keys, one a line, also as 'tocsin log keys | grep ^log' writes them; lines that begin with # are left out." placeholder:"FILE"`
}

type witnessKeyCommand struct{ witnessFlags }

func (c *witnessKeyCommand) Run(env *environment) error {
	w, err := witness.Open(witness.Config{Data: c.Data, Name: c.Name})
	if err != nil {
		return err
	}
	fmt.Fprintln(env.Stdout, w.VerifierKey())
	return w.Close()
}

// shutdownGrace is how long requests under way may take once the witness is to
// end.
const shutdownGrace = 5 * time.Second

func (c *witnessRunCommand) Run(env *environment) (err error) {
	logs, err := c.logs()
	if err != nil {
		return err
	}
	if len(logs) == 0 {
		return usageError{errors.New("no log to cosign: give --log or --log-file")}
	}
	w, err := witness.Open(witness.Config{Data: c.Data, Name: c.Name, Logs: logs, Logger: env.logger()})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	listener, err := (&net.ListenConfig{}).Listen(env.Context, "tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", c.Listen, err)
	}
	server := &http.Server{
		Handler: w.Handler(), MaxHeaderBytes: 16 << 10,
		ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 20 * time.Second, WriteTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute,
	}
	fmt.Fprintln(env.Stdout, w.VerifierKey())
	fmt.Fprintf(env.Stderr, "The witness listens on http://%s\n", listener.Addr())
	stopped := make(chan error, 1)
	stop := context.AfterFunc(env.Context, func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(env.Context), shutdownGrace)
		defer cancel()
		stopped <- server.Shutdown(ctx)
	})
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		stop()
		return err
	}
	return <-stopped
}

// logs are the keys of both flags.
func (c *witnessRunCommand) logs() ([]string, error) {
	keys := c.Log
	if c.LogFile == "" {
		return keys, nil
	}
	text, err := os.ReadFile(c.LogFile)
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(text)) {
		// As `tocsin log keys` and trust files write it, or the key alone.
		line = strings.TrimPrefix(strings.TrimSpace(line), "log ")
		if line != "" && !strings.HasPrefix(line, "#") {
			keys = append(keys, line)
		}
	}
	return keys, nil
}
