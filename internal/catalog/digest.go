package catalog

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"

	"zombiezen.com/go/sqlite"
)

// digested is every table in a canonical order, by content: audiences by their
// text and not by their number. The search index is in it as its list of
// words, with how many objects and how often each.
var digested = []string{
	"SELECT 'position', seq, hash, place, added, objects, relations, sightings FROM position",
	"SELECT 'audience', owner, audience FROM audience ORDER BY owner, audience",
	`SELECT 'version', place, idhash, modified, added, owner, a.audience, revoked, contested, type, id, name, raw
		FROM version v JOIN audience a ON a.number = v.audience JOIN body USING (place) ORDER BY place`,
	"SELECT 'relation', place, source, target, type, source_ref, target_ref FROM relation ORDER BY place",
	"SELECT 'words', term, doc, cnt FROM wordlist ORDER BY term",
	"SELECT 'report', partner, id FROM report ORDER BY partner, id",
	`SELECT 'sighting', s.number, type, value, owner, a.audience, reported, report, sector, country, basis, count, hosts,
		first_seen, last_seen, unresolved FROM sighting s JOIN audience a ON a.number = s.audience ORDER BY s.number`,
	"SELECT 'part', contribution, part, parts FROM part ORDER BY contribution, part",
	"SELECT 'note', seq, object, id, reason FROM note ORDER BY number",
}

// Digest is a SHA-256 over the whole content in a canonical order. Two
// catalogs folded from the same entries have the same digest, however the
// entries were cut into batches.
func (c *Catalog) Digest(ctx context.Context) (digest [32]byte, err error) {
	sum := sha256.New()
	err = c.read(ctx, func(conn *sqlite.Conn) error {
		for _, query := range digested {
			err := each(conn, query, nothing, func(s *sqlite.Stmt) (bool, error) {
				digestRow(sum, s)
				return true, nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return digest, fmt.Errorf("catalog digest: %w", err)
	}
	sum.Sum(digest[:0])
	return digest, nil
}

// digestRow adds a row, each value with its length before it, so that no two
// different rows are written alike.
func digestRow(sum hash.Hash, s *sqlite.Stmt) {
	var length [8]byte
	for i := range s.ColumnCount() {
		value := columnBytes(s, i)
		binary.BigEndian.PutUint64(length[:], uint64(len(value)))
		sum.Write(length[:])
		sum.Write(value)
	}
}
