package release

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Notice is what a reader is told of a withdrawal: it names only what that
// reader had been told.
type Notice struct {
	Contributions []string `json:"contributions"` // that brought the objects
	// Withdrawn are objects that the reader may no longer see; of an erased
	// contribution their ids are erased, too.
	Withdrawn []string `json:"withdrawn,omitempty"`
	// Versions are those that are meant, by modified or created; none: all that
	// these contributions brought.
	Versions []time.Time `json:"versions,omitempty"`
	// Tightened are objects that it may still see, under Audience: of whom else that
	// names, nobody is told.
	Tightened []string `json:"tightened,omitempty"`
	Audience  string   `json:"audience,omitzero"`
}

// Notice is what the reader has to be told of a withdrawal if it has passed the
// ledger's entry upTo. One without contributions is nothing: the reader is not
// told that there was a withdrawal.
func (r *Reader) Notice(ctx context.Context, from ledger.Reader, w Withdrawal, upTo ledger.Seq) (n Notice, err error) {
	for i, seq := range w.Entries {
		if seq > upTo || i >= len(w.Before) || !r.isTold(w.Owner, w.Before[i], seq) {
			continue
		}
		e, err := ledger.At(ctx, from, seq)
		if err == nil {
			err = r.notice(e, w, &n)
		}
		if err != nil {
			return Notice{}, fmt.Errorf("notice of withdrawal %d: %w", w.Seq, err)
		}
	}
	return n, nil
}

// notice adds what changed for the reader in one entry.
func (r *Reader) notice(e ledger.Entry, w Withdrawal, n *Notice) error {
	if string(e.Body) == ledger.Erased {
		if r.knew(e, w) && !r.maySee(w.Owner, w.Audience) {
			n.of(w.Contribution)
		}
		return nil
	}
	before, err := r.visible(e, r.from.touching(e.Seq, w.Seq-1))
	if err != nil {
		return err
	}
	for _, o := range before.objects {
		if !w.names(o.id, o.version) {
			continue
		}
		n.of(before.part.ID)
		n.Versions = w.Versions
		if r.maySee(w.Owner, w.Audience) {
			n.Tightened, n.Audience = append(n.Tightened, o.id), r.told(w.Audience)
		} else {
			n.Withdrawn = append(n.Withdrawn, o.id)
		}
	}
	return nil
}

func (n *Notice) of(contribution string) {
	if contribution != "" && !slices.Contains(n.Contributions, contribution) {
		n.Contributions = append(n.Contributions, contribution)
	}
}

// knew says of what can no longer be read whether the reader had been told of
// its contribution, and had not lost it before.
func (r *Reader) knew(e ledger.Entry, w Withdrawal) bool {
	return !slices.ContainsFunc(r.from.touching(e.Seq, w.Seq-1), func(t Withdrawal) bool {
		return t.Contribution != "" && !r.maySee(t.Owner, t.Audience)
	})
}
