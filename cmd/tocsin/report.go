package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/atomicfile"
	"github.com/tocsin-project/tocsin/internal/hub"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
	"github.com/tocsin-project/tocsin/internal/report"
)

type reportCommand struct {
	hubFlags
	Data     string   `help:"Make it from the ledger in this data directory, without the hub, which must not run." placeholder:"DIR"`
	For      string   `help:"With --data: the id of the partner that reads it; the hub's administrator if not said." placeholder:"PARTNER"`
	Incident string   `required:"" help:"The incident: an outbreak's id." placeholder:"ID"`
	AsOf     pastTime `help:"As of which moment: 2h (ago), 05:00 or 2026-11-24 05:00 (UTC), or RFC 3339; now if not said." placeholder:"TIME"`
	HTML     string   `name:"html" help:"Write it as a page, ready to be printed; '-' is standard output." placeholder:"FILE"`
	WhatIf   int      `help:"Play so many epidemics to ask what another way of sharing would have changed: a model." placeholder:"SEEDS"`
	JSON     bool     `name:"json" help:"Print JSON."`
}

func (c *reportCommand) Run(env *environment) error {
	switch {
	case c.HTML == "" && !c.JSON:
		return usageError{errors.New("say what to make: --html FILE, or --json")}
	case c.HTML == "-" && c.JSON:
		return usageError{errors.New("standard output takes one: --html - or --json")}
	case c.For != "" && c.Data == "":
		return usageError{errors.New("--for goes with --data: at a hub the token says who reads")}
	case c.WhatIf < 0 || c.WhatIf > report.MaxSeeds:
		return usageError{fmt.Errorf("--what-if takes 0 to %d", report.MaxSeeds)}
	}
	make := c.atHub
	if c.Data != "" {
		make = c.offline
	}
	if c.AsOf.IsZero() {
		c.AsOf.Time = time.Now()
	}
	page, text, err := make(env)
	if err != nil {
		return err
	}
	switch c.HTML {
	case "":
	case "-":
		if _, err := env.Stdout.Write(page); err != nil {
			return err
		}
	default:
		if err := atomicfile.Write(c.HTML, page, 0o600); err != nil {
			return fmt.Errorf("write the report: %w", err)
		}
		fmt.Fprintf(env.Stderr, "%s: %d bytes, as of %s\n", c.HTML, len(page), c.AsOf.UTC().Format(time.RFC3339))
	}
	_, err = env.Stdout.Write(text)
	return err
}

// atHub has a running hub make the report, for whoever the token is of.
func (c *reportCommand) atHub(env *environment) (page, text []byte, err error) {
	hub, err := c.client()
	if err != nil {
		return nil, nil, err
	}
	fetch := func(format string) ([]byte, error) {
		query := url.Values{"as_of": {c.AsOf.UTC().Format(time.RFC3339Nano)}, "format": {format}, "what_if": {strconv.Itoa(c.WhatIf)}}
		return hub.Fetch(env.Context, outbreakPath(c.Incident)+"/report?"+query.Encode())
	}
	if c.HTML != "" {
		page, err = fetch("html")
	}
	if c.JSON && err == nil {
		text, err = fetch("json")
	}
	return page, text, err
}

// offline makes the report from the ledger itself, with the rooms' own settings: a
// hub's configuration is not read.
func (c *reportCommand) offline(env *environment) (page, text []byte, err error) {
	if _, err := os.Stat(c.Data); err != nil {
		return nil, nil, err
	}
	l, err := hub.OpenLedger(env.Context, c.Data, sqlite.Options{})
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = cmp.Or(err, l.Close()) }()
	who, err := readerOf(env.Context, l, access.PartnerID(c.For))
	if err != nil {
		return nil, nil, err
	}
	made, err := report.Build(env.Context, l, who, c.Incident, c.AsOf.Time, report.Options{Seeds: c.WhatIf})
	if err != nil {
		return nil, nil, err
	}
	if c.HTML != "" {
		page, err = made.HTML()
	}
	if c.JSON && err == nil {
		text, err = made.JSON()
	}
	return page, text, err
}

// readerOf is who reads for a partner as things stand, the administrator for none.
func readerOf(ctx context.Context, l ledger.Reader, partner access.PartnerID) (access.Principal, error) {
	if partner == "" {
		return access.Principal{Role: access.Administrator, Communities: []string{access.DefaultCommunity}}, nil
	}
	d := access.NewDirectory()
	for e, err := range l.Read(ctx, 0, report.People()...) {
		if err == nil {
			err = d.Apply(e)
		}
		if err != nil {
			return access.Principal{}, err
		}
	}
	who, here := d.Reader(partner)
	if !here {
		return who, fmt.Errorf("no partner has the id %q: tocsin partner list has them", partner)
	}
	return who, nil
}
