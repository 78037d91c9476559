package catalog

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"

	"zombiezen.com/go/sqlite"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/catalog/shelf"
)

// digested is the tables in a canonical order, by content: audiences by their
// text and not by their number. The search index is in it as its list of
// words, with how many objects and how often each.
var digested = []string{
	"SELECT 'position', seq, hash, objects, relations, sightings, erasures FROM position",
	"SELECT 'words', term, doc, cnt FROM wordlist ORDER BY term",
	"SELECT 'report', partner, id FROM report ORDER BY partner, id",
	`SELECT 'sighting', s.number, type, value, owner, a.audience, reported, report, sector, country, basis, count, hosts,
		first_seen, last_seen, unresolved FROM sighting s JOIN audience a ON a.number = s.audience ORDER BY s.number`,
	"SELECT 'part', contribution, seq, part, parts, owner, withdrawn FROM part ORDER BY contribution, seq",
}

// whole is what an erasure makes differ from a catalog that is rebuilt: the
// notes about what was compared with what is gone.
const whole = "SELECT 'note', seq, object, id, reason FROM note ORDER BY number"

// Digest is a SHA-256 over the whole content in a canonical order. Two
// catalogs folded from the same entries have the same digest, however the
// entries were cut into batches, and whether an erased contribution was erased
// before or after it was folded in. Once something was erased, notes and added
// times no longer count.
func (c *Catalog) Digest(ctx context.Context) (digest [32]byte, err error) {
	sum := sha256.New()
	erasures := int64(0)
	err = c.read(ctx, func(conn *sqlite.Conn) error {
		err := one(conn, "position", "SELECT erasures FROM position", nothing, func(s *sqlite.Stmt) { erasures = s.ColumnInt64(0) })
		if err != nil {
			return err
		}
		queries := digested
		if erasures == 0 {
			queries = append(queries[:len(queries):len(queries)], whole)
		}
		for _, query := range queries {
			err := each(conn, query, nothing, func(s *sqlite.Stmt) (bool, error) {
				for i := range s.ColumnCount() {
					digestValue(sum, columnBytes(s, i))
				}
				return true, nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = c.digestVersions(ctx, sum, erasures == 0)
	}
	if err != nil {
		return digest, fmt.Errorf("catalog digest: %w", err)
	}
	sum.Sum(digest[:0])
	return digest, nil
}

// digestedAtOnce is how many versions are digested in one view of the shelf.
const digestedAtOnce = 1024

func (c *Catalog) digestVersions(ctx context.Context, sum hash.Hash, withAdded bool) error {
	for from, more := shelf.Number(1), true; more; from += digestedAtOnce {
		if err := ctx.Err(); err != nil {
			return err
		}
		var err error
		if more, err = c.digestSome(sum, from, withAdded); err != nil {
			return err
		}
	}
	return nil
}

func (c *Catalog) digestSome(sum hash.Hash, from shelf.Number, withAdded bool) (more bool, err error) {
	a := c.ask(access.Principal{})
	defer a.close()
	kinds := c.kinds.all()
	last := min(a.view.Len(), from+digestedAtOnce-1)
	for n := from; n <= last; n++ {
		r := a.view.At(n)
		if r.Flags&shelf.Erased != 0 {
			continue
		}
		raw, err := a.view.Raw(n)
		if err != nil {
			return false, err
		}
		modified, err := a.view.Modified(n)
		if err != nil {
			return false, err
		}
		seq, ordinal, added := a.view.Place(n)
		if !withAdded {
			added = 0
		}
		k, red, kind := a.known(r.Audience), a.known(c.granular.redOf(n)), kinds[r.Kind]
		numbers := []int64{int64(placeOf(seq, ordinal)), added, modified, int64(r.Flags & (shelf.Revoked | shelf.Behind))}
		for _, v := range numbers {
			digestValue(sum, binary.BigEndian.AppendUint64(nil, uint64(v)))
		}
		for _, text := range []string{string(k.owner), k.text, string(red.owner), red.text, kind.key} {
			digestValue(sum, []byte(text))
		}
		digestValue(sum, raw)
	}
	return last < a.view.Len(), nil
}

// digestValue adds a value with its length before it, so that no two different
// rows are written alike.
func digestValue(sum hash.Hash, value []byte) {
	sum.Write(binary.BigEndian.AppendUint64(nil, uint64(len(value))))
	sum.Write(value)
}
