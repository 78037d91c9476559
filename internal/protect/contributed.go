package protect

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/zeebo/xxh3"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/tabular"
)

// indicator is what the rule needs to know of a contributed one.
type indicator struct {
	Type       string         `json:"type"`
	ID         string         `json:"id"`
	Author     string         `json:"created_by_ref"`
	Created    time.Time      `json:"created"`
	Modified   time.Time      `json:"modified"`
	Revoked    bool           `json:"revoked"`
	Confidence *int           `json:"confidence"`
	Types      []string       `json:"indicator_types"`
	Labels     []string       `json:"labels"`
	Pattern    string         `json:"pattern"`
	Language   string         `json:"pattern_type"`
	From       time.Time      `json:"valid_from"`
	Until      time.Time      `json:"valid_until"`
	Granular   jsontext.Value `json:"granular_markings"`
}

// leastConfidence is how sure an indicator's author has to be, where it says so:
// "somewhat likely" begins there on the scales of STIX 2.1, appendix A.
const leastConfidence = 50

// speaks says whether an indicator is its contributor's word that its values are
// bad, now: it is valid, is meant to be malicious activity or says no type, and
// its author is sure enough or does not say. "anomalous-activity" and the like
// are for people, as is what parts of an object say to some readers only.
func (i *indicator) speaks(now time.Time) bool {
	malicious := len(i.Types) == 0 || slices.Contains(i.Types, "malicious-activity") && !slices.Contains(i.Types, "benign")
	sure := i.Confidence == nil || *i.Confidence >= leastConfidence
	valid := !i.From.After(now) && (i.Until.IsZero() || i.Until.After(now))
	return !i.Revoked && malicious && sure && valid && i.Language == "stix" && len(i.Granular) == 0
}

func (i *indicator) weight() uint8 {
	if i.Confidence == nil {
		return weightListed
	}
	return uint8(min(*i.Confidence, weightSpoken))
}

var aboutIndicators = []byte(`"indicator"`)

// applyContribution takes in what a partner's indicators say. What was pulled
// from elsewhere in a partner's name, and what the hub itself contributes, is no
// voice unless that partner is designated: nobody of the community stands for it.
func (s *State) applyContribution(e ledger.Entry) error {
	if e.Actor == "" || e.Actor == access.Hub || string(e.Body) == ledger.Erased || !bytes.Contains(e.Body, aboutIndicators) {
		return nil
	}
	return ledger.Fold(e, func(e ledger.Entry, part contribution.Part) {
		from := &origin{
			partner: access.PartnerID(e.Actor), report: part.ID, seq: e.Seq, at: e.Time, level: levelOf(e.Audience),
		}
		from.designated = s.heard[from.partner].Designated
		elsewhere := strings.Contains(part.Source, ":") // "kind:name" of a source that the hub pulls
		mute := from.level == unheard || elsewhere && !from.designated || s.acts.quarantines.now(from.partner)
		if part.ID != s.words.contribution {
			s.words.contribution, s.words.counted = part.ID, 0
		}
		for _, object := range part.Objects {
			if !bytes.Contains(object, aboutIndicators) {
				continue
			}
			var i indicator
			if json.Unmarshal(object, &i) != nil || i.Type != "indicator" {
				continue // of another type, whose properties of these names are something else
			}
			s.hear(e, from, &i, mute)
		}
	})
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
