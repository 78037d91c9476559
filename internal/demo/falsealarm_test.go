package demo_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/demo"
	"github.com/tocsin-project/tocsin/internal/exercise"
)

// The update breaks in the third hour; a real hub and real edges read its records
// and those of the scanners, and raise nothing.
func TestAFalseAlarmRaisesNothing(t *testing.T) {
	s, err := exercise.Find("false-alarm")
	if err != nil {
		t.Fatal(err)
	}
	s.Hosts, s.Hours = 24_000, 3.1
	story, err := demo.Play(t.Context(), demo.Config{
		Scenario: s, Seed: 1, Data: filepath.Join(t.TempDir(), "hub"),
		Listen: "127.0.0.1:0", DNSListen: "127.0.0.1:0", Sinkhole: "127.0.0.1:0",
		Tell: func(at time.Time, text string) { t.Log(at.Format("15:04:05"), text) },
	})
	if err != nil {
		t.Error(err)
	}
	if err := story.Close(); err != nil {
		t.Error(err)
	}
	if f := story.Figures; f.Outbreaks != 0 || f.Protections != 0 || f.AlarmAfterS != nil || f.Lines == 0 {
		t.Errorf("%+v", f)
	}
}
