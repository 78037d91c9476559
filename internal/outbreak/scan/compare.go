package scan

import (
	"slices"
	"time"
)

// Score is how a rule did on a mix.
type Score struct {
	Sources [kinds]int // there are, by kind
	Flagged [kinds]int // of them
	// Contacts and Seconds until a scanner was flagged: medians.
	Contacts, Seconds float64
}

// Efficiency is the share of scanners among the flagged (Jung et al., section 5).
func (s Score) Efficiency() float64 {
	all := 0
	for _, n := range s.Flagged {
		all += n
	}
	return ratio(s.Flagged[Scanner], all)
}

// Effectiveness is the share of the flagged among scanners.
func (s Score) Effectiveness() float64 { return ratio(s.Flagged[Scanner], s.Sources[Scanner]) }

// Without is the score of the mix without a kind of source.
func (s Score) Without(k Kind) Score {
	s.Sources[k], s.Flagged[k] = 0, 0
	return s
}

// FalseAlarms is how many of the flagged do not scan.
func (s Score) FalseAlarms() int {
	return s.Flagged[Benign] + s.Flagged[Peer] + s.Flagged[Crawler]
}

// Comparison is a detector beside Zeek's default rule on the same records.
type Comparison struct {
	Ours, Zeek Score
	// Of scanners that both flag, how much later Zeek's rule does: medians of
	// the contacts' ratio and of the difference in seconds.
	Times, Later float64
	Both         int
}

// Compare plays a mix to a detector and to Zeek's default rule.
func Compare(seed uint64, c Config, m Mix) Comparison {
	c.Seed = seed | 1
	list, truth := m.attempts(seed)
	d, zeek := New(c), NewDistinct()
	ours, theirs := make([]verdict, len(truth)), make([]verdict, len(truth))
	start := time.Date(2004, 5, 9, 0, 0, 0, 0, time.UTC)
	for _, a := range list {
		source, target, at := mixAddress(a.source), mixAddress(1<<20+a.target), start.Add(a.at)
		ours[a.source].note(a.at, d.Contact(source, target, 80, a.failed, at))
		theirs[a.source].note(a.at, zeek.Contact(source, target, 80, a.failed, at))
	}
	compared := Comparison{Ours: scoreOf(ours, truth), Zeek: scoreOf(theirs, truth)}
	var times, later []float64
	for i, kind := range truth {
		if kind == Scanner && ours[i].flagged && theirs[i].flagged {
			times = append(times, float64(theirs[i].contacts)/float64(ours[i].contacts))
			later = append(later, (theirs[i].at - ours[i].at).Seconds())
		}
	}
	compared.Times, compared.Later, compared.Both = median(times), median(later), len(times)
	return compared
}

// verdict is what a rule said of a source: whether it was flagged, and the first time.
type verdict struct {
	flagged   bool
	contacts  int // up to the flag, which is one of them
	first, at time.Duration
}

func (v *verdict) note(at time.Duration, flagged bool) {
	if v.flagged {
		return
	}
	if v.contacts++; v.contacts == 1 {
		v.first = at
	}
	v.flagged, v.at = flagged, at
}

func scoreOf(verdicts []verdict, truth []Kind) Score {
	var s Score
	var contacts, seconds []float64
	for i, kind := range truth {
		s.Sources[kind]++
		if v := &verdicts[i]; v.flagged {
			s.Flagged[kind]++
			if kind == Scanner {
				contacts = append(contacts, float64(v.contacts))
				seconds = append(seconds, (v.at - v.first).Seconds())
			}
		}
	}
	s.Contacts, s.Seconds = median(contacts), median(seconds)
	return s
}

// median sorts its argument; of nothing it is 0.
func median(list []float64) float64 {
	if len(list) == 0 {
		return 0
	}
	slices.Sort(list)
	return (list[(len(list)-1)/2] + list[len(list)/2]) / 2
}

func ratio(a, b int) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}
