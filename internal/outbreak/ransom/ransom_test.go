package ransom_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/outbreak/ransom"
)

const actor = `C:\x\y.exe#4711@ws-07`

var kinds = []string{"docx", "xlsx", "jpg", "pdf"}

// original is the i-th file of a host, ten in a folder.
func original(i int) string { return fmt.Sprintf(`C:\Users\a\%d\f%d.%s`, i/10, i, kinds[i%4]) }

// feed does what do says for each of n files, a tenth of a second apart.
func feed(d *ransom.Detector, from time.Time, n int, do func(i int) []ransom.Act) (last time.Time) {
	for i := range n {
		from = from.Add(100 * time.Millisecond)
		for _, a := range do(i) {
			a.At = from
			if a.Actor == "" {
				a.Actor = actor
			}
			d.Act(a)
		}
	}
	return from
}

func rename(extension string) func(i int) []ransom.Act {
	return func(i int) []ransom.Act {
		return []ransom.Act{{From: original(i), Path: original(i) + extension}}
	}
}

// texts are what findings are of.
func texts(found []ransom.Finding) (list []string) {
	for _, f := range found {
		list = append(list, strings.TrimSpace(f.Extension+" "+f.Note))
	}
	return list
}

func TestRule(t *testing.T) {
	folder := func(i int) string { return fmt.Sprintf(`C:\Users\a\%d\`, i) }
	for _, test := range []struct {
		name  string
		files int
		do    func(i int) []ransom.Act
		want  []string
	}{
		{"one too few", 20, rename(".WNCRY"), nil}, // of the third folder
		{"enough", 21, rename(".WNCRY"), []string{".wncry"}},
		{"two former extensions", 100, func(i int) []ransom.Act {
			from := fmt.Sprintf("%d/f%d.%s", i/10, i, kinds[i%2])
			return []ransom.Act{{From: from, Path: from + ".q7x"}}
		}, nil},
		{"two folders", 100, func(i int) []ransom.Act {
			from := fmt.Sprintf("%d/f%d.%s", i%2, i, kinds[i%4])
			return []ransom.Act{{From: from, Path: from + ".q7x"}}
		}, nil},
		{"made, originals stay", 39, func(i int) []ransom.Act { return []ransom.Act{{Path: original(i) + ".q7x"}} }, nil},
		{"made, more of them", 40, func(i int) []ransom.Act { return []ransom.Act{{Path: original(i) + ".q7x"}} }, []string{".q7x"}},
		{"made, originals removed later by another process", 21, func(i int) []ransom.Act {
			return []ransom.Act{{Path: original(i) + ".q7x"}, {Path: original(i), Gone: true, Actor: "taskdl.exe#2@ws-07"}}
		}, []string{".q7x"}},
		{"removed first", 21, func(i int) []ransom.Act {
			return []ransom.Act{{Path: original(i), Gone: true}, {Path: original(i) + ".q7x"}}
		}, []string{".q7x"}},
		{"another extension instead", 21, func(i int) []ransom.Act {
			o := original(i)
			return []ransom.Act{{Path: o[:strings.LastIndex(o, ".")] + ".q7x"}, {Path: o, Gone: true}}
		}, []string{".q7x"}},
		{"another extension instead, removed first", 21, func(i int) []ransom.Act {
			o := original(i)
			return []ransom.Act{{Path: o, Gone: true}, {Path: o[:strings.LastIndex(o, ".")] + ".q7x"}}
		}, []string{".q7x"}},
		{"files with an unknown extension, nothing removed", 100, func(i int) []ransom.Act { return []ransom.Act{{Path: folder(i/10) + fmt.Sprint("x", i, ".q7x")}} }, nil},
		{"the same file again and again", 100, func(i int) []ransom.Act { return rename(".q7x")(i % 19 * 2) }, nil},
		{"an unknown kind of file, in rsync's manner", 100, func(i int) []ransom.Act {
			return []ransom.Act{{From: fmt.Sprintf("%d/.order %d.q7x.A%dz", i/10, i, i), Path: fmt.Sprintf("%d/order %d.q7x", i/10, i)}}
		}, nil},
		{"an unknown kind of file, from temporary ones", 100, func(i int) []ransom.Act {
			return []ransom.Act{{From: fmt.Sprintf("%d/%x.%s", i/10, i, []string{"tmp", "part", "new"}[i%3]), Path: fmt.Sprintf("%d/order %d.q7x", i/10, i)}}
		}, nil},
		{"files come back", 100, func(i int) []ransom.Act {
			return append(rename(".q7x")(i), ransom.Act{Path: original(i)})
		}, nil},
		{"downloads", 100, func(i int) []ransom.Act {
			return []ransom.Act{{Path: original(i) + ".q7xload"}, {From: original(i) + ".q7xload", Path: original(i)}}
		}, nil},
		{"one extension after another", 100, func(i int) []ransom.Act {
			o := original(i)
			return []ransom.Act{{Path: o + ".q7xt"}, {From: o + ".q7xt", Path: o + ".q7x"}, {Path: o, Gone: true}}
		}, []string{".q7x"}},
		{"a process for each file", 100, func(i int) []ransom.Act {
			a := rename(".q7x")(i)
			a[0].Actor = fmt.Sprintf("y.exe#%d@ws-07", i)
			return a
		}, nil},
		{"a client over SMB, name by the share", 21, func(i int) []ransom.Act {
			from := fmt.Sprintf(`\\SRV\docs\%d\f%d.%s`, i/10, i, kinds[i%4])
			return []ransom.Act{{Host: netip.MustParseAddr("192.0.2.7"), From: from, Path: strings.ToLower(from) + ".Q7X"}}
		}, []string{".q7x"}},
		{"a note", 11, func(i int) []ransom.Act { return []ransom.Act{{Path: folder(i) + "HOW_TO.TXT"}} }, []string{"how_to.txt"}},
		{"a note in nine folders", 90, func(i int) []ransom.Act { return []ransom.Act{{Path: folder(i%9) + "HOW_TO.txt"}} }, nil},
		{"a note and two other names", 11, func(i int) []ransom.Act {
			return []ransom.Act{{Path: folder(i) + "a.png"}, {Path: folder(i) + fmt.Sprint("b", i)}, {Path: folder(i) + "HOW_TO.html"}}
		}, []string{"how_to.html"}},
		{"one name among others", 50, func(i int) []ransom.Act {
			return []ransom.Act{{Path: folder(i) + "result.html"}, {Path: folder(i) + "a.png"}, {Path: folder(i) + "b.png"}, {Path: folder(i) + "c.png"}}
		}, nil},
		{"a usual name", 50, func(i int) []ransom.Act { return []ransom.Act{{Path: folder(i) + "index.html"}} }, nil},
		{"a name that nobody reads", 50, func(i int) []ransom.Act {
			return []ransom.Act{{Path: folder(i) + ".gitkeep"}, {Path: folder(i) + "x.toml"}}
		}, nil},
		{"both are one finding", 100, func(i int) []ransom.Act {
			a := rename(".q7x")(i)
			if i%5 == 0 {
				a = append(a, ransom.Act{Path: folder(i/5) + "HOW_TO.txt"})
			}
			return a
		}, []string{".q7x how_to.txt"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := ransom.New(ransom.Config{})
			feed(d, noon, test.files, test.do)
			if diff := cmp.Diff(test.want, texts(d.Take())); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// An original that went long before is no sign: the new file counts half.
func TestRemovedLongBefore(t *testing.T) {
	for pause, want := range map[time.Duration][]string{30 * time.Second: {".q7x"}, 2 * time.Minute: nil} {
		d := ransom.New(ransom.Config{})
		last := feed(d, noon, 39, func(i int) []ransom.Act { return []ransom.Act{{Path: original(i), Gone: true}} })
		feed(d, last.Add(pause), 39, func(i int) []ransom.Act { return []ransom.Act{{Path: original(i) + ".q7x"}} })
		if diff := cmp.Diff(want, texts(d.Take())); diff != "" {
			t.Errorf("after %v (-want +got):\n%s", pause, diff)
		}
	}
}

func TestSlowNotes(t *testing.T) {
	for gap, want := range map[time.Duration][]string{6 * time.Second: {"how_to.txt"}, 7 * time.Second: nil} {
		d := ransom.New(ransom.Config{})
		for i := range 30 {
			d.Act(ransom.Act{Actor: actor, Path: fmt.Sprintf("/srv/%d/HOW_TO.txt", i), At: noon.Add(time.Duration(i) * gap)})
		}
		if diff := cmp.Diff(want, texts(d.Take())); diff != "" {
			t.Errorf("a note each %v (-want +got):\n%s", gap, diff)
		}
	}
}

// The window is of the telemetry's time: 20 files in it, or not.
func TestWindow(t *testing.T) {
	for gap, want := range map[time.Duration]bool{2900 * time.Millisecond: true, 3200 * time.Millisecond: false} {
		d, at := ransom.New(ransom.Config{}), noon
		for i := range 200 {
			at = at.Add(gap)
			d.Act(ransom.Act{Actor: actor, From: original(i), Path: original(i) + ".q7x", At: at})
		}
		if found := d.Take() != nil; found != want {
			t.Errorf("a file each %v: found %v", gap, found)
		}
	}
}
