package outbreak_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/outbreak"
)

// told is what the entries say, in order: the kind and the outbreak.
func told(t testing.TB, drafts []ledger.Draft) (list []outbreak.Outbreak) {
	t.Helper()
	for _, d := range drafts {
		var o outbreak.Outbreak
		if err := json.Unmarshal(d.Body, &o); err != nil {
			t.Fatal(err)
		}
		list = append(list, o)
	}
	return list
}

func TestTwoOutbreaksThatBecomeOneAreMerged(t *testing.T) {
	k := newDesk(t)
	for p := range 3 {
		k.scans(p, 3+p, 445, minute(float64(p)))
	}
	k.decide(minute(10))
	for p := 10; p < 14; p++ {
		k.asks(p, "switch.example", minute(float64(p)))
	}
	k.decide(minute(20))
	list := k.state.List()
	if len(list) != 2 {
		t.Fatalf("%d outbreaks, want two that have no partner in common", len(list))
	}
	older, younger := list[0], list[1]
	// Some of the younger's four partners scan the older's port, too: as many as
	// ring for scans.
	for p := 10; p < 12; p++ {
		k.scans(p, 7, 445, minute(25))
	}
	if got := k.decide(minute(26)); slices.Contains(kinds(got), "outbreak.merged") {
		t.Fatalf("two, who could not ring for scans, made two outbreaks one: %q", kinds(got))
	}
	k.scans(12, 7, 445, minute(27))
	got := k.decide(minute(30))
	if !slices.Equal(kinds(got), []string{"outbreak.grown", "outbreak.merged"}) {
		t.Fatalf("decided %q", kinds(got))
	}
	gone := told(t, got)[1]
	if gone.ID != younger.ID || gone.Into != older.ID || gone.Status != outbreak.Merged || !strings.Contains(gone.Because, "3 of 4 partners") {
		t.Errorf("merged: %+v", gone)
	}
	one, _ := k.state.Get(older.ID)
	if len(one.Partners) != 7 || one.Port != 445 || len(one.Values) != 1 || one.Sources != 3+4+5+3*7+3 || len(one.Evidence) < 5 {
		t.Errorf("the older one: %+v", one)
	}
	// What the younger was about is the older's from now on.
	k.asks(20, "switch.example", minute(40))
	if one, _ = k.state.Get(older.ID); len(one.Partners) != 8 {
		t.Errorf("partners %v", one.Partners)
	}
	if gone, _ := k.state.Get(younger.ID); len(gone.Partners) != 4 || gone.Status != outbreak.Merged {
		t.Errorf("the younger one: %+v", gone)
	}
}

func TestASubjectConnectsTwoOutbreaks(t *testing.T) {
	k := newDesk(t)
	for p := range 4 {
		k.asks(p, "a.example", minute(float64(p)))
		k.asks(10+p, "b.example", minute(float64(p)))
	}
	k.decide(minute(10))
	if n := len(k.state.List()); n != 2 {
		t.Fatalf("%d outbreaks", n)
	}
	for _, p := range []int{0, 1, 10, 11} {
		k.asks(p, "c.example", minute(20))
	}
	k.decide(minute(30))
	var open []outbreak.Outbreak
	for _, o := range k.state.List() {
		if o.Status == outbreak.Open {
			open = append(open, o)
		}
	}
	if len(open) != 1 || len(open[0].Values) != 3 || len(open[0].Partners) != 8 {
		t.Errorf("open: %+v", open)
	}
}

func TestTwoWormsAtTheSamePartnersAreTwo(t *testing.T) {
	k := newDesk(t)
	for p := range 5 {
		k.scans(p, 3, 445, minute(float64(p)))
		k.scans(p, 3, 23, minute(float64(p)))
	}
	for range 3 {
		k.decide(minute(10))
	}
	for _, o := range k.state.List() {
		if o.Status != outbreak.Open {
			t.Errorf("%+v", o)
		}
	}
	if n := len(k.state.List()); n != 2 {
		t.Errorf("%d outbreaks", n)
	}
}

