package exercise

import (
	"bytes"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/outbreak"
)

// Only what the worm may have had no part in is played again without it.
func TestWhichAlarmsAreDoubtful(t *testing.T) {
	for _, c := range []struct {
		alarm alarm
		first float64
		want  bool
	}{
		{alarm{}, 10, false},
		{alarm{rung: true, by: outbreak.Inbound, seen: 600, at: 610}, 10, true},
		{alarm{rung: true, by: outbreak.Suspects, seen: 600, at: 610}, 10, false},
		{alarm{rung: true, by: outbreak.Scans, seen: 5, at: 20}, 10, true},
	} {
		r := result{alarm: c.alarm, first: c.first}
		if r.doubtful() != c.want {
			t.Errorf("%+v: doubtful %t, want %t", c.alarm, !c.want, c.want)
		}
	}
}

// An alarm to which the worm belongs does not ring without it.
func TestWithoutTheWormNothingRings(t *testing.T) {
	s, err := Find("wannacry-300k")
	if err != nil {
		t.Fatal(err)
	}
	s = s.Sized(20_000, 0, 3)
	goes := Player{}.goes(t.Context())
	a := untilAlarm(goes, s, 1, push).alarm
	if !a.rung || withoutWorm(goes, s, 1, push, a) {
		t.Errorf("%+v", a)
	}
	if withoutWorm(goes, s, 1, push, alarm{}) {
		t.Error("no alarm is a false one")
	}
}

func TestAFalseAlarmIsNoSuccess(t *testing.T) {
	s, err := Find("wannacry-12-may")
	if err != nil {
		t.Fatal(err)
	}
	s.Hours = 0.5
	c, err := Compare(t.Context(), s, []uint64{1, 2})
	if err != nil {
		t.Fatal(err)
	}
	one := func(by outbreak.Evidence, falsely bool) result {
		return result{infected: 5, susceptible: 100, first: 10, falsely: falsely, curve: make([]int32, 180), alarm: alarm{rung: true, by: by, seen: 60, at: 61, infected: 1}}
	}
	c.Sharing.Push = summarise([]result{one(outbreak.Inbound, true), one(outbreak.Inbound, true), one(outbreak.Suspects, false)}, s.Hosts)
	if c.Sharing.Push.FalseAlarms != 2 {
		t.Errorf("%d false alarms, want 2", c.Sharing.Push.FalseAlarms)
	}
	var table, picture bytes.Buffer
	if err := c.Table(&table); err != nil {
		t.Fatal(err)
	}
	if err := c.SVG(&picture); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"inbound 2 (2 false)", "push: 2 of 3 alarms would have rung without the worm"} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, table.String())
		}
	}
	if !strings.Contains(picture.String(), "(2 alarms false)") {
		t.Error("the picture says nothing of false alarms")
	}
}
