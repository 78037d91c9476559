package dossier

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

func drawHashes(t *rapid.T) []tlog.Hash {
	hashes := make([]tlog.Hash, rapid.IntRange(0, maxProof).Draw(t, "hashes"))
	for i := range hashes {
		hashes[i] = tlog.Hash(rapid.SliceOfN(rapid.Byte(), tlog.HashSize, tlog.HashSize).Draw(t, "hash"))
	}
	return hashes
}

func TestPlacesAreReadAsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := place{index: rapid.Int64Range(0, maxIndex).Draw(t, "index"), proof: drawHashes(t)}
		got, err := parsePlace(want.line())
		if err != nil || got.index != want.index || !cmp.Equal([]tlog.Hash(want.proof), append([]tlog.Hash{}, got.proof...)) {
			t.Fatalf("%s was read as %v: %v", want.line(), got, err)
		}
	})
}

func TestPlacesThatAreRefused(t *testing.T) {
	hash := strings.Repeat("A", 43) + "="
	long := strings.TrimSuffix(strings.Repeat(`"`+hash+`",`, maxProof+1), ",")
	for _, line := range []string{
		``, `{}`, `{"index":1}`, `{"proof":[],"index":1}`, `{"index":1,"proof":[]} `, `{"index":1, "proof":[]}`, `{"index":1,"proof":[]}}`,
		`{"index":01,"proof":[]}`, `{"index":-1,"proof":[]}`, `{"index":+1,"proof":[]}`, `{"index":1e2,"proof":[]}`, `{"index":9007199254740992,"proof":[]}`,
		`{"index":1,"proof":null}`, `{"index":1,"proof":[}`, `{"index":1,"proof":[""]}`, `{"index":1,"proof":["` + hash + `",]}`, `{"index":1,"proof":["` + hash + `"`,
		`{"index":1,"proof":["` + strings.Repeat("A", 42) + "B=" + `"]}`, // bits left over
		`{"index":1,"proof":["` + strings.Repeat("A", 44) + `"]}`, `{"index":1,"proof":["` + hash[:42] + `\u0041="]}`,
		`{"index":1,"proof":[` + long + `]}`, `{"index":1,"proof":["` + hash + `"],"index":1}`,
	} {
		if p, err := parsePlace([]byte(line)); err == nil {
			t.Errorf("%s was read as %v", line, p)
		}
	}
}

func TestHistoryIsReadAsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := earlier{checkpoint: []byte(rapid.String().Draw(t, "checkpoint")), consistency: drawHashes(t)}
		line, err := want.line()
		if err != nil {
			t.Skip("not UTF-8")
		}
		got, err := parseEarlier(line)
		if err != nil || !bytes.Equal(got.checkpoint, want.checkpoint) || len(got.consistency) != len(want.consistency) {
			t.Fatalf("%s was read as %v: %v", line, got, err)
		}
	})
}

func TestHistoryThatIsRefused(t *testing.T) {
	for _, line := range []string{
		``, `{}`, `{"checkpoint":"a"}`, `{"checkpoint":"a","consistency":null}`, `{"checkpoint":1,"consistency":[]}`, `{"checkpoint":"\u0061","consistency":[]}`,
		`{"checkpoint":"a" ,"consistency":[]}`, `{"checkpoint":"a","consistency":[]}x`, `{"checkpoint":"a","consistency":["x"]}`, `{"consistency":[],"checkpoint":"a"}`,
		`{"checkpoint":"a","consistency":[],"consistency":[]}`, "{\"checkpoint\":\"\xff\",\"consistency\":[]}",
	} {
		if e, err := parseEarlier([]byte(line)); err == nil {
			t.Errorf("%s was read as %v", line, e)
		}
	}
	if _, err := parseHistory([]byte(strings.Repeat(`{"checkpoint":"a","consistency":[]}`+"\n", MaxHistory+1))); err == nil {
		t.Error("more lines than are possible were read")
	}
}

func TestLinesThatAreRefused(t *testing.T) {
	for _, text := range []string{"\n", strings.Repeat("\n", 1<<20), strings.Repeat("a", 30), strings.Repeat("a\n", 100)} {
		if lines, err := splitLines([]byte(text)); err == nil {
			t.Errorf("%.20q was split in %d lines", text, len(lines))
		}
	}
}

func TestCount(t *testing.T) {
	for want, got := range map[string]string{
		"0 records": count(0, "record"), "1 reply": count(1, "reply"), "2 replies": count(2, "reply"), "999 entries": count(999, "entry"), "3 keys": count(3, "key"),
		"1,000 witnesses": count(1000, "witness"), "12,345 hypotheses": count(12345, "hypothesis"), "1,234,567 bytes": count(1234567, "byte"),
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestTolerance holds numbers of scores against those of somebody else's arithmetic.
func TestTolerance(t *testing.T) {
	scores := func(n string, band string) []byte {
		return fmt.Appendf(nil, `{"a":["x",%q],"b":%q,"n":1,"z":null}`, n, band)
	}
	for _, c := range []struct {
		stated []byte
		ok     bool
	}{
		{scores("0.500000", "mild"), true}, {scores("0.500002", "mild"), true}, {scores("0.499998", "mild"), true},
		{scores("0.500003", "mild"), false}, {scores("0.5", "mild"), false}, {scores("0.500000", "strong"), false},
		{[]byte(`{"a":["x"],"b":"mild","n":1,"z":null}`), false}, {[]byte(`{"a":["x","0.500000"],"b":"mild","n":1}`), false},
		{[]byte(`{"a":["x","0.500000"],"b":"mild","c":1,"n":1}`), false}, {[]byte(`{"a":["x","0.500000"],"b":"mild","n":2,"z":null}`), false},
	} {
		if err := CompareScores(scores("0.500000", "mild"), c.stated); (err == nil) != c.ok {
			t.Errorf("%s: %v, want it to be close: %t", c.stated, err, c.ok)
		}
	}
}

func FuzzPlaces(f *testing.F) {
	f.Add(place{index: 12, proof: []tlog.Hash{{1}, {2}}}.line())
	f.Fuzz(func(t *testing.T, text []byte) {
		if places, err := parsePlaces(text); err == nil && !bytes.Equal(writePlaces(places), text) {
			t.Errorf("%q was read, and would be written %q", text, writePlaces(places))
		}
	})
}

func FuzzHistory(f *testing.F) {
	f.Add([]byte(`{"checkpoint":"a\nb","consistency":["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="]}` + "\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		history, err := parseHistory(text)
		if err != nil {
			return
		}
		var again []byte
		for _, e := range history {
			line, err := e.line()
			if err != nil {
				t.Fatal(err)
			}
			again = append(append(again, line...), '\n')
		}
		if !bytes.Equal(again, text) {
			t.Errorf("%q was read, and would be written %q", text, again)
		}
	})
}

func FuzzRecords(f *testing.F) {
	f.Add([]byte(`{"record":{"at":"2017-05-15T17:02:01.000000Z","body":{},"by":"identity--x","case":"case--x","kind":"case.opened","n":1,"prev":"00"},"salt":"` + strings.Repeat("0", 64) + `"}` + "\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		lines, err := parseRecords(text)
		if err != nil {
			return
		}
		if again, err := writeRecords(opened(lines)); err != nil || !bytes.Equal(again, text) {
			t.Errorf("%q was read, and would be written %q: %v", text, again, err)
		}
	})
}
