package ransom_test

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/outbreak/ransom"
)

func TestCounts(t *testing.T) {
	d := ransom.New(ransom.Config{})
	for host := range 12 {
		feed(d, noon.Add(time.Duration(host)*time.Second), 200, func(i int) []ransom.Act {
			a := rename(".q7x")(i)
			a[0].Actor = fmt.Sprintf("y.exe#7@ws-%d", host)
			return a
		})
	}
	want := []ransom.Finding{{Extension: ".q7x", Hosts: 12, Files: 2400, Folders: 240, First: noon.Add(100 * time.Millisecond), Last: noon.Add(31 * time.Second)}}
	near := cmp.Comparer(func(a, b int) bool { return max(a, b) <= min(a, b)*110/100 })
	if diff := cmp.Diff(want, d.Take(), near); diff != "" {
		t.Errorf("(-want +got, counts within 10 in 100):\n%s", diff)
	}
}

// What is new is due at once, then when it has doubled, or after five minutes if
// it has grown; after a quiet day it begins anew.
func TestTake(t *testing.T) {
	d, files := ransom.New(ransom.Config{}), 0
	more := func(at time.Time, n int) []string {
		feed(d, at, n, func(int) []ransom.Act {
			files++
			return rename(".q7x")(files)
		})
		var counts []string
		for _, f := range d.Take() {
			counts = append(counts, fmt.Sprint(f.Files))
		}
		return counts
	}
	for i, step := range []struct {
		at   time.Duration
		n    int
		want []string
	}{
		{0, 10, nil}, {1 * time.Second, 20, []string{"30"}}, {10 * time.Second, 29, nil}, {20 * time.Second, 1, []string{"60"}},
		{30 * time.Second, 0, nil}, {40 * time.Second, 5, nil}, {6 * time.Minute, 1, []string{"66"}}, {20 * time.Minute, 0, nil},
		{40 * time.Hour, 19, nil}, {40*time.Hour + 3*time.Second, 30, []string{"49"}},
	} {
		if diff := cmp.Diff(step.want, more(noon.Add(step.at), step.n)); diff != "" {
			t.Errorf("step %d (-want +got):\n%s", i, diff)
		}
	}
}

// A second host is news, though it adds little to the files.
func TestTakeOfHosts(t *testing.T) {
	d := ransom.New(ransom.Config{})
	feed(d, noon, 500, rename(".q7x"))
	d.Take()
	feed(d, noon.Add(time.Minute), 30, func(i int) []ransom.Act {
		a := rename(".q7x")(i)
		a[0].Actor = "y.exe#7@ws-08"
		return a
	})
	if found := d.Take(); len(found) != 1 || found[0].Hosts != 2 || found[0].Files != 530 {
		t.Errorf("%+v", found)
	}
}

// Where the note comes first, the files are counted from the extension on.
func TestNoteFirst(t *testing.T) {
	d := ransom.New(ransom.Config{})
	feed(d, noon, 15, func(i int) []ransom.Act { return []ransom.Act{{Path: fmt.Sprintf(`C:\Users\a\%d\HOW_TO.txt`, i)}} })
	if found := d.Take(); len(found) != 1 || found[0].Files != 15 || found[0].Folders != 15 || found[0].Note != "how_to.txt" {
		t.Errorf("%+v", found)
	}
	feed(d, noon.Add(10*time.Second), 100, rename(".q7x"))
	if found := d.Take(); len(found) != 1 || found[0].Files != 100 || found[0].Note != "how_to.txt" || found[0].Extension != ".q7x" || !found[0].First.Before(noon.Add(time.Second)) {
		t.Errorf("%+v", found)
	}
}

// What is done on many days, a little at a time, is of habit by the fourth; what
// was found is found again.
func TestHabits(t *testing.T) {
	for _, test := range []struct {
		days int
		pace time.Duration
		want []string
	}{{2, 10 * time.Second, []string{".booked"}}, {3, 10 * time.Second, nil}, {3, 100 * time.Millisecond, []string{".booked"}}} {
		d := ransom.New(ransom.Config{})
		for day := range test.days {
			for i := range 40 {
				n := day*100 + i
				d.Act(ransom.Act{Actor: actor, From: original(n), Path: original(n) + ".booked", At: noon.AddDate(0, 0, day).Add(time.Duration(i) * test.pace)})
			}
		}
		d.Take()
		feed(d, noon.AddDate(0, 0, test.days), 50, func(i int) []ransom.Act { return rename(".booked")(10000 + i) })
		if diff := cmp.Diff(test.want, texts(d.Take())); diff != "" {
			t.Errorf("%d days, one each %v (-want +got):\n%s", test.days, test.pace, diff)
		}
	}
}

// A host is its address, or the name that the actor's text ends with.
func TestHosts(t *testing.T) {
	for name, test := range map[string]struct {
		act  func(i int) ransom.Act
		want int
	}{
		"addresses":        {func(i int) ransom.Act { return ransom.Act{Host: netip.AddrFrom4([4]byte{10, 0, 0, byte(i)})} }, 5},
		"computers":        {func(i int) ransom.Act { return ransom.Act{Actor: fmt.Sprintf("x#7@ws-%d", i)} }, 5},
		"processes of one": {func(i int) ransom.Act { return ransom.Act{Actor: fmt.Sprintf("x#%d@ws", i)} }, 1},
		"no host's name":   {func(i int) ransom.Act { return ransom.Act{Actor: fmt.Sprintf("/opt/python@%d/bin#7", i)} }, 1},
	} {
		d := ransom.New(ransom.Config{})
		for host := range 5 {
			feed(d, noon, 30, func(i int) []ransom.Act {
				a := test.act(host)
				a.From, a.Path = original(i), original(i)+".q7x"
				return []ransom.Act{a}
			})
		}
		if found := d.Take(); len(found) != 1 || found[0].Hosts != test.want {
			t.Errorf("%s: %+v, want %d hosts", name, found, test.want)
		}
	}
}
