package knowledge

import (
	"slices"
	"time"

	"github.com/zeebo/xxh3"
)

// telling is one version of an indicator as one contribution told it. Several
// partners may tell the same indicator, and what one of them takes back does not
// end what the others said.
type telling struct {
	version int64  // in microseconds since 1970
	source  uint64 // a hash of the contribution's id; others: see there
	until   int64  // the end of its validity, in microseconds since 1970; 0: none
	pattern uint64 // a hash of what it names; 0: nothing, it was revoked or cannot be matched
}

// others is the source of the one telling that stands for all that are not kept one
// by one: its version is their newest, and what they name is not known.
const others = 0

// maxTellings is how many tellings of one indicator are kept. Of what is told more
// often only the newest can be taken back without learning all again.
const maxTellings = 8

// tellings are all that is told of one indicator, in the order in which it was told.
// None: it was told, and all was taken back.
type tellings []telling

// best is the telling that counts: of the newest version, the first.
func (all tellings) best() (best telling, some bool) {
	for _, t := range all {
		if !some || t.version > best.version || t.version == best.version && best.source == others {
			best, some = t, true
		}
	}
	return best, some
}

// has says whether a telling is among them already.
func (all tellings) has(t telling) bool {
	return slices.ContainsFunc(all, func(o telling) bool {
		return o.source == t.source && (o.version == t.version || t.source == others && o.version >= t.version)
	})
}

// with adds a telling; the tellings themselves stay as they are.
func (all tellings) with(t telling) tellings {
	more := append(slices.Clone(all), t)
	if t.source == others {
		return more.merged()
	}
	if len(more) <= maxTellings {
		return more
	}
	oldest := -1
	for i, o := range more {
		if o.source != others && (oldest < 0 || o.version <= more[oldest].version) {
			oldest = i
		}
	}
	more[oldest] = telling{source: others, version: more[oldest].version}
	return more.merged()
}

// merged has one telling stand for all others.
func (all tellings) merged() tellings {
	at, rest := -1, all[:0]
	for _, t := range all {
		switch {
		case t.source != others:
			rest = append(rest, t)
		case at < 0:
			at, rest = len(rest), append(rest, t)
		default:
			rest[at].version = max(rest[at].version, t.version)
		}
	}
	return rest
}

// without are the tellings that are left when contributions are taken back: all
// that they told of the indicator, or those versions alone. It is unsure if which
// of those that are left counts cannot be said.
func (all tellings) without(from map[uint64]bool, versions []time.Time) (rest tellings, unsure bool) {
	if len(from) == 0 {
		return nil, false
	}
	found := map[int64]bool{}
	for _, t := range all {
		named := slices.ContainsFunc(versions, func(v time.Time) bool { return v.UnixMicro() == t.version })
		if from[t.source] && named {
			found[t.version] = true
		}
		if !from[t.source] || len(versions) > 0 && !named {
			rest = append(rest, t)
		}
	}
	for _, t := range rest { // a version from the future counts as an earlier one
		if from[t.source] && slices.ContainsFunc(versions, func(v time.Time) bool {
			return !found[v.UnixMicro()] && v.UnixMicro()-t.version > ahead.Microseconds()
		}) {
			return rest, true
		}
	}
	best, some := rest.best()
	return rest, some && best.source == others
}

func hashOf(text string) uint64 {
	if h := xxh3.HashString(text); h != 0 {
		return h
	}
	return 1 // 0 has a meaning of its own
}

// telling is what an op says that contributes a version.
func (o op) telling(source uint64) telling {
	t := telling{version: o.Version.UnixMicro(), source: source}
	if !o.Until.IsZero() {
		t.until = o.Until.UnixMicro()
	}
	if o.Pattern != "" {
		t.pattern = hashOf(o.Pattern)
	}
	return t
}
