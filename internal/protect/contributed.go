package protect

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/zeebo/xxh3"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/tabular"
)

var aboutIndicators = []byte(`"indicator"`)

// applyContribution takes in what a partner's indicators say. What was pulled
// from elsewhere in a partner's name, and what the hub itself contributes, is no
// voice unless that partner is designated: nobody of the community stands for it.
// What another hub told is the word of the partner that stands for that hub, one
// voice whoever there spoke.
// Each contribution comes through here, also when a hub starts.
func (s *State) applyContribution(e ledger.Entry) error {
	if e.Actor == "" || e.Actor == access.Hub || string(e.Body) == ledger.Erased || !bytes.Contains(e.Body, aboutIndicators) {
		return nil
	}
	var list []indicator
	part, err := contribution.ReadInPlace(e.Body, func(object jsontext.Value) {
		if !bytes.Contains(object, aboutIndicators) {
			return
		}
		if i, ok := readIndicator(object); ok && i.Type == "indicator" { // else its properties of these names are something else
			list = append(list, i)
		}
	})
	if err != nil {
		return fmt.Errorf("read %s: %w", e.Kind, err)
	}
	from := &origin{
		partner: access.PartnerID(e.Actor), report: part.ID, seq: e.Seq, at: e.Time, level: levelOf(e.Audience),
	}
	from.designated = s.heard[from.partner].Designated
	elsewhere := strings.Contains(part.Source, ":") && part.Origin == nil // "kind:name" of a source that the hub pulls
	mute := from.level == unheard || elsewhere && !from.designated || s.acts.quarantines.now(from.partner)
	if part.ID != s.words.contribution {
		s.words.contribution, s.words.counted = part.ID, 0
	}
	for n := range list {
		s.hear(e, from, &list[n], mute)
	}
	return nil
}

// hear takes one indicator's word, in the place of what an earlier version said.
func (s *State) hear(e ledger.Entry, from *origin, i *indicator, mute bool) {
	thing, modified := thingOf(from.partner, i.ID), max(i.Created.UnixMicro(), i.Modified.UnixMicro())
	earlier := s.words.by(thing)
	for _, at := range earlier {
		if s.words.all[at].modified > modified {
			return // a later version is known
		}
	}
	var said []meaning
	if !mute && i.speaks(e.Time) {
		said = meant(i.Pattern)
	}
	for _, at := range earlier {
		again := slices.ContainsFunc(said, func(m meaning) bool { return printOf(m.Value) == s.words.all[at].value })
		if again {
			s.words.remove(at, false) // what it said before it has said
		} else if r := s.takeBack(at); r != nil {
			s.reweigh(r)
		}
	}
	author := i.Author
	if author == "" {
		author = e.Actor
	}
	wide := slices.Contains(i.Labels, tabular.LabelSubdomains)
	for _, m := range said {
		next := word{
			value: printOf(m.Value), thing: thing, id: xxh3.HashString(i.ID), author: xxh3.HashString(author),
			from: from, modified: modified, weight: i.weight(), wide: wide || m.wide,
		}
		if !automatable(m.Value) || s.words.counted >= s.cfg.MaxContributed || len(s.words.of(next.value)) >= maxVoices || s.echo(next) {
			continue
		}
		s.words.counted++
		s.words.add(next)
		s.weighWord(e, m, next)
		for s.words.held.total > s.cfg.MaxListed {
			s.forgetWord()
		}
	}
}

// maxVoices bounds the indicators about one value.
const maxVoices = 64

// weighWord gives a value a record once more than one partner speaks of it, or a
// designated one.
func (s *State) weighWord(e ledger.Entry, m meaning, next word) {
	r := s.values[m.Value]
	switch {
	case r != nil:
		s.listed[next.value] = r
		r.evidence.add(next.from.partner, next.span(), s.cfg.Window, s.heard)
	case next.from.designated, slices.ContainsFunc(s.words.of(next.value), func(at int32) bool {
		return s.words.all[at].from.partner != next.from.partner
	}):
		r = s.record(m.Value, next.from.partner) // which recites
	default:
		return
	}
	s.consider(r, e)
}
