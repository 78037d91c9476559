package rpz

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/zeebo/xxh3"
)

// someStored says a little of everything.
var someStored = &stored{
	serial:  7,
	answers: []netip.Addr{netip.MustParseAddr("192.0.2.80"), netip.MustParseAddr("2001:db8::80")},
	names: facts[name]{
		{key: "evil.example", kind: wide}, {key: "kill.evil.example", kind: must, answer: 2}, {key: "only.example", kind: exact},
	},
	nets:        facts[block]{{key: block{netip.MustParsePrefix("198.51.100.0/24")}, kind: wide}},
	recentNames: []name{"gone.example", "evil.example"},
	recentNets:  []block{{netip.MustParsePrefix("203.0.113.9/32")}},
	history: []change{{from: 5, to: 7, removed: []record{{name: "gone.example", wild: true}}, added: []record{
		{name: "evil.example"}, {name: "kill.evil.example", answer: netip.MustParseAddr("2001:db8::80")}, {name: "kill.evil.example", wild: true, pass: true},
	}}},
}

func encoded(z *stored) []byte {
	var b bytes.Buffer
	(&encoder{to: &b}).stored(z)
	return b.Bytes()
}

func summed(body []byte) []byte {
	return binary.BigEndian.AppendUint64(bytes.Clone(body), xxh3.Hash(body))
}

// FuzzStored reads what has the right checksum, whatever it says: what is taken is in
// order, and is read again as it is written.
func FuzzStored(f *testing.F) {
	f.Add(encoded(someStored)[len(storedHead):])
	f.Add(encoded(&stored{})[len(storedHead):])
	f.Add([]byte{1, 0, 0xff, 0xff, 0x7f})
	f.Fuzz(func(t *testing.T, body []byte) {
		z, err := parseStored(summed(append([]byte(storedHead), body...)))
		if err != nil {
			return
		}
		for i, n := range z.names {
			if n.kind == nothing || int(n.answer) > len(z.answers) || i > 0 && z.names[i-1].key.compare(n.key) >= 0 {
				t.Fatalf("taken: %+v", z.names)
			}
		}
		again, err := parseStored(summed(encoded(z)))
		if err != nil || !reflect.DeepEqual(z, again) {
			t.Fatalf("%v: %+v, want %+v", err, again, z)
		}
	})
}

// A file that was cut off, or of which a byte has changed, is not taken.
func TestDamagedZonesAreNotTaken(t *testing.T) {
	whole := summed(encoded(someStored))
	if z, err := parseStored(whole); err != nil || !reflect.DeepEqual(z, someStored) {
		t.Fatalf("%v: %+v, want %+v", err, z, someStored)
	}
	for i := range whole {
		if _, err := parseStored(whole[:i]); err == nil {
			t.Errorf("cut off after %d bytes it is taken", i)
		}
		changed := bytes.Clone(whole)
		changed[i] ^= 1
		if _, err := parseStored(changed); err == nil {
			t.Errorf("with another byte %d it is taken", i)
		}
	}
}

// Zones of views that do not come back are removed; those of views that are served,
// or were a while ago, and other files are not.
func TestOldZonesAreRemoved(t *testing.T) {
	dir := t.TempDir()
	s := &Server{dir: dir, views: map[string]*served{"": {path: filepath.Join(dir, fileOf("served"))}}}
	for file, age := range map[string]time.Duration{
		fileOf("served"): 2 * keptFor, fileOf("left"): 2 * keptFor, fileOf("recent"): keptFor / 2, "tls.pem": 2 * keptFor,
	} {
		path := filepath.Join(dir, file)
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if at := time.Now().Add(-age); os.Chtimes(path, at, at) != nil {
			t.Fatal("the file's time cannot be set")
		}
	}
	s.prune()
	for file, want := range map[string]bool{fileOf("served"): true, fileOf("left"): false, fileOf("recent"): true, "tls.pem": true} {
		if _, err := os.Stat(filepath.Join(dir, file)); (err == nil) != want {
			t.Errorf("%s is there: %t", file, err == nil)
		}
	}
}
