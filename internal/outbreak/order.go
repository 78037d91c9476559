package outbreak

import (
	"cmp"
	"slices"
)

// criticalSectors are those whose standstill harms people, in the order in
// which they are looked at: health first. They weigh in what is shown first,
// and never in what is believed.
var criticalSectors = []string{
	"healthcare", "emergency-services", "energy", "water", "telecommunications", "transportation", "financial-services",
}

// critical is which of them are among an outbreak's sectors, health first.
func critical(sectors []string) []string {
	list := []string{}
	for _, s := range criticalSectors {
		if slices.Contains(sectors, s) {
			list = append(list, s)
		}
	}
	return list
}

// severity adds up what makes an outbreak bad. It is a judgement, and no
// measurement:
//
//	partners  10 or more 1, 100 or more 2
//	hosts     100 or more 1, 10,000 or more 2 (see typicalHosts)
//	doubling  within an hour 1, within a quarter of one 2; if it grows for certain
//	sectors   a critical one 1, health or emergency services 2
//	files     encrypted 1
//
// Of 0 and 1 it is low, of 2 and 3 moderate, of 4 and 5 severe, of more critical.
func severity(o *Outbreak, hosts int) Severity {
	score := step(float64(len(o.Partners)), 10, 100) + step(float64(hosts), 100, 10_000)
	if o.Growth != nil && o.Growth.Settled && o.Growth.Doubling != nil {
		score += step(1/o.Growth.Doubling.Mid, 1./3600, 1./900)
	}
	if len(o.Critical) > 0 {
		score++
		if slices.Index(criticalSectors, o.Critical[0]) < 2 {
			score++
		}
	}
	if slices.Contains(o.Kinds, Encryptions) {
		score++
	}
	return severities[min(score/2, len(severities)-1)]
}

var severities = []Severity{Low, Moderate, Severe, Critical}

// step is 0, 1 from one on, 2 from two on.
func step(x, one, two float64) int {
	switch {
	case x >= two:
		return 2
	case x >= one:
		return 1
	}
	return 0
}

// typicalHosts sums up counts of hosts so that no partner's word alone moves it
// far: each counts as at most eight times the median one. The counts are sorted
// on the way.
func typicalHosts(counts []int) int {
	if len(counts) == 0 {
		return 0
	}
	slices.Sort(counts)
	limit, sum := 8*max(counts[(len(counts)-1)/2], 1), 0
	for _, n := range counts {
		sum += min(n, limit)
	}
	return sum
}

// Compare is the order in which people look: what is open first, then the
// severest, then by the most critical sector, then the newest.
func Compare(a, b Outbreak) int {
	return cmp.Or(
		after(a.Status == Open, b.Status == Open),
		cmp.Compare(slices.Index(severities, b.Severity), slices.Index(severities, a.Severity)),
		cmp.Compare(mostCritical(a), mostCritical(b)),
		b.Raised.Compare(a.Raised),
		cmp.Compare(a.ID, b.ID),
	)
}

func mostCritical(o Outbreak) int {
	if len(o.Critical) == 0 {
		return len(criticalSectors)
	}
	return slices.Index(criticalSectors, o.Critical[0])
}

// compareRaised is the order in which outbreaks were raised.
func compareRaised(a, b Outbreak) int {
	return cmp.Or(a.Raised.Compare(b.Raised), cmp.Compare(a.ID, b.ID))
}
