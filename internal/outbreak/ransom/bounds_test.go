package ransom_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/outbreak/ransom"
)

// A flood of other names and extensions does not hide what is done meanwhile, as
// long as the tables are not overrun within the window.
func TestFlood(t *testing.T) {
	d := ransom.New(ransom.Config{})
	feed(d, noon, 100, func(i int) []ransom.Act {
		acts := rename(".q7x")(i)
		for n := range 200 {
			acts = append(acts, ransom.Act{Actor: fmt.Sprintf("other#%d", n), Path: fmt.Sprintf("/srv/%d/%d/f.x%dz", i, n, i*200+n)})
		}
		return acts
	})
	if got := texts(d.Take()); !cmp.Equal(got, []string{".q7x"}) {
		t.Errorf("found %v; forgotten %v", got, d.Forgotten())
	}
}

// Findings are bounded: that which has not grown for longest goes.
func TestManyFindings(t *testing.T) {
	d := ransom.New(ransom.Config{MaxFindings: 4})
	at := noon
	for n := range 10 {
		at = feed(d, at, 30, func(i int) []ransom.Act { return rename(fmt.Sprintf(".q%dx", n))(1000*n + i) })
	}
	if diff := cmp.Diff([]string{".q6x", ".q7x", ".q8x", ".q9x"}, texts(d.Take())); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// refused says what a hub has against a finding: its limits on what a partner
// reports (checkEncryption in package api), by value, since what is found at the
// edge does not import the hub.
func refused(f ransom.Finding) string {
	unprintable := func(text string) bool {
		return !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return r == '/' || r == '\\' || !unicode.IsPrint(r) })
	}
	extension := strings.ToLower(f.Extension)
	switch {
	case extension == "" && f.Note == "":
		return "nothing is named"
	case extension != "" && (len(extension) < 2 || len(extension) > 32 || extension[0] != '.' || unprintable(extension)):
		return "its extension"
	case len(f.Note) > 128 || unprintable(f.Note):
		return "its note"
	case f.Hosts < 1 || extension != "" && f.Files < 1 || f.Note != "" && f.Folders < 1:
		return "its counts"
	case f.First.IsZero() || f.Last.Before(f.First):
		return "its times"
	}
	return ""
}

