package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/publiclog/proof"
	"github.com/tocsin-project/tocsin/internal/trust"
)

type caseProveCommand struct {
	hubFlags
	ID     string        `arg:"" name:"case" help:"The case."`
	Record int           `required:"" help:"The record's number, as the act that made it has printed it." placeholder:"N"`
	Wait   time.Duration `help:"How long to wait for the witnesses of the public log." default:"1m"`
}

// Run prints the proof once it holds by the hub's own keys: whether these are
// the right ones "tocsin log check" says.
func (c *caseProveCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	var p proof.Record
	path := fmt.Sprintf("%s/records/%d/proof", casePath(c.ID), c.Record)
	if err := askAgain(env.Context, c.Wait, func() error { return hub.Get(env.Context, path, &p) }); err != nil {
		return err
	}
	text, err := hub.Fetch(env.Context, "/log/keys")
	if err != nil {
		return err
	}
	keys, err := trust.Parse(text, false)
	if err != nil {
		return fmt.Errorf("what the hub says of its keys: %w", err)
	}
	shown, err := proof.CheckRecord(p, keys)
	if err != nil {
		return err
	}
	if string(shown.Case) != c.ID || shown.Record != c.Record {
		return errors.New("the hub proves another record than it was asked for")
	}
	if err := json.MarshalWrite(env.Stdout, p, jsontext.Multiline(true)); err != nil {
		return err
	}
	_, err = fmt.Fprintln(env.Stdout)
	return err
}

// printRecordProved writes what the proof of a record shows.
func printRecordProved(env *environment, p proof.RecordProved) error {
	t := env.table()
	fmt.Fprintf(t, "case\t%s\nrecord\t%d, %s\nby\t%s (%s)\nat\t%s\n", visible(string(p.Case)), p.Record, visible(string(p.Kind)), visible(p.Party), visible(string(p.By)), p.At.Format(time.RFC3339))
	fmt.Fprintf(t, "commitment\t%s\non the log\tentry %d of %d of %s\n", p.Commitment, p.Index, p.Size, visible(p.Origin))
	for _, at := range p.Cosigned {
		fmt.Fprintf(t, "seen\tby a witness at %s\n", at.Format(time.RFC3339))
	}
	return t.Flush()
}
