package cluster

import (
	"context"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// While does work whenever this node leads, and cancels its context when that ends.
// An error of the work is While's, unless the lead had ended.
func (m *Member) While(ctx context.Context, work func(context.Context) error) error {
	for ctx.Err() == nil {
		if err := m.once(ctx, work); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// once does work during one lead.
func (m *Member) once(ctx context.Context, work func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	led, err := m.Lead(ctx)
	if err != nil {
		return err
	}
	if err := work(led); err != nil && led.Err() == nil {
		return err
	}
	<-led.Done() // there is no more to do in this lead
	return nil
}

// Under has what is appended in the context be part of this node's lead: it fails
// once that is over. It says whether there is one.
func (m *Member) Under(ctx context.Context) (context.Context, bool) {
	term := m.lead()
	return under(ctx, term), term != 0
}

// Lead waits until this node leads, and gives a context that ends with that lead: what
// is appended in it is part of the lead.
func (m *Member) Lead(ctx context.Context) (context.Context, error) {
	for ctx.Err() == nil {
		changed, term := m.Changed(), m.lead()
		if term != 0 {
			led, cancel := context.WithCancel(under(ctx, term))
			go func() {
				defer cancel()
				m.outlast(led, term)
			}()
			return led, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
	return nil, ctx.Err()
}

// outlast returns when the term has ended, or the context.
func (m *Member) outlast(ctx context.Context, term ledger.Seq) {
	for changed := m.Changed(); m.lead() == term; changed = m.Changed() {
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}

type termKey struct{}

// under has what is appended in the context be part of a lead.
func under(ctx context.Context, term ledger.Seq) context.Context {
	return context.WithValue(ctx, termKey{}, term)
}

func termOf(ctx context.Context) ledger.Seq {
	term, _ := ctx.Value(termKey{}).(ledger.Seq)
	return term
}
