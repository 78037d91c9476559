package bench

import (
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// settle has the sensor end, and the edge when it has read everything.
func (s *matchingSoak) settle() {
	s.Helper()
	if s.shown != nil {
		s.pushes = append(s.pushes, s.contribute(s.shown))
	}
	s.sensor.stop()
	if err := <-s.failed; err != nil {
		s.Fatal(err)
	}
	s.last()
	// What was withdrawn long since is not matched any more. The last push may
	// not have been taken back everywhere yet.
	var gone []observable.Value
	for v := range s.withdrawn {
		gone = append(gone, v)
	}
	if err := s.sensor.appendLast(s.random, gone...); err != nil {
		s.Fatal(err)
	}
	s.last()
	s.edge.stop()
}

// last has the sensor write what it has not shown before, and waits until the
// hub has heard of it: all that was written before it was read by then.
func (s *matchingSoak) last() {
	s.Helper()
	p := s.contribute(s.discover(1))
	if err := s.sensor.appendLast(s.random, p.values...); err != nil {
		s.Fatal(err)
	}
	s.hub.as(s.token).seen(s.edge, p.values[0].Text, 1)
}

// compare holds what the hub was told against what was written.
func (s *matchingSoak) compare() {
	s.Helper()
	asks := s.hub.as(s.token)
	hits, wrong := 0, 0
	hold := func(v observable.Value, atLeast, atMost int) {
		got := asks.sightings(asked(v))
		hits += got
		if got >= atLeast && got <= atMost {
			return
		}
		if wrong++; wrong <= 20 {
			s.Errorf("%v: the hub was told of %d events, at least %d and at most %d were written", v, got, atLeast, atMost)
		}
	}
	wrote := s.sensor.sofar(s.sensor.known...)
	for v, n := range wrote {
		if v.Type == observable.JA3 {
			n = 0 // the partner's own business
		}
		hold(v, n, n)
	}
	for _, p := range s.pushes {
		for v, n := range s.sensor.sofar(p.values...) {
			if s.withdrawn[v] {
				hold(v, 0, n)
			} else {
				hold(v, n, n)
			}
		}
	}
	if s.sensor.malformed > 0 && !s.edge.complained.Load() {
		s.Errorf("the edge does not say that records cannot be read, and %d could not", s.sensor.malformed)
	}
	if counted := s.malformed(); s.sensor.malformed > 0 && (counted == 0 || counted > s.sensor.malformed) {
		s.Errorf("the edge counts %d records that cannot be read since it was started last, %d were written in all", counted, s.sensor.malformed)
	}
	if s.sensor.rotations == 0 {
		s.Error("the log was never rotated")
	}
	s.Logf("%d events, %d hits at the hub, %d malformed lines, %d rotations, %d pushes, %d indicators withdrawn, %d outages of the hub; %d indicators with a wrong count",
		s.sensor.events, hits, s.sensor.malformed, s.sensor.rotations, len(s.pushes), len(s.withdrawn), s.outages, wrong)
	if wrong > 0 {
		s.Logf("the edge said last:\n%s", s.edge.said.String())
	}
}

// malformed is what the edge's status says.
func (s *matchingSoak) malformed() (n int) {
	s.Helper()
	text, err := os.ReadFile(filepath.Join(s.folder, "state", "status.json"))
	var status struct {
		Sensors map[string]struct {
			Malformed int `json:"malformed"`
		} `json:"sensors"`
	}
	if err == nil {
		err = json.Unmarshal(text, &status)
	}
	if err != nil {
		s.Errorf("the edge's status: %v", err)
	}
	for _, one := range status.Sensors {
		n += one.Malformed
	}
	return n
}

// asked is a value as a question has it: what looks like something else needs
// its type.
func asked(v observable.Value) string {
	if v.Type == observable.JA3 {
		return v.String()
	}
	return v.Text
}

// flat holds the most memory that the edge took in its last minute against that
// of the second minute since it was started.
func (s *matchingSoak) flat() {
	s.Helper()
	most := func(from, to time.Time) (bytes int64) {
		for i, at := range s.taken {
			if at.After(from) && at.Before(to) {
				bytes = max(bytes, s.memory[i].all)
			}
		}
		return bytes
	}
	began, ended := s.taken[0], s.taken[len(s.taken)-1]
	early, late := most(began.Add(time.Minute), began.Add(2*time.Minute)), most(ended.Add(-time.Minute), ended.Add(time.Second))
	s.Logf("the edge holds %d MiB in its second minute, %d MiB in its last", early/mebibyte, late/mebibyte)
	if early == 0 || late > early+early/8+16*mebibyte {
		var all []int64
		for _, m := range s.memory {
			all = append(all, m.all/mebibyte)
		}
		s.Errorf("the edge's memory grows: %d MiB by and by", slices.Compact(all))
	}
}
