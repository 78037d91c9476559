package outbreak

import (
	"cmp"

	"github.com/tocsin-project/tocsin/internal/access"
)

// voiceOf is under which name a partner is counted: its organisation's if it is
// part of one. A foreign hub is one partner, and so one voice, whatever its own
// partners say.
func voiceOf(from access.PartnerID, organisation string) string {
	if organisation != "" {
		return "of:" + organisation // no partner's id begins so
	}
	return string(from)
}

// echoes marks observations that say exactly what another voice said before, of
// the same instant: a feed that two partners pass on is one feed. A copy counts
// for nothing, so that whoever repeats another's words adds nothing, and takes
// nothing from those whose words they are. The observations are sorted by time.
//
// It sees copies only. Who alters a count or shifts a time by a microsecond is
// not an echo, but a partner that lies: against that stands the number of
// partners that the rule asks for. Of two that by chance report the same counts
// of the same instants one counts in that observation, and both in any other.
func echoes(observations []Observation) {
	for i := 0; i < len(observations); {
		j := i + 1
		for j < len(observations) && observations[j].At.Equal(observations[i].At) {
			j++
		}
		if j-i > 1 {
			markCopies(observations[i:j])
		}
		i = j
	}
}

func markCopies(same []Observation) {
	said := make(map[uint64]Observation, len(same))
	for _, o := range same {
		if was, ok := said[o.Print]; !ok || o.seq < was.seq {
			said[o.Print] = o
		}
	}
	for i := range same {
		o := &same[i]
		o.copied = o.Print != 0 && said[o.Print].voice() != o.voice()
	}
}

// voice is who is counted for the observation.
func (o Observation) voice() string { return cmp.Or(o.Voice, string(o.Partner)) }
