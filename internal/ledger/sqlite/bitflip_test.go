package sqlite_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
)

const pageSize = 4096

// stored says where the file has an entry's parts, by the layout of a table
// leaf's cell (SQLite file format, section 1.6): length and number as
// varints, then the header and the values.
type stored struct {
	key, keyLength int
	kind, hash     int
	record         int // the part of it in the leaf
}

// leaves finds the entries in a ledger's file that is not in use.
func leaves(t *testing.T, raw []byte, es []ledger.Entry) map[ledger.Seq]stored {
	t.Helper()
	found := map[ledger.Seq]stored{}
	for page := pageSize; page < len(raw); page += pageSize {
		if raw[page] != 0x0d { // not a leaf of a table
			continue
		}
		cells := int(binary.BigEndian.Uint16(raw[page+3:]))
		if cells > 100 {
			continue // an overflow page
		}
		for c := range cells {
			at := page + int(binary.BigEndian.Uint16(raw[page+8+2*c:]))
			if at >= len(raw)-20 {
				continue
			}
			_, n := varint(raw[at:])
			seq, m := varint(raw[at+n:])
			if seq < 1 || seq > uint64(len(es)) {
				continue
			}
			e := es[seq-1]
			tail := append([]byte(e.Kind), e.Hash[:]...)
			kind := at + n + m + int(raw[at+n+m])
			if !bytes.HasPrefix(raw[kind:], tail) {
				continue
			}
			found[e.Seq] = stored{key: at + n, keyLength: m, kind: kind, hash: kind + len(e.Kind), record: kind + len(tail)}
		}
	}
	if len(found) != len(es) {
		t.Fatalf("found %d of %d entries in the file", len(found), len(es))
	}
	return found
}

func varint(b []byte) (v uint64, n int) {
	for n < 8 {
		v = v<<7 | uint64(b[n]&0x7f)
		n++
		if b[n-1]&0x80 == 0 {
			return v, n
		}
	}
	return v<<8 | uint64(b[n]), n + 1
}

// recordByte picks a byte of the entry's record and says where the file has it.
func recordByte(t *testing.T, raw []byte, e ledger.Entry, at stored) int {
	t.Helper()
	const window = 12
	body := e.Body
	for range 1000 {
		// The body is random, so that a few bytes of it show where they are;
		// what comes before the body lies in the leaf.
		if rand.IntN(4) == 0 {
			return at.record + rand.IntN(59+len(e.Kind)-1+len(e.Actor)+len(e.Audience))
		}
		i := rand.IntN(len(body) - window)
		if part := body[i : i+window]; bytes.Count(raw, part) == 1 {
			return bytes.Index(raw, part)
		}
	}
	t.Fatalf("entry %d is not in the file", e.Seq)
	return 0
}

// TestFlippedBitNamesEntry flips bits in each part of each entry: that entry
// and no other has to be named, and its neighbours have to count as sound.
func TestFlippedBitNamesEntry(t *testing.T) {
	const n = 60
	path := filepath.Join(t.TempDir(), "ledger")
	es := sample(t, path, n)
	raw := mustReadFile(t, path)
	where := leaves(t, raw, es)
	if r := mustCheck(t, path); len(r.Damage) > 0 {
		t.Fatalf("damage before any: %v", r.Damage)
	}
	for _, e := range es {
		at := where[e.Seq]
		for _, flip := range []struct {
			part     string
			at       int
			onlyThis bool // no word about anything but the entry
		}{
			{"record", recordByte(t, raw, e, at), true},
			{"hash", at.hash + rand.IntN(32), true},
			{"kind", at.kind + rand.IntN(len(e.Kind)), false}, // the index has the kind, too
			{"number", at.key + rand.IntN(at.keyLength), false},
		} {
			bit := rand.IntN(8)
			what := fmt.Sprintf("entry %d, %s, bit %d of byte %d", e.Seq, flip.part, bit, flip.at)
			r := mustCheck(t, place(t, path, map[string][]byte{"": flipped(raw, flip.at, bit)}))
			var named []ledger.Seq
			for _, d := range r.Damage {
				if d.Seq != 0 || flip.onlyThis {
					named = append(named, d.Seq)
				}
				if d.Reason == "" || strings.Contains(d.Reason, ledger.ErrCorrupt.Error()) {
					t.Errorf("%s: reason %q", what, d.Reason)
				}
			}
			if diff := cmp.Diff([]ledger.Seq{e.Seq}, named); diff != "" {
				t.Errorf("%s: named (-want +got):\n%s%v", what, diff, r.Damage)
			}
			if diff := cmp.Diff(allBut(n, e.Seq), r.Sound); diff != "" {
				t.Errorf("%s: sound (-want +got):\n%s%v", what, diff, r.Damage)
			}
		}
	}
}

// TestFlippedBitAnywhere flips bits anywhere in the file. Each is found, or
// lies where it does no harm: then the content is the same, and the ledger
// can be appended to and is sound afterwards.
func TestFlippedBitAnywhere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger")
	es := sample(t, path, 60)
	raw := mustReadFile(t, path)
	var places []int
	for range 120 {
		places = append(places, rand.IntN(len(raw)))
	}
	// The first page and the pages' headers decide how all else is read.
	places = append(places, 18, 19)
	for range 60 {
		places = append(places, rand.IntN(100), 100+rand.IntN(pageSize-100), rand.IntN(len(raw)/pageSize)*pageSize+rand.IntN(20))
	}
	found, harmless := 0, 0
	for _, at := range places {
		bit := rand.IntN(8)
		what := fmt.Sprintf("bit %d of byte %d (page %d, byte %d)", bit, at, at/pageSize+1, at%pageSize)
		damaged := place(t, path, map[string][]byte{"": flipped(raw, at, bit)})
		if r := mustCheck(t, damaged); len(r.Damage) > 0 {
			found++
			continue
		}
		harmless++
		l, err := sqlite.Open(damaged, sqlite.Options{})
		if at == 18 && err != nil {
			// The one byte that no reader meets: by it SQLite decides
			// whether it may write the file.
			wantMessage(t, err, ledger.ErrUnavailable, "byte 18")
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		sameContent(t, what, l, es)
		if _, err := l.Append(t.Context(), 60, ledger.Draft{Kind: kinds[0], Body: make([]byte, 2000)}); err != nil {
			t.Errorf("%s: append: %v", what, err)
		}
		mustClose(t, l)
		if r := mustCheck(t, damaged); len(r.Damage) > 0 || r.Entries != 61 {
			t.Errorf("%s: after an append: %v", what, r.Damage)
		}
	}
	t.Logf("file of %d bytes: %d flips found, %d harmless", len(raw), found, harmless)
	if found == 0 || harmless == 0 {
		t.Error("flips of only one sort")
	}
}