// What stands in a finding can be shown and reported, whatever the names were.
func TestHostileNames(t *testing.T) {
	for _, extension := range []string{
		"\xff\xfe", "\x1b[31m", "ü\u0085", "\x00", "a\u202eb", "z\u200bq", "x\u00a0y", "\ufeff", "\u2066a", "e\u2028f", "\U000e0041", "  ", "Q7XÉ",
		strings.Repeat("x", 31), strings.Repeat("x", 32), strings.Repeat("é", 16), "x" + strings.Repeat("é", 15), strings.Repeat("Ⱥ", 16),
	} {
		d := ransom.New(ransom.Config{})
		feed(d, noon, 50, rename("."+extension))
		if found := d.Take(); len(found) != 1 || refused(found[0]) != "" {
			t.Errorf("%q: %+v", extension, found)
		}
	}
	for _, note := range []string{"READ\u202e_NOW", "a\u00a0b", "\xff\xff", "r\u200b\ufeff", strings.Repeat("n", 124), strings.Repeat("Ⱥ", 62)} {
		d := ransom.New(ransom.Config{})
		feed(d, noon, 20, func(i int) []ransom.Act { return []ransom.Act{{Path: fmt.Sprintf(`C:\%d\%s.txt`, i, note)}} })
		if found := d.Take(); len(found) != 1 || refused(found[0]) != "" {
			t.Errorf("%q: %+v", note, found)
		}
	}
	for _, path := range []string{"", "/", `\\`, "C:", strings.Repeat("/a", 40000), "/a/." + strings.Repeat("x", 33), "/a/..", ":::", `\\?\UNC\`, "\x00"} {
		d := ransom.New(ransom.Config{})
		d.Act(ransom.Act{Path: path, At: noon})
		d.Act(ransom.Act{Path: path, From: path, At: noon})
		d.Act(ransom.Act{Path: path, Gone: true, At: noon})
		d.Act(ransom.Act{Path: "/a/b.c", From: path, At: noon})
		d.Act(ransom.Act{Path: path})
		if found := d.Take(); found != nil {
			t.Errorf("%.30q: %v", path, found)
		}
	}
}

// A time that no record can mean is ignored: it would be another one in 64 bits
// of nanoseconds, and the finding never quiet.
func TestTimesThatCannotBeMeant(t *testing.T) {
	year := func(n int) time.Time { return time.Date(n, 1, 1, 0, 0, 0, 0, time.UTC) }
	d := ransom.New(ransom.Config{})
	for _, at := range []time.Time{{}, year(-5), year(1600), time.Unix(0, 0), year(1990).Add(-time.Hour), year(2200), year(2400), year(9999)} {
		feed(d, at, 50, rename(".q7x"))
		if found := d.Take(); found != nil {
			t.Errorf("%s: %+v", at, found)
		}
	}
	for _, at := range []time.Time{year(1990), noon, year(2200).Add(-time.Hour)} {
		feed(d, at, 50, rename(".q7x"))
		if found := d.Take(); len(found) != 1 || found[0].First.Sub(at) > time.Minute || found[0].First.Before(at) || refused(found[0]) != "" {
			t.Errorf("%s: %+v", at, found)
		}
	}
}

// Records that come out of order give times that are in order.
func TestTheLastIsNotBeforeTheFirst(t *testing.T) {
	d := ransom.New(ransom.Config{})
	for i := range 50 {
		a := rename(".q7x")(i)[0]
		a.Actor, a.At = actor, noon.Add(-time.Duration(i)*time.Second)
		d.Act(a)
	}
	if found := d.Take(); len(found) != 1 || refused(found[0]) != "" {
		t.Errorf("%+v", found)
	}
}

func randomAct(t *rapid.T) ransom.Act {
	name := rapid.SampledFrom([]string{"a", "b", "c.docx", "d.pdf", "e.jpg", "n.txt", "f.tar.gz", "g.x"})
	extension := rapid.SampledFrom([]string{"", ".q7x", ".wncryt", ".wncry", ".bak", ".tmp", ".1", "~"})
	path := func(label string) string {
		return fmt.Sprintf("/h/%d/%s%s", rapid.IntRange(0, 12).Draw(t, label), name.Draw(t, label), extension.Draw(t, label))
	}
	a := ransom.Act{
		Host: netip.AddrFrom4([4]byte{10, 0, 0, byte(rapid.IntRange(0, 2).Draw(t, "host"))}), Actor: rapid.SampledFrom([]string{"", "x#1", "x#2@h"}).Draw(t, "actor"),
		Path: path("path"), At: noon.Add(time.Duration(rapid.IntRange(-1000, 90_000).Draw(t, "at")) * time.Millisecond),
	}
	switch rapid.IntRange(0, 3).Draw(t, "what") {
	case 0:
		a.Gone = true
	case 1:
		a.From = path("from")
	}
	return a
}

// The same acts in the same order give the same findings; and what is found has
// as many files as were asked for, within the time of the acts.
func TestFindingsAreOfTheActsAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		acts := rapid.SliceOfN(rapid.Custom(randomAct), 0, 300).Draw(t, "acts")
		cfg := ransom.Config{Files: 4, Notes: 3, MaxStreaks: 8, MaxNotes: 8, MaxFolders: 64, MaxTraces: 64, MaxHabits: 8, MaxFindings: 3}
		var runs [2][]ransom.Finding
		for i := range runs {
			d := ransom.New(cfg)
			for n, a := range acts {
				d.Act(a)
				if n%50 == 0 {
					runs[i] = append(runs[i], d.Take()...)
				}
			}
			runs[i] = append(runs[i], d.Take()...)
		}
		if diff := cmp.Diff(runs[0], runs[1]); diff != "" {
			t.Fatal(diff)
		}
		for _, f := range runs[0] {
			if refused(f) != "" || f.Hosts > 9 || f.First.Before(noon.Add(-time.Second)) || f.Last.After(noon.Add(90*time.Second)) {
				t.Fatalf("%+v", f)
			}
		}
	})
}
