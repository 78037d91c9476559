package demo

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/exercise"
	"github.com/tocsin-project/tocsin/internal/protect"
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
	s.Comparison = c
	return nil
}

// verify reads the ledger again from the first entry, checks every hash and
// the chain, folds it into new views, and holds these against the live ones.
func (s *Story) verify(ctx context.Context) error {
	live := s.hub.Views
	head, err := live.WaitSettled(ctx)
	if err != nil {
		return err
	}
	s.Figures.LedgerEntries = uint64(head.Seq)
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
	s.Figures.Verified = len(report.Damage) == 0 && report.Head == head && again == want
	verdict := "gives the same views"
	if !s.Figures.Verified {
		verdict = "DOES NOT give the same views"
	}
	s.tell(noTime, "The ledger's %d entries, read again from the first and folded anew, %s.", head.Seq, verdict)
	return nil
}

// refold builds views of the same ledger beside the live ones.
func (s *Story) refold(ctx context.Context) (p string, err error) {
	v, err := views.Open(ctx, s.hub.Views.Ledger, views.Config{
		Catalog: filepath.Join(s.cfg.Data, "catalog-again.db"), Protect: protect.Config{Sinkhole: s.hub.Sinkhole().Addr()},
		Clock: s.hub.Clock(), Logger: quiet(),
	})
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- v.Run(ctx) }()
	defer func() {
		cancel()
		err = errors.Join(err, <-ended, v.Close())
	}()
	if _, err := v.WaitSettled(ctx); err != nil {
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
	text, err := json.Marshal([]any{v.Access.Partners(), v.Access.Tokens(), v.Outbreak.List(), v.Protect.List(), v.Connections.Notify()}, json.Deterministic(true))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%x %s", digest, text), nil
}
