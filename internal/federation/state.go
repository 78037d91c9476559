package federation

import (
	"cmp"
	"context"
	"fmt"

	"github.com/tocsin-project/tocsin/internal/intake"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/stream"
)

// KindFollowed is the ledger entry whose body is a Followed. Its audience is nobody.
const KindFollowed ledger.Kind = "hub.followed"

// Followed says how far another hub was followed, and what of that is in the
// entries just before it, which were appended with it.
type Followed struct {
	Source string `json:"source"`
	From   string `json:"from"` // what the mark is about; with other terms it does not count
	Hub    string `json:"hub"`  // the id of the other hub
	// Mark is where reading goes on; the zero Mark while the stream is read again
	// from its beginning.
	Mark  stream.Mark `json:"mark,omitzero"`
	Held  []Held      `json:"held,omitempty"`
	Taken int         `json:"taken,omitzero"` // objects
	// Left are objects that the terms do not let in, and Cut contributions that
	// began here, or that come from a hub that is followed as well.
	Left       int                `json:"left,omitzero"`
	Cut        int                `json:"cut,omitzero"`
	Rejected   int                `json:"rejected,omitzero"` // objects that are not valid here
	Rejections []intake.Rejection `json:"rejections,omitempty"`
	// Checkpoint is the newest of the other hub's public log, as signed, that goes on
	// from those before; Contrary is one that does not, for which that hub answers.
	Checkpoint string `json:"checkpoint,omitzero"`
	Contrary   string `json:"contrary,omitzero"`
}

// Held is where a contribution of the other hub's is.
type Held struct {
	As   string     `json:"as"`   // its id there
	Back ledger.Seq `json:"back"` // its first entry is so many before this one
	N    int        `json:"n"`    // and has so many
}

// counts are of a batch, and of all of them.
type counts struct {
	taken, left, cut, rejected int
	rejections                 []intake.Rejection
}

func (c *counts) add(d counts) {
	c.taken += d.taken
	c.left += d.left
	c.cut += d.cut
	c.rejected += d.rejected
}

// state is what the ledger says of a source.
type state struct {
	from   string
	hub    string
	mark   stream.Mark
	read   ledger.Seq // up to here the ledger was read
	held   held
	totals counts

	checkpoint string
	contrary   string

	unsaid      counts // of lines of which nothing was taken, since the last entry
	unsaidLines int
}

// load reads on what the ledger says of how far this hub was followed: at first,
// and after an append of which it is not known whether it was carried out.
func (f *Follower) load(ctx context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for e, err := range f.deps.Ledger.Read(ctx, f.state.read, KindFollowed) {
		if err == nil {
			err = ledger.Fold(e, f.state.apply(f.cfg.Name))
		}
		if err != nil {
			return &own{fmt.Errorf("read how far %s was followed: %w", f.cfg.Name, err)}
		}
	}
	if f.checkpoint == "" {
		f.checkpoint = f.state.checkpoint
	}
	return nil
}

// apply folds an entry; one of another source only moves the place.
func (s *state) apply(name string) func(ledger.Entry, Followed) {
	return func(e ledger.Entry, d Followed) {
		s.read = max(s.read, e.Seq)
		if d.Source != name {
			return
		}
		if s.from != d.From {
			s.checkpoint, s.contrary = "", ""
		}
		s.from, s.hub, s.mark = d.From, d.Hub, d.Mark
		s.unsaid, s.unsaidLines = counts{}, 0
		s.checkpoint, s.contrary = cmp.Or(d.Checkpoint, s.checkpoint), cmp.Or(d.Contrary, s.contrary)
		for _, h := range d.Held {
			s.held.add(h.As, run{e.Seq - h.Back, h.N})
		}
		s.totals.add(counts{taken: d.Taken, left: d.Left, cut: d.Cut, rejected: d.Rejected})
	}
}

// own is a problem of this hub, not of what the other told.
type own struct{ error }

func (o *own) Unwrap() error { return o.error }
