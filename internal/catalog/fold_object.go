package catalog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"
	"zombiezen.com/go/sqlite"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/catalog/shelf"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

// add folds entries that take nothing back.
func (f *fold) add(ctx context.Context, entries []*parsedEntry) error {
	room := 0
	for _, e := range entries {
		if e.Kind == contribution.KindAccepted {
			room += e.size
		}
	}
	f.stage, f.queue = f.c.shelf.Stage(room), newQueue(f.conn)
	err := f.addEach(ctx, entries)
	err = errors.Join(err, f.queue.end())
	f.queue, f.lengths = nil, f.stage.Lengths()
	return err
}

func (f *fold) addEach(ctx context.Context, entries []*parsedEntry) error {
	for _, e := range entries {
		<-e.read
		err := cmp.Or(e.stopped, ctx.Err())
		switch {
		case err != nil || e.erased:
		case e.err != nil:
			err = f.note(e.Seq, wholeEntry, "", "unreadable body: "+e.err.Error())
		case e.Kind == sighting.KindReported:
			err = f.sighting(e.Entry)
		case e.Kind == contribution.KindAccepted:
			err = f.contribution(e)
		}
		if err != nil {
			return fmt.Errorf("entry %d: %w", e.Seq, err)
		}
		e.drop()
	}
	return nil
}

func (f *fold) contribution(e *parsedEntry) error {
	number, err := f.numberOf(e.Seq, e.Actor, e.Audience)
	if err != nil {
		return err
	}
	// Times tie within an entry and readers page by time: each version gets a
	// time of its own, a microsecond after the one before.
	first := max(f.added+1, e.Time.UnixMicro())
	f.stage.Begin(uint64(e.Seq), first)
	before, i := f.stage.Lengths().Versions, 0
	for _, s := range e.slices {
		<-s.done
		if s.stopped != nil {
			return s.stopped
		}
		for j := range s.parsed {
			if err := f.object(e, i, number, &s.parsed[j]); err != nil {
				return fmt.Errorf("object %d: %w", i, err)
			}
			i++
		}
	}
	n := int64(f.stage.Lengths().Versions - before)
	if n > 0 {
		f.added = first + n - 1
	}
	withdrawn := int64(0)
	if f.c.numbers.nobodys(number) {
		withdrawn = n
	}
	return f.exec(`INSERT INTO part VALUES (?, ?, ?, ?, ?, ?)`, func(s *sqlite.Stmt) {
		s.BindText(1, e.part.ID)
		s.BindInt64(2, int64(e.Seq))
		s.BindInt64(3, int64(e.part.Part))
		s.BindInt64(4, int64(e.part.Parts))
		s.BindText(5, e.Actor)
		s.BindInt64(6, withdrawn)
	})
}

// object adds a version. Each partner's word is kept: the same version from
// two partners is kept twice, each with its own audience. So nobody can
// replace, or hide by being first, what another one shares.
//
// The same version from the same partner changes nothing, unless it comes with
// another audience: the partner's last word on who may see it counts, and the
// version takes a new place, so that readers who had passed it by get it. What
// changes nothing is kept as well, in case the first one is erased.
func (f *fold) object(e *parsedEntry, i int, number uint32, o *parsed) error {
	if o.err != nil {
		return f.note(e.Seq, i, o.id, o.err.Error())
	}
	v := o.version
	v.Audience = number
	var err error
	if v.Kind, err = f.kindNumber(o.kind); err != nil {
		return err
	}
	added, err := f.stage.Add(v, o.raw)
	if err != nil || added.Number == 0 {
		return err
	}
	if added.First {
		f.count(o.id, 1)
	}
	if added.Differs != 0 {
		if err := f.noteDifference(e.Seq, i, o.id, added); err != nil {
			return err
		}
	}
	if v.Flags&shelf.Granular != 0 {
		if err := f.markRed(added.Number, e); err != nil {
			return err
		}
	}
	if added.Behind {
		return nil
	}
	if added.Before != 0 {
		if err := f.forget(added.Before, f.stage.Raw); err != nil {
			return err
		}
	}
	return f.index(added.Number, o.words)
}

func (f *fold) count(id string, by int64) {
	f.objects += by
	if strings.HasPrefix(id, relationshipType+"--") {
		f.relations += by
	}
}

func (f *fold) kindNumber(k kind) (uint16, error) {
	number, known := f.c.kinds.find(k)
	if known {
		return number, nil
	}
	number = f.c.kinds.add(k)
	f.newKinds++
	labels, err := json.Marshal(k.labels)
	if err != nil {
		return 0, err
	}
	return number, f.exec("INSERT INTO kind VALUES (?, ?, ?)", func(s *sqlite.Stmt) {
		s.BindInt64(1, int64(number))
		s.BindText(2, k.objectType)
		s.BindText(3, string(labels))
	})
}

func (f *fold) noteDifference(seq ledger.Seq, i int, id string, added shelf.Added) error {
	if added.Differs == added.Before {
		return f.note(seq, i, id, keptReason)
	}
	owner := f.c.numbers.behind(f.stage.At(added.Differs).Audience).owner
	return f.note(seq, i, id, "differs from the same version by "+string(owner))
}

// markRed keeps who may see the parts of a version that are marked TLP:RED.
func (f *fold) markRed(n shelf.Number, e *parsedEntry) error {
	to, _ := access.ParseAudience(e.Audience) // one that cannot be read was noted: it is nobody's
	to.TLP, to.Recipients = access.Red, nil
	for _, r := range e.part.Recipients {
		to.Recipients = append(to.Recipients, access.PartnerID(r))
	}
	number, err := f.numberOf(e.Seq, e.Actor, to.String())
	if err != nil {
		return err
	}
	f.granular[n] = number
	return f.exec("INSERT INTO granular VALUES (?, ?)", func(s *sqlite.Stmt) {
		s.BindInt64(1, int64(n))
		s.BindInt64(2, int64(number))
	})
}
