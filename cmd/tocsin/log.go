package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/client"
	"github.com/tocsin-project/tocsin/internal/publiclog/proof"
	"github.com/tocsin-project/tocsin/internal/trust"
)

type logCommand struct {
	Status logStatusCommand `cmd:"" help:"How the public log and its witnesses stand."`
	Keys   logKeysCommand   `cmd:"" help:"Print the hub's own keys, as a trust file."`
	Prove  logProveCommand  `cmd:"" help:"Print the proof that a contribution of yours was accepted."`
	Check  logCheckCommand  `cmd:"" help:"Say what such a proof shows, offline."`
	Rotate logRotateCommand `cmd:"" help:"Add a key to the log, or revoke one (administrator)."`
}

type logStatusCommand struct {
	hubFlags
	JSON bool `name:"json" help:"Print JSON."`
}

func (c *logStatusCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	var s proof.Status
	if err := hub.Get(env.Context, "/log", &s); err != nil {
		return err
	}
	if c.JSON {
		return env.printJSON(s)
	}
	t := env.table()
	fmt.Fprintf(t, "log\t%s\nentries\t%d, of which %d under the quorum (%s)\nroot\t%s\n", s.Origin, s.Size, s.Cosigned, s.Quorum, s.Root)
	if s.Ledger != nil {
		fmt.Fprintf(t, "ledger\tcommitted to at %s\n", s.Ledger.At.Format(time.RFC3339))
	}
	for _, w := range s.Witnesses {
		state := fmt.Sprintf("cosigned %d entries", w.Size)
		if w.Error != "" {
			state += "; now: " + visible(w.Error)
		}
		fmt.Fprintf(t, "witness\t%s\t%s\n", w.Name, state)
	}
	if s.Error != "" {
		fmt.Fprintf(t, "stands still\t%s\n", visible(s.Error))
	}
	return t.Flush()
}

type logKeysCommand struct {
	Hub string `help:"URL of the hub." default:"http://127.0.0.1:8440" env:"TOCSIN_HUB" placeholder:"URL"`
}

func (c *logKeysCommand) Run(env *environment) error {
	hub, err := client.Anonymous(c.Hub)
	if err != nil {
		return err
	}
	text, err := hub.Fetch(env.Context, "/log/keys")
	if err != nil {
		return err
	}
	if _, err := trust.Parse(text, false); err != nil {
		return fmt.Errorf("what the hub says of its keys: %w", err)
	}
	_, err = env.Stdout.Write(text)
	return err
}

type logProveCommand struct {
	hubFlags
	ID   string `arg:"" help:"The contribution (contribution--...)."`
	Part int    `help:"Of a large one: this part alone, from 1." placeholder:"N"`

	Wait time.Duration `help:"How long to wait for the log to commit to it." default:"1m"`
}

func (c *logProveCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	path := "/contributions/" + url.PathEscape(c.ID) + "/proof"
	if c.Part != 0 {
		path += fmt.Sprintf("?part=%d", c.Part)
	}
	var p proof.Contribution
	if err := askAgain(env.Context, c.Wait, func() error { return hub.Get(env.Context, path, &p) }); err != nil {
		return err
	}
	if err := json.MarshalWrite(env.Stdout, p, jsontext.Multiline(true)); err != nil {
		return err
	}
	_, err = fmt.Fprintln(env.Stdout)
	return err
}

// askEvery is how often the hub is asked again.
const askEvery = time.Second

// askAgain asks until the hub is ready, or patience ends.
func askAgain(ctx context.Context, patience time.Duration, ask func() error) error {
	end := time.Now().Add(patience)
	for {
		err := ask()
		var no *client.Problem
		if err == nil || !errors.As(err, &no) || no.Status != http.StatusServiceUnavailable || time.Now().After(end) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(askEvery):
		}
	}
}

type logCheckCommand struct {
	File  string `arg:"" help:"The proof, as tocsin log prove or tocsin case prove has printed it; \"-\" is standard input."`
	Trust string `required:"" help:"Trust file: keys of the log and of its witnesses that came from elsewhere." placeholder:"KEYS"`
	JSON  bool   `name:"json" help:"Print what it shows as JSON."`
}

// maxProof is more than any proof may have, in bytes.
const maxProof = 64 << 20

func (c *logCheckCommand) Run(env *environment) error {
	text, err := readAtMost(env, c.File, maxProof)
	if err != nil {
		return usageError{fmt.Errorf("read proof: %w", err)}
	}
	trusted, err := readAtMost(env, c.Trust, maxSmall)
	if err != nil {
		return usageError{fmt.Errorf("read trust file: %w", err)}
	}
	if len(text) > maxProof || len(trusted) > maxSmall {
		return usageError{errors.New("the proof or the trust file is too long")}
	}
	keys, err := trust.Parse(trusted, false)
	if err != nil {
		return err
	}
	if proof.IsRecord(text) {
		return c.record(env, text, keys)
	}
	p, err := proof.ParseContribution(text)
	if err != nil {
		return err
	}
	shown, err := proof.Check(p, keys)
	if err != nil {
		return err
	}
	if c.JSON {
		return env.printJSON(shown)
	}
	return printProved(env, shown)
}

// record checks the proof of a record of a case.
func (c *logCheckCommand) record(env *environment, text []byte, keys trust.File) error {
	r, err := proof.ParseRecord(text)
	if err != nil {
		return err
	}
	shown, err := proof.CheckRecord(r, keys)
	if err != nil {
		return err
	}
	if c.JSON {
		return env.printJSON(shown)
	}
	return printRecordProved(env, shown)
}

func printProved(env *environment, p proof.Proved) error {
	t := env.table()
	fmt.Fprintf(t, "contribution\t%s\nby\t%s\naccepted\t%s\n", visible(p.ID), visible(p.Partner), p.Accepted.Format(time.RFC3339))
	fmt.Fprintf(t, "objects\t%d, in %d of %d parts\n", len(p.Objects), len(p.Parts), p.Of)
	fmt.Fprintf(t, "committed to\t%s, on the log %s of %d entries\n", p.Logged.Format(time.RFC3339), visible(p.Origin), p.Size)
	for _, at := range p.Cosigned {
		fmt.Fprintf(t, "seen\tby a witness at %s\n", at.Format(time.RFC3339))
	}
	return t.Flush()
}

type logRotateCommand struct {
	hubFlags
	Revoke string `help:"Revoke this key; without, one more key is made." placeholder:"VKEY"`
}

func (c *logRotateCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	in := map[string]string{}
	if c.Revoke != "" {
		in["revoke"] = c.Revoke
	}
	var out struct {
		Key string `json:"key"`
	}
	if err := hub.Post(env.Context, "/log/keys", in, &out); err != nil {
		return err
	}
	if c.Revoke != "" {
		_, err = fmt.Fprintf(env.Stdout, "%s\nis revoked: the log signs with it no longer\n", out.Key)
		return err
	}
	_, err = fmt.Fprintf(env.Stdout, "%s\nsigns from now on as well; have it trusted before you revoke another\n", out.Key)
	return err
}
