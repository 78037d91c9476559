package exercise_test

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/exercise"
)

func seeds(n int) (list []uint64) {
	for i := range n {
		list = append(list, uint64(i)+1)
	}
	return list
}

func compare(t *testing.T, s exercise.Scenario, n int) exercise.Comparison {
	t.Helper()
	c, err := exercise.Compare(t.Context(), s, seeds(n))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestTheFasterTheSharingTheFewerAreInfected(t *testing.T) {
	c := compare(t, find(t, "wannacry-12-may"), 9)
	o := c.Sharing
	order := []exercise.Outcome{o.None, o.Daily, o.Hourly, o.FiveMinutes, o.Push}
	for i := 1; i < len(order); i++ {
		if *order[i-1].InfectedFraction.P50 < *order[i].InfectedFraction.P50 {
			t.Errorf("way %d infects fewer than way %d: %v, %v", i-1, i, *order[i-1].InfectedFraction.P50, *order[i].InfectedFraction.P50)
		}
	}
	if *o.None.InfectedFraction.P5 < 0.5 {
		t.Errorf("without sharing %.2f are infected", *o.None.InfectedFraction.P5)
	}
	if o.None.AlarmAfter.P5 != nil || o.None.InfectedAtAlarmFraction.P5 != nil {
		t.Error("an alarm without sharing")
	}
	if o.Push.InfectedAtAlarmFraction.P95 == nil || *o.Push.InfectedAtAlarmFraction.P95 >= 0.02 {
		t.Errorf("infected at the alarm, push: %+v", o.Push.InfectedAtAlarmFraction)
	}
	if len(o.Push.Curve) != 241 || o.Push.Curve[0] != 0 || len(o.None.Curve) != 241 {
		t.Errorf("a curve of %d points", len(o.Push.Curve))
	}
}

func TestNothingToAlarmAbout(t *testing.T) {
	c := compare(t, find(t, "false-alarm"), 1)
	for _, o := range []exercise.Outcome{c.Sharing.None, c.Sharing.Daily, c.Sharing.Push} {
		if *o.InfectedFraction.P95 != 0 || o.AlarmAfter.P5 != nil {
			t.Errorf("%+v", o)
		}
	}
}

func TestComparingIsDeterministic(t *testing.T) {
	s := find(t, "wannacry-12-may")
	s.Hours = 1
	// Of the poisoned scenario a part will do; its figures are kept by name, too.
	small := find(t, "poisoned").Sized(6_000, 12, 0.5)
	small.Poison = small.Poison[:1]
	for _, s := range []exercise.Scenario{s, small} {
		if diff := cmp.Diff(encoded(t, compare(t, s, 4)), encoded(t, compare(t, s, 4))); diff != "" {
			t.Errorf("%s: the same seeds differ:\n%s", s.Name, diff)
		}
	}
}

// encoded is what --json prints.
func encoded(t *testing.T, c exercise.Comparison) string {
	t.Helper()
	text, err := json.Marshal(c, json.Deterministic(true))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestComparisonAsJSON(t *testing.T) {
	s := find(t, "wannacry-12-may")
	s.Hours = 0.5
	text, err := json.Marshal(compare(t, s, 2))
	if err != nil {
		t.Fatal(err)
	}
	// Only the shape is held here: numbers become N.
	shape := regexp.MustCompile(`-?\d[\d.e+-]*`).ReplaceAllString(strings.ReplaceAll(string(text), `"p5"`, `"low"`), "N")
	shape = strings.ReplaceAll(strings.ReplaceAll(shape, `"pN"`, `"p"`), "null", "N")
	q := `{"low":N,"p":N,"p":N}`
	delays := `{"detection":` + q + `,"upload":` + q + `,"decision":` + q + `,"delivery":` + q + `,"applied":` + q + `}`
	o := `{"infected_fraction":` + q + `,"alarm_after_s":` + q + `,"infected_at_alarm_fraction":` + q +
		`,"infected_fraction_of_susceptible":` + q + `,"infected_at_alarm_fraction_of_susceptible":` + q + `,"rung_by":{},"false_alarms":N,"delays_s":` + delays + `,"remaining":{"not_taking_part":N,"not_covered":N,"before_protection":N}}`
	shape = strings.ReplaceAll(shape, `{"suspects":N}`, "{}")
	want := `{"scenario":"wannacryNmay","seeds":N,"hosts":N,"partners":N,"susceptible":N,"sharing":{"none":` + o + `,"daily":` + o + `,"hourly":` + o + `,"five_minutes":` + o + `,"push":` + o + `}}`
	if shape != want {
		t.Errorf("JSON has another shape:\n%s\nwant\n%s", shape, want)
	}
	if !strings.Contains(string(text), `"none":{"infected_fraction":{"p5":0.`) || !strings.Contains(string(text), `"alarm_after_s":{"p5":null,"p50":null,"p95":null}`) {
		t.Errorf("%s", text)
	}
}

func TestBadComparisons(t *testing.T) {
	s := find(t, "wannacry-12-may")
	if _, err := exercise.Compare(t.Context(), s, nil); err == nil {
		t.Error("no seeds are accepted")
	}
	s.Hosts = -1
	if _, err := exercise.Compare(t.Context(), s, seeds(1)); err == nil || !strings.Contains(err.Error(), "hosts is -1") {
		t.Errorf("negative hosts: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := exercise.Compare(ended, find(t, "wannacry-12-may"), seeds(1)); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
}

func TestTableAndPicture(t *testing.T) {
	for _, s := range exercise.Scenarios() {
		s = s.Sized(20_000, 0, min(s.Hours, 3))
		s.Poison = nil // played in its own test
		c := compare(t, s, 2)
		var table, picture bytes.Buffer
		if err := c.Table(&table); err != nil {
			t.Fatal(err)
		}
		for _, line := range []string{"no sharing", "daily poll", "hourly poll", "five-minute poll", "push", "never"} {
			if !strings.Contains(table.String(), line) {
				t.Errorf("%s: the table lacks %q:\n%s", s.Name, line, table.String())
			}
		}
		if err := c.SVG(&picture); err != nil {
			t.Fatal(err)
		}
		checkPicture(t, s.Name, picture.String())
	}
}

// checkPicture holds that it is well-formed XML with a title, a description and
// five curves, and refers to nothing outside.
func checkPicture(t *testing.T, name, picture string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(picture))
	elements := map[string]int{}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if e, ok := token.(xml.StartElement); ok {
			elements[e.Name.Local]++
		}
	}
	if strings.Count(picture, `<path class="line"`) != 5 || strings.Count(picture, `<path class="band"`) != 5 || elements["desc"] != 1 || elements["title"] < 1 || elements["image"]+elements["script"] != 0 {
		t.Errorf("%s: elements %v", name, elements)
	}
	bare := strings.ReplaceAll(picture, `xmlns="http://www.w3.org/2000/svg"`, "")
	if strings.Contains(bare, "http") || strings.Contains(bare, "url(") || strings.Contains(bare, "NaN") || strings.Contains(bare, "Inf,") {
		t.Errorf("%s: refers to something outside, or has no number where one belongs", name)
	}
	if !strings.Contains(picture, "prefers-color-scheme:dark") {
		t.Errorf("%s: knows no dark", name)
	}
}

func TestAMeasuredPushTakesThePlaceOfTheSimulated(t *testing.T) {
	s := find(t, "wannacry-12-may")
	s.Hours = 0.5
	c := compare(t, s, 2)
	before := c.Sharing.Hourly
	measured := make([]int, 180)
	for i := range measured {
		measured[i] = i + 1
	}
	after, share := 70.0, 0.001
	c.Measured(measured, &after, &share)
	push := c.Sharing.Push
	if *push.InfectedFraction.P50 != 180.0/120_000 || *push.AlarmAfter.P5 != 70 || *push.InfectedAtAlarmFraction.P95 != 0.001 {
		t.Errorf("%+v", push)
	}
	if len(push.Curve) != len(before.Curve) || push.Curve[len(push.Curve)-1] != 180 {
		t.Errorf("a curve of %d points, the others have %d", len(push.Curve), len(before.Curve))
	}
	if diff := cmp.Diff(before, c.Sharing.Hourly); diff != "" {
		t.Errorf("another way changed:\n%s", diff)
	}
}
