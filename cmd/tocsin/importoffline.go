package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/go-json-experiment/json"
	"golang.org/x/term"

	"github.com/tocsin-project/tocsin/internal/api"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/hub"
	"github.com/tocsin-project/tocsin/internal/intake"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
)

// offline appends to the ledger itself; the hub's views follow when it starts.
func (c *importCommand) offline() (sender, func() error, error) {
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return nil, nil, err
	}
	if err := hub.Alone(c.Data); err != nil {
		return nil, nil, err
	}
	key, err := hub.ContributionKey(c.Data)
	if err != nil {
		return nil, nil, err
	}
	l, err := hub.OpenLedger(context.Background(), c.Data, sqlite.Options{})
	if err != nil {
		return nil, nil, err
	}
	return func(ctx context.Context, name string, body io.Reader) (api.Accepted, error) {
		submission, err := c.submission(name)
		if err != nil {
			return api.Accepted{}, usageError{err}
		}
		submission.Key = key
		outcome, err := intake.Read(ctx, body, submission)
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
		accepted := api.NewAccepted(outcome)
		accepted.Known = known
		return accepted, err
	}, l.Close, nil
}

// contributed says whether the ledger holds the contribution already. There is
// no catalog to ask while the hub is down, so the ledger is read.
func contributed(ctx context.Context, l ledger.Ledger, id string) (bool, error) {
	for e, err := range l.Read(ctx, 0, contribution.KindAccepted) {
		if err != nil {
			return false, err
		}
		if string(e.Body) == ledger.Erased {
			continue
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

// interactive says whether a person types at the stream.
func interactive(r io.Reader) bool {
	f, ok := r.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
