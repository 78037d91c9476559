package hindsight_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/hindsight"
	"github.com/tocsin-project/tocsin/internal/observable"
)

// A key gives its value back, whatever that is.
func TestKeysAreTheirValues(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := drawValue(t)
		if rapid.Bool().Draw(t, "any text") {
			v.Text = rapid.StringOfN(rapid.SampledFrom([]rune(".:/@[]\x00abx0")), 0, 20, -1).Draw(t, "text")
		}
		text := v.Text
		if hindsight.CodeOf(v.Type) == 0 {
			text = string(v.Type) + "\x00" + text
		}
		key := hindsight.AppendKey(nil, hindsight.CodeOf(v.Type), text)
		if back := hindsight.ValueOf(key); back != v {
			t.Fatalf("%q comes back as %q, by key %q", v, back, key)
		}
	})
}

func segmentFor(t testing.TB, values ...observable.Value) []byte {
	t.Helper()
	dir := t.TempDir()
	m, err := hindsight.Open(dir, hindsight.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range values {
		for n := range 1 + i%20 {
			m.Note(v, netip.AddrFrom4([4]byte{10, 0, 0, byte(n)}), start)
		}
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, "0000000000000001.seen"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// FuzzSegment reads what is no segment, or a damaged one: it may be refused,
// and must not panic or go on for ever.
func FuzzSegment(f *testing.F) {
	f.Add([]byte(nil))
	f.Add([]byte(strings.Repeat("x", 200) + "TOCSINH1"))
	var many []observable.Value
	for i := range 400 {
		many = append(many, numbered(i))
	}
	f.Add(segmentFor(f, many...))
	f.Add(segmentFor(f, observable.Value{Type: observable.IPv4, Text: "192.0.2.1"}, observable.Value{Type: observable.URL, Text: "http://evil.example/a"}))
	question := []hindsight.Question{{Value: numbered(7)}, {Value: observable.Value{Type: observable.IPv4, Text: "0.0.0.0/0"}}}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, data := range [][]byte{data, hindsight.Sealed(data)} {
			_, err := hindsight.ReadSegment(data)
			if asked := hindsight.AskSegment(data, question); err == nil && asked != nil {
				t.Errorf("it can be read and not asked: %v", asked)
			}
		}
	})
}

// One byte that changed is noticed, wherever it is.
func TestEveryByteCounts(t *testing.T) {
	data := segmentFor(t, numbered(1), numbered(2), observable.Value{Type: observable.MD5, Text: "d41d8cd98f00b204e9800998ecf8427e"})
	if n, err := hindsight.ReadSegment(data); n != 3 || err != nil {
		t.Fatalf("%d records, %v", n, err)
	}
	for i := range data {
		data[i] ^= 0x40
		if _, err := hindsight.ReadSegment(data); err == nil {
			t.Errorf("byte %d of %d can change", i, len(data))
		}
		data[i] ^= 0x40
	}
}
