package catalog

import (
	"slices"
	"strings"

	"zombiezen.com/go/sqlite"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/catalog/shelf"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// tighten gives versions a narrower audience. They keep their places: nobody
// is sent them again. An audience that cannot be read is nobody.
func (f *fold) tighten(e ledger.Entry) error {
	var t contribution.Tightening
	if taken, err := f.decode(e, &t); err != nil || !taken {
		return err
	}
	named, err := f.named(t)
	if err != nil || len(named) == 0 {
		return err
	}
	narrow, err := access.ParseAudience(t.Audience)
	if err != nil {
		if err := f.note(e.Seq, wholeEntry, t.Object, err.Error()+": it counts as nobody's"); err != nil {
			return err
		}
	}
	moved := map[shelf.Number]uint32{}
	for _, n := range named {
		to, err := f.numberOf(e.Seq, t.Owner, narrowed(f.audienceAt(n).text, narrow))
		if err != nil {
			return err
		}
		moved[n] = to
	}
	for n, number := range moved {
		err := f.exec("INSERT OR REPLACE INTO moved VALUES (?, ?)", func(s *sqlite.Stmt) {
			s.BindInt64(1, int64(n))
			s.BindInt64(2, int64(number))
		})
		if err != nil {
			return err
		}
	}
	if err := f.countWithdrawn(access.PartnerID(t.Owner), moved); err != nil {
		return err
	}
	f.change = f.c.shelf.Change(moved, nil)
	return f.reindex()
}

// countWithdrawn keeps the counts of what is withdrawn of each entry of an owner's.
func (f *fold) countWithdrawn(owner access.PartnerID, moved map[shelf.Number]uint32) error {
	view := f.c.shelf.View()
	by := map[uint64]int64{}
	for n, to := range moved {
		if f.c.numbers.nobodys(to) && !f.c.numbers.nobodys(view.At(n).Audience) {
			seq, _, _ := view.Place(n)
			by[seq]++
		}
	}
	view.Close()
	for seq, withdrawn := range by {
		err := f.exec("UPDATE part SET withdrawn = withdrawn + ? WHERE owner = ? AND seq = ?", func(s *sqlite.Stmt) {
			s.BindInt64(1, withdrawn)
			s.BindText(2, string(owner))
			s.BindInt64(3, int64(seq))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (f *fold) audienceAt(n shelf.Number) known {
	view := f.c.shelf.View()
	defer view.Close()
	return f.c.numbers.behind(view.At(n).Audience)
}

// narrowed is an audience after a tightening: the new one, and where that
// alone might tell somebody whom the old one does not, both.
func narrowed(from string, to access.Audience) string {
	if from == "" {
		return from // nobody's it stays
	}
	for text := range strings.SplitSeq(from, both) {
		if wide, err := access.ParseAudience(text); err == nil && !to.Within(wide) {
			return from + both + to.String()
		}
	}
	return to.String()
}

// named is the versions that a tightening means: of an object all that the
// owner shared, or those of some times, or in some entries; of a contribution
// those that it brought.
func (f *fold) named(t contribution.Tightening) (numbers []shelf.Number, err error) {
	if t.Object == "" {
		return f.broughtBy(access.PartnerID(t.Owner), t.Contribution)
	}
	times := map[int64]bool{}
	for _, at := range t.Versions {
		times[at.UnixMicro()] = true
	}
	view := f.c.shelf.View()
	defer view.Close()
	newest, err := view.Newest(shelf.KeyOf(t.Object))
	if err != nil {
		return nil, err
	}
	for n := newest; n != 0; n = view.At(n).Prev {
		r := view.At(n)
		modified, err := view.Modified(n)
		if err != nil {
			return nil, err
		}
		owner := f.c.numbers.behind(r.Audience).owner
		if seq, _, _ := view.Place(n); t.Only && !slices.Contains(t.Entries, ledger.Seq(seq)) {
			continue
		}
		if r.Flags&shelf.Erased == 0 && string(owner) == t.Owner && (len(times) == 0 || times[modified]) {
			numbers = append(numbers, n)
		}
	}
	return numbers, nil
}

// broughtBy is the versions that an owner's contribution brought.
func (f *fold) broughtBy(owner access.PartnerID, id string) (numbers []shelf.Number, err error) {
	entries, err := entriesIn(f.conn, owner, id)
	if err != nil {
		return nil, err
	}
	view := f.c.shelf.View()
	defer view.Close()
	for _, seq := range entries {
		first, last := view.Entry(uint64(seq))
		for n := first; n <= last; n++ {
			if view.At(n).Flags&shelf.Erased == 0 {
				numbers = append(numbers, n)
			}
		}
	}
	return numbers, nil
}

// reindex has the index follow the change.
func (f *fold) reindex() error {
	view := f.c.shelf.View()
	defer view.Close()
	for _, n := range f.change.Fell {
		if err := f.forget(n, view.Raw); err != nil {
			return err
		}
	}
	for _, n := range f.change.Rose {
		w, _, err := f.wordsAgain(n, view.Raw)
		if err == nil {
			err = f.index(n, w)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