func TestQuietEndsAnOutbreak(t *testing.T) {
	k := newDesk(t)
	for p := range 3 {
		k.scans(p, 3, 445, minute(float64(p)))
	}
	k.decide(minute(10))
	heard := noon.AddDate(9, 0, 0) // the ledger's time of all entries, years after the telemetry's
	if got := k.decide(heard.Add(24 * time.Hour)); len(got) != 0 {
		t.Fatalf("what was just played back ended: %q", kinds(got))
	}
	got := k.decide(heard.Add(24*time.Hour + time.Second))
	if !slices.Equal(kinds(got), []string{"outbreak.ended"}) {
		t.Fatalf("decided %q", kinds(got))
	}
	o := told(t, got)[0]
	if o.Status != outbreak.Ended || o.By != "hub" || !o.Ended.Equal(heard.Add(24*time.Hour)) || o.Because == "" || o.FalseAlarm {
		t.Errorf("ended: %+v", o)
	}
	k.clock = heard.Add(48 * time.Hour)
	// What it rested on does not ring again; what comes then is another.
	k.scans(4, 3, 445, minute(1))
	if got := k.decide(heard.Add(48 * time.Hour)); len(got) != 0 {
		t.Errorf("late evidence: %q", kinds(got))
	}
	for p := range 3 {
		k.scans(p, 3, 445, minute(float64(30+p)))
	}
	if got := k.decide(heard.Add(49 * time.Hour)); !slices.Equal(kinds(got), []string{"outbreak.raised"}) {
		t.Errorf("new evidence: %q", kinds(got))
	}
}

// An entry that was decided before a coordinator ended the outbreak, and
// appended after it, changes nothing.
func TestWhatHasEndedStaysEnded(t *testing.T) {
	k := newDesk(t)
	for p := range 3 {
		k.scans(p, 3, 445, minute(float64(p)))
	}
	k.decide(minute(10))
	for p := 3; p < 6; p++ {
		k.scans(p, 3, 445, minute(float64(p)))
	}
	late := k.state.Pending(minute(10))
	if !slices.Equal(kinds(late), []string{"outbreak.grown"}) {
		t.Fatalf("pending %q", kinds(late))
	}
	id := k.state.List()[0].ID
	k.end(id, false)
	k.append(late[0])
	if o, _ := k.state.Get(id); o.Status != outbreak.Ended {
		t.Errorf("status %s", o.Status)
	}
	k.scans(7, 3, 445, minute(8))
	if o, _ := k.state.Get(id); len(o.Partners) != 6 {
		t.Errorf("it still takes in partners: %v", o.Partners)
	}
}

// Outbreaks are bounded: those that are over are forgotten first, then those
// with the fewest partners.
func TestOutbreaksAreBounded(t *testing.T) {
	k := newDesk(t)
	k.state = outbreak.NewState(outbreak.Config{MaxOutbreaks: 4})
	for p := range 5 {
		k.scans(p, 3, 445, minute(float64(p)))
	}
	k.decide(minute(10))
	great := k.state.List()[0].ID
	for port := range 9 {
		for p := range 3 {
			k.scans(20+p, 3, uint16(1000+port), minute(float64(10+port)))
		}
		k.decide(minute(30))
	}
	if n := len(k.state.List()); n != 4 {
		t.Errorf("%d outbreaks, want 4", n)
	}
	if _, ok := k.state.Get(great); !ok {
		t.Error("the one with the most partners was forgotten")
	}
	k.end(great, false)
	for p := range 3 {
		k.scans(30+p, 3, 2000, minute(40))
	}
	k.decide(minute(60))
	if _, ok := k.state.Get(great); ok {
		t.Error("what is over was not forgotten first")
	}
}

// A full outbreak swallows what belongs to it, without an entry for each.
func TestAFullOutbreakTakesNoMore(t *testing.T) {
	k := newDesk(t)
	entries := 0
	for i := range 100 {
		for p := range 2 {
			k.asks(p, fmt.Sprintf("n%d.example", i), minute(float64(i)/10))
		}
		entries += len(k.decide(minute(60)))
	}
	list := k.state.List()
	if len(list) != 1 || len(list[0].About) != 64 || entries != 64 {
		t.Errorf("%d outbreaks, about %d, %d entries", len(list), len(list[0].About), entries)
	}
}
