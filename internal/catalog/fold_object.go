package catalog

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"zombiezen.com/go/sqlite"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/stix"
)

// unversioned is the modified time of an object that has none: an observable
// has no versions, its id says all.
const unversioned = math.MinInt64

func audienceOf(e ledger.Entry) audience {
	return audience{owner: access.PartnerID(e.Actor), text: e.Audience}
}

// idHash is the key of an object's id: eight bytes of its SHA-256, so that
// nobody can make many ids with one key. Rows found by it are compared by id.
func idHash(id string) int64 {
	sum := sha256.Sum256([]byte(id))
	return int64(binary.BigEndian.Uint64(sum[:]))
}

func (f *fold) contribution(e ledger.Entry) error {
	var part contribution.Part
	if taken, err := f.decode(e, &part); err != nil || !taken {
		return err
	}
	number, err := f.numberOf(e)
	if err != nil {
		return err
	}
	// Times tie within an entry and readers page by time: each version gets a
	// time of its own, a microsecond after the one before.
	f.added = max(f.added, e.Time.UnixMicro()-1)
	for i, raw := range part.Objects {
		if err := f.object(e, i, number, raw); err != nil {
			return fmt.Errorf("object %d: %w", i, err)
		}
	}
	return f.exec(`INSERT OR IGNORE INTO part VALUES (?, ?, ?)`, func(s *sqlite.Stmt) {
		s.BindText(1, part.ID)
		s.BindInt64(2, int64(part.Part))
		s.BindInt64(3, int64(part.Parts))
	})
}

// object adds a version. Each partner's word is kept: the same version from
// two partners is kept twice, each with its own audience, and an answer takes
// the first that the principal may see. So nobody can replace, or hide by being
// first, what another one shares.
//
// The same version from the same partner changes nothing, unless it comes with
// another audience: the partner's last word on who may see it counts, and the
// version takes a new place, so that readers who had passed it by get it.
func (f *fold) object(e ledger.Entry, i int, number int64, raw jsontext.Value) error {
	h, err := stix.ParseHeader(raw)
	if err == nil && (h.ID == "" || h.Type == "") {
		err = fmt.Errorf("an object needs an id and a type")
	}
	if err != nil {
		return f.note(e.Seq, i, h.ID, err.Error())
	}
	v := version{idhash: idHash(h.ID), modified: versionTime(h), audience: number}
	newest, err := f.newestTime(v.idhash, h.ID)
	switch {
	case errors.Is(err, ErrNotFound):
		f.objects++
		if h.Type == relationshipType {
			f.relations++
		}
	case err != nil:
		return err
	default:
		duplicate, err := f.settle(e, i, &v, newest, h.ID, raw)
		if err != nil || duplicate {
			return err
		}
	}
	f.place++
	f.added++
	return f.insert(v, h, raw)
}

// version is a row of the table of that name, before it has a place.
type version struct {
	idhash    int64
	modified  int64
	audience  int64
	contested bool
	place     Place
}

// versionTime is when the version was made: modified, or created for what
// cannot be modified, such as a marking definition (TAXII 2.1, section 3.4).
func versionTime(h stix.Header) int64 {
	for _, t := range []time.Time{h.Modified, h.Created} {
		if !t.IsZero() {
			return t.UnixMicro()
		}
	}
	return unversioned
}

func (f *fold) insert(v version, h stix.Header, raw []byte) error {
	words := wordsOf(h, raw)
	err := f.exec("INSERT INTO version VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", func(s *sqlite.Stmt) {
		s.BindInt64(1, f.place)
		s.BindInt64(2, v.idhash)
		s.BindInt64(3, v.modified)
		s.BindInt64(4, f.added)
		s.BindInt64(5, v.audience)
		s.BindBool(6, h.Revoked)
		s.BindBool(7, v.contested)
		s.BindText(8, h.Type)
		s.BindText(9, h.ID)
		s.BindText(10, words.name)
	})
	if err != nil {
		return err
	}
	err = f.exec("INSERT INTO body VALUES (?, ?)", func(s *sqlite.Stmt) {
		s.BindInt64(1, f.place)
		s.BindBytes(2, raw)
	})
	if err != nil {
		return err
	}
	if h.Type == relationshipType {
		return f.exec("INSERT INTO relation VALUES (?, ?, ?, ?, ?, ?)", func(s *sqlite.Stmt) {
			s.BindInt64(1, f.place)
			s.BindInt64(2, idHash(h.SourceRef))
			s.BindInt64(3, idHash(h.TargetRef))
			s.BindText(4, h.RelationshipType)
			s.BindText(5, h.SourceRef)
			s.BindText(6, h.TargetRef)
		})
	}
	if words.empty() {
		return nil
	}
	return f.exec("INSERT INTO words (rowid, name, aliases, ids, value, description) VALUES (?, ?, ?, ?, ?, ?)", func(s *sqlite.Stmt) {
		s.BindInt64(1, f.place)
		s.BindText(2, words.name)
		s.BindText(3, words.aliases)
		s.BindText(4, words.ids)
		s.BindText(5, words.value)
		s.BindText(6, words.description)
	})
}
