package ransom_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"
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

// What stands in a finding can be shown, whatever the names were.
func TestHostileNames(t *testing.T) {
	for _, extension := range []string{".\xff\xfe", ".\x1b[31m", ".ü\u0085", "." + strings.Repeat("x", 32), ".\x00"} {
		d := ransom.New(ransom.Config{})
		feed(d, noon, 50, rename(extension))
		found := d.Take()
		if len(found) != 1 || !utf8.ValidString(found[0].Extension) || strings.ContainsAny(found[0].Extension, "\x00\x1b\u0085") {
			t.Errorf("%q: %+v", extension, found)
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
			if f.Extension == "" && f.Note == "" || f.Files < 0 || f.Hosts < 1 || f.Hosts > 9 || f.First.After(f.Last) || f.First.Before(noon.Add(-time.Second)) || f.Last.After(noon.Add(90*time.Second)) {
				t.Fatalf("%+v", f)
			}
		}
	})
}
