package demo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/exercise"
	"github.com/tocsin-project/tocsin/internal/hub"
	"github.com/tocsin-project/tocsin/internal/views"
)

// compare plays the same world with other ways of sharing.
func (s *Story) compare(ctx context.Context) error {
	c, err := exercise.Compare(ctx, s.cfg.Scenario, []uint64{s.cfg.Seed})
	if err != nil {
		return err
	}
	if none := c.Sharing.None.InfectedFraction.P50; none != nil {
		s.Figures.InfectedFraction.None = *none
	}
	if hourly := c.Sharing.Hourly.InfectedFraction.P50; hourly != nil {
		s.Figures.InfectedFraction.Hourly = *hourly
	}
	c.Measured(s.curve, s.Figures.AlarmAfterS, s.Figures.InfectedAtAlarmFraction)
	s.Figures.Agreement = c.Agreement()
	s.Comparison = c
	return nil
}

// verify reads the ledger again from the first entry, checks every hash and
// the chain, folds it into new views, and holds these against the live ones. An
// edge may still report what it counted last; then the comparison, which needs
// both at one head, is made again.
func (s *Story) verify(ctx context.Context) error {
	live := s.hub.Views
	for {
		head, err := live.WaitSettled(ctx)
		if err != nil {
			return err
		}
		report, err := live.Ledger.Check(ctx)
		if err != nil {
			return err
		}
		again, err := s.refold(ctx)
		if err != nil {
			return err
		}
		want, err := picture(ctx, live)
		if err != nil {
			return err
		}
		now, err := live.Ledger.Head(ctx)
		if err != nil {
			return err
		}
		if now != head {
			continue
		}
		s.Figures.LedgerEntries = uint64(head.Seq)
		s.Figures.Verified = len(report.Damage) == 0 && report.Head == head && again == want
		verdict := "gives the same views"
		if !s.Figures.Verified {
			verdict = "DOES NOT give the same views"
		}
		s.tell(noTime, "The ledger's %d entries, read again from the first and folded anew, %s.", head.Seq, verdict)
		return nil
	}
}

// refold builds views of the same ledger beside the live ones.
func (s *Story) refold(ctx context.Context) (p string, err error) {
	dir, err := os.MkdirTemp(s.cfg.Data, "again-")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	v, err := s.hub.Beside(ctx, filepath.Join(dir, hub.CatalogFile))
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, v.Close()) }()
	if err := v.CatchUp(ctx); err != nil {
		return "", err
	}
	return picture(ctx, v)
}

// picture is everything that the views say, as text.
func picture(ctx context.Context, v *views.Views) (string, error) {
	digest, err := v.Catalog.Digest(ctx)
	if err != nil {
		return "", err
	}
	all := access.Principal{Role: access.Administrator, Communities: []string{access.DefaultCommunity}}
	protections := v.Protect.List()
	receipts := make([]any, len(protections))
	for i, p := range protections {
		receipts[i] = v.Protect.Receipts(all, p.ID)
	}
	text, err := json.Marshal([]any{
		v.Access.Partners(), v.Access.Tokens(), v.Outbreak.List(), protections, receipts, v.Protect.Refusals(all),
		v.Response.List(all, time.Time{}), v.Cases.List(all), v.Connections.List(),
	}, json.Deterministic(true))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%x %s", digest, text), nil
}
