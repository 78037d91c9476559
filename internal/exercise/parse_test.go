package exercise_test

import (
	"bytes"
	"testing"

	"github.com/tocsin-project/tocsin/internal/exercise"
)

func FuzzParse(f *testing.F) {
	f.Add(minimal)
	f.Add(minimal + "seeds = 3\nsusceptible = [0.1, 0.9]\nremove_hours = 1.0\n[network]\nsizes = \"heavy\"\nmonitored_per_host = 1.0\nsweeps_per_day = 1.0\n[defence]\ncovers = 0.5\nquarantine = true\napplied = { median_s = 1.0, p95_s = 2.0 }\n")
	f.Add("name = \"x\"\nhours = nan\n[worm]\nsusceptible = [0.9, 0.1]\n")
	f.Add("name = \"x\"\nstart = 2017-05-12T07:24:00Z\nhours = 1\npartners = 2\nhosts = 10\n[worm]\nsusceptible = [0.1, 0.9]\ninside_doubling_minutes = 1\nbetween_doubling_minutes = 1\nscans_per_second = 1\nport = 1\nkill_switch = \"a.example\"\nfile_name = \"f\"\nsha256 = \"24d004a104d4d54034dbcffc2a4b19a11f39008a575aa614ea04703480b1022c\"\n[log]\nflow_sampling = 1\n")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := exercise.Parse(text)
		if err != nil {
			return
		}
		s.Hours, s.Hosts = 0.01, s.Partners
		s.Log.BenignLines, s.Log.BrokenUpdate = min(s.Log.BenignLines, 5), min(s.Log.BrokenUpdate, 5)
		for w := s.World(1); w.Step(nowhere); {
			if _, err := w.Emit(0, &bytes.Buffer{}); err != nil {
				t.Error(err)
			}
		}
	})
}
