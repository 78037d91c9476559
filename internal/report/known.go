package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/observable"
)

// contributed notes who contributed a value first, of what the reader may still be
// told: nothing of it is left of what was withdrawn.
func (s *seen) contributed(f found) error {
	body, err := s.reader.Body(*f.e, s.m.head.Seq)
	if err != nil || body == nil {
		return err
	}
	var part contribution.Part
	if err := json.Unmarshal(body, &part); err != nil {
		return fmt.Errorf("entry %d: %w", f.e.Seq, err)
	}
	for _, raw := range part.Objects {
		var o struct {
			Type    string `json:"type"`
			Pattern string `json:"pattern"`
		}
		if json.Unmarshal(raw, &o) != nil || o.Type != "indicator" {
			continue
		}
		for i, text := range strings.Split(strings.ToLower(o.Pattern), "'") {
			if i%2 == 1 {
				s.known(s.lower[text], f)
			}
		}
	}
	return nil
}

func (s *seen) known(list []observable.Value, f found) {
	for _, v := range list {
		g := s.values[v]
		if g.contributed != nil {
			continue
		}
		g.contributed = s.m.whose(*f.e)
		s.m.shown(f.e.Audience)
		s.events = append(s.events, Event{
			At: f.e.Time, Seq: f.e.Seq, Kind: string(f.e.Kind), Who: &g.contributed.Who, Repeats: len(s.events) >= 20, Text: "contributed an indicator of " + v.String(),
		})
	}
}

// tell writes the state, the curve, and of each value who knew of it first.
func (s *seen) tell(r *Report) {
	for from := range s.hosts {
		s.state.Partners = append(s.state.Partners, from)
	}
	slices.Sort(s.state.Partners)
	s.state.Partners = slices.Compact(s.state.Partners)
	for _, id := range s.state.Partners {
		who, _ := s.m.directory.Partner(id)
		s.state.Sectors, s.state.Countries = with(s.state.Sectors, who.Sector), with(s.state.Countries, who.Country)
	}
	s.state.Sources = max(s.state.Sources, s.sum)
	r.Head.State, r.Curve = s.state, sampled(s.curve)
	r.Timeline = append(r.Timeline, s.events...)
	told := map[observable.Value]bool{}
	for i := range r.Known {
		s.fill(&r.Known[i])
		told[r.Known[i].Value] = true
	}
	for _, v := range s.keys {
		if !told[v] {
			k := Known{Value: v}
			s.fill(&k)
			r.Known = append(r.Known, k)
		}
	}
}

// with is a list with a name in it, in order; without a name it stays as it is.
func with(list []string, name string) []string {
	i, known := slices.BinarySearch(list, name)
	if known || name == "" {
		return list
	}
	return slices.Insert(slices.Clone(list), i, name)
}

// fill adds who saw a value, and how long it took until everybody was protected.
func (s *seen) fill(k *Known) {
	g := s.values[k.Value]
	if g == nil {
		return
	}
	k.Telemetry, k.Seen, k.Contributed, k.Partners = g.telemetry, g.first, g.contributed, len(g.partners)
	knew := g.first
	if c := g.contributed; c != nil && (knew == nil || c.At.Before(knew.At)) {
		knew = c
	}
	if knew != nil && k.Everyone != nil {
		took := k.Everyone.At.Sub(knew.At).Seconds()
		k.LatencyS = &took
	}
}

// maxPoints bounds the curve: a page is not wider.
const maxPoints = 240

// sampled is a curve of at most maxPoints, its ends among them.
func sampled(all []Point) []Point {
	if len(all) <= maxPoints {
		return append([]Point{}, all...)
	}
	list := make([]Point, 0, maxPoints)
	for i := range maxPoints {
		list = append(list, all[i*(len(all)-1)/(maxPoints-1)])
	}
	return list
}
