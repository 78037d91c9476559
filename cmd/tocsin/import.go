package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/schollz/progressbar/v3"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/api"
	"github.com/tocsin-project/tocsin/internal/client"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/hub"
	"github.com/tocsin-project/tocsin/internal/intake"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
)

type importCommand struct {
	hubFlags
	Files      []string `arg:"" name:"file" help:"STIX bundles or plain lists (one domain, address, prefix, URL or hash a line), also gzip-compressed; '-' is standard input."`
	Data       string   `help:"Write into this data directory of a hub that is not running, instead of calling one." placeholder:"DIR"`
	List       bool     `help:"The files are plain lists; otherwise by name: .txt, .list and .lst are."`
	TLP        string   `name:"tlp" help:"Marking of objects that carry none (default green)."`
	Recipients []string `help:"With TLP:RED: ids of the partners who are told."`
	PerObject  bool     `help:"Take what is valid and report the rest; otherwise a file is taken whole or not at all."`
	JSON       bool     `name:"json" help:"Print JSON."`
}

func (c *importCommand) Run(env *environment) error {
	send, done, err := c.destination()
	if err != nil {
		return err
	}
	var failed error
	for _, name := range c.Files {
		if err := c.one(env, name, send); err != nil {
			failed = errors.Join(failed, fmt.Errorf("import %s: %w", name, err))
		}
	}
	return errors.Join(failed, done())
}

// sender contributes one body.
type sender func(ctx context.Context, list bool, body io.Reader) (api.Accepted, error)

func (c *importCommand) destination() (send sender, done func() error, err error) {
	if c.Data != "" {
		return c.offline()
	}
	hub, err := c.client()
	if err != nil {
		return nil, nil, err
	}
	return func(ctx context.Context, list bool, body io.Reader) (api.Accepted, error) {
		return c.upload(ctx, hub, list, body)
	}, func() error { return nil }, nil
}

func (c *importCommand) upload(ctx context.Context, hub *client.Client, list bool, body io.Reader) (accepted api.Accepted, err error) {
	query := url.Values{}
	if c.TLP != "" {
		query.Set("tlp", c.TLP)
	}
	if len(c.Recipients) > 0 {
		query.Set("recipients", strings.Join(c.Recipients, ","))
	}
	if c.PerObject {
		query.Set("per_object", "true")
	}
	media := "application/stix+json"
	if list {
		media = "text/plain"
	}
	err = hub.Upload(ctx, "/contributions?"+query.Encode(), media, body, &accepted)
	return accepted, err
}

// offline appends to the ledger itself; the hub's views follow when it starts.
func (c *importCommand) offline() (sender, func() error, error) {
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return nil, nil, err
	}
	l, err := sqlite.Open(filepath.Join(c.Data, hub.LedgerFile), sqlite.Options{})
	if err != nil {
		return nil, nil, err
	}
	audience := access.ToCommunity(access.Green)
	if c.TLP != "" {
		if audience.TLP, err = access.ParseTLP(c.TLP); err != nil {
			return nil, nil, errors.Join(usageError{err}, l.Close())
		}
	}
	for _, r := range c.Recipients {
		audience.Recipients = append(audience.Recipients, access.PartnerID(r))
	}
	return func(ctx context.Context, list bool, body io.Reader) (api.Accepted, error) {
		format := intake.STIX
		if list {
			format = intake.List
		}
		outcome, err := intake.Read(ctx, body, intake.Submission{Partner: access.Hub, Audience: audience, Format: format, PerObject: c.PerObject})
		known := false
		if err == nil {
			known, err = contributed(ctx, l, outcome.ID)
		}
		if err == nil && !known && len(outcome.Drafts) > 0 {
			_, err = l.Append(ctx, ledger.Any, outcome.Drafts...)
		}
		if refused := new(intake.Refused); errors.As(err, &refused) && refused.Cause == nil {
			err = fmt.Errorf("%w; nothing was taken: correct it, or have the rest taken with --per-object", err)
		}
		return api.Accepted{ID: outcome.ID, Accepted: outcome.Accepted, Rejected: outcome.Rejected, Known: known}, err
	}, l.Close, nil
}

// contributed says whether the ledger holds the contribution already. There is
// no catalog to ask while the hub is down, so the ledger is read.
func contributed(ctx context.Context, l ledger.Ledger, id string) (bool, error) {
	for e, err := range l.Read(ctx, 0, contribution.KindAccepted) {
		if err != nil {
			return false, err
		}
		var part struct {
			ID string `json:"id"`
		}
		if err := json.Unmarshal(e.Body, &part); err != nil {
			return false, fmt.Errorf("entry %d: %w", e.Seq, err)
		}
		if part.ID == id {
			return true, nil
		}
	}
	return false, nil
}

func (c *importCommand) one(env *environment, name string, send sender) error {
	in, size, err := open(env, name)
	if err != nil {
		return err
	}
	defer in.Close() // it was only read
	list := c.List
	switch strings.ToLower(filepath.Ext(strings.TrimSuffix(name, ".gz"))) {
	case ".txt", ".list", ".lst":
		list = true
	}
	var body io.Reader = in
	if terminal(env.Stderr) {
		bar := progressbar.DefaultBytes(size, "sending "+filepath.Base(name))
		body = io.TeeReader(in, bar)
		defer bar.Finish() //nolint:errcheck // decoration
	}
	accepted, err := send(env.Context, list, body)
	if err != nil {
		return err
	}
	if c.JSON {
		return env.printJSON(accepted)
	}
	verdict := "taken"
	if accepted.Known {
		verdict = "were there already"
	}
	fmt.Fprintf(env.Stdout, "%s: %d objects %s, %d rejected (%s)\n", name, accepted.Accepted, verdict, len(accepted.Rejected), accepted.ID)
	for _, r := range accepted.Rejected {
		place := r.Pointer
		if r.Line > 0 {
			place = fmt.Sprintf("line %d %s", r.Line, r.Pointer)
		}
		fmt.Fprintf(env.Stdout, "  not taken: %s %s: %s\n", place, r.ID, r.Reason)
	}
	return nil
}

// open opens a file or standard input; the size is -1 where it is not known.
func open(env *environment, name string) (io.ReadCloser, int64, error) {
	if name == "-" {
		return io.NopCloser(env.Stdin), -1, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	return f, info.Size(), nil
}
