package protect

import (
	"slices"
	"time"

	"github.com/zeebo/xxh3"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/observable"
)

// words are what contributed indicators say, value by value, in little room: a
// value that one partner alone lists has no record. Most lists are of that kind.
//
// Of each value it knows the print, of 64 bits; that two of a million values
// share one has a chance of one in 10^7, and then one more voice would be heard.
// There are Config.MaxListed at most. What is forgotten first is the oldest of the
// partner that holds the most; what is forgotten counts no longer.
type words struct {
	all     []word // the free ones are zero
	free    []int32
	byValue map[uint64]int32 // the newest of a value, one more than its place
	byThing map[uint64]int32 // the newest of an indicator, one more than its place
	held    shares[handle]

	contribution string // the one that is being read
	counted      int    // values of it
}

// word is one value of one indicator.
type word struct {
	value, thing, id uint64 // prints: of the value, of the partner's indicator, of the indicator's id
	author           uint64 // of who made the indicator: its created_by_ref, or the partner
	from             *origin
	modified         int64 // the indicator's version, microseconds
	stamp            uint32
	nextOfValue      int32 // as in the maps; 0: none
	nextOfThing      int32
	weight           uint8
	wide             bool
}

// origin is what the words of one entry share.
type origin struct {
	partner    access.PartnerID
	report     string // the contribution's id
	seq        ledger.Seq
	at         time.Time
	level      int
	designated bool
}

// handle tells a word from a later one in the same place.
type handle struct {
	at    int32
	stamp uint32
}

func newWords() words {
	return words{byValue: map[uint64]int32{}, byThing: map[uint64]int32{}}
}

func printOf(v observable.Value) uint64 {
	var room [96]byte
	return xxh3.Hash(append(append(append(room[:0], v.Type...), 0), v.Text...))
}

// thingOf is an indicator of one partner: what others contribute under the same
// id is another.
func thingOf(partner access.PartnerID, id string) uint64 {
	var room [160]byte
	return max(xxh3.Hash(append(append(append(room[:0], partner...), 0), id...)), 1)
}

// of gives the places of the words about a value, the newest first.
func (w *words) of(value uint64) (places []int32) {
	for at := w.byValue[value]; at != 0; at = w.all[at-1].nextOfValue {
		places = append(places, at-1)
	}
	return places
}

// by gives the places of the words of an indicator.
func (w *words) by(thing uint64) (places []int32) {
	for at := w.byThing[thing]; at != 0; at = w.all[at-1].nextOfThing {
		places = append(places, at-1)
	}
	return places
}

func (w *words) add(next word) {
	at := int32(len(w.all))
	if last := len(w.free) - 1; last >= 0 {
		at, w.free = w.free[last], w.free[:last]
		next.stamp = w.all[at].stamp + 1
	} else {
		w.all = append(w.all, word{})
	}
	next.nextOfValue, next.nextOfThing = w.byValue[next.value], w.byThing[next.thing]
	w.all[at] = next
	w.byValue[next.value], w.byThing[next.thing] = at+1, at+1
	w.held.add(next.from.partner, handle{at, next.stamp})
}

func (w *words) alive(h handle) bool {
	return w.all[h.at].from != nil && w.all[h.at].stamp == h.stamp
}

// remove takes a word out; evicted says that shares has done so for its part.
func (w *words) remove(at int32, evicted bool) {
	old := w.all[at]
	unlink(w.byValue, old.value, at+1, func(i int32) *int32 { return &w.all[i-1].nextOfValue })
	unlink(w.byThing, old.thing, at+1, func(i int32) *int32 { return &w.all[i-1].nextOfThing })
	w.all[at] = word{stamp: old.stamp}
	w.free = append(w.free, at)
	if !evicted {
		w.held.leave(old.from.partner, w.alive)
	}
}

// unlink takes a place out of the chain that begins in heads.
func unlink(heads map[uint64]int32, key uint64, place int32, next func(int32) *int32) {
	after := *next(place)
	if heads[key] == place {
		if heads[key] = after; after == 0 {
			delete(heads, key)
		}
		return
	}
	for at := heads[key]; at != 0; at = *next(at) {
		if link := next(at); *link == place {
			*link = after
			return
		}
	}
}

// echo says whether a word repeats what another voice said of the value before:
// by the same indicator, or by another of the same author. A copy adds nothing,
// whoever passes it on.
func (s *State) echo(next word) bool {
	speaks := s.heard.voiceOf(next.from.partner)
	for _, at := range s.words.of(next.value) {
		other := &s.words.all[at]
		if (other.id == next.id || other.author == next.author) && s.heard.voiceOf(other.from.partner) != speaks {
			return true
		}
	}
	return false
}

// span is the word as evidence.
func (w *word) span() span {
	return span{
		from: w.from.at, to: w.from.at, said: w.from.at, last: w.from.at, report: w.from.report, level: w.from.level,
		designated: w.from.designated, wide: w.wide, weight: int(w.weight), word: w.thing,
	}
}

// recite puts all words about a value into its new record's evidence.
func (s *State) recite(r *record) {
	value := printOf(r.value)
	places := s.words.of(value)
	slices.Reverse(places) // as they came
	for _, at := range places {
		word := &s.words.all[at]
		s.listed[value] = r
		r.evidence.add(word.from.partner, word.span(), s.cfg.Window, s.heard)
	}
}
