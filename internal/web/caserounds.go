package web

import (
	"slices"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
)

// roundView is one round of probabilities.
type roundView struct {
	Number    int
	Closed    bool
	Committed []string
	More      int // commitments that are not listed
	Revealed  []vectorView
	Unshown   int // vectors that are not listed
	Silent    []string
}

// vectorView is what one partner holds likely.
type vectorView struct {
	stepView
	Shares []string
}

const (
	maxRounds  = 3  // in the page of a case, the last ones
	maxVectors = 40 // of one round
)

// vectors lists the last rounds of probabilities, the newest first.
func (v *caseView) vectors() {
	for _, r := range slices.Backward(v.Case.Rounds) {
		if len(v.Rounds) == maxRounds {
			return
		}
		one := roundView{Number: r.Number, Closed: r.Closed > 0}
		seen, shown := map[access.PartnerID]bool{}, map[access.PartnerID]bool{}
		for _, c := range r.Revealed {
			shown[c.By] = true
			if len(one.Revealed) == maxVectors {
				one.Unshown++
				continue
			}
			one.Revealed = append(one.Revealed, vectorView{v.step(c.Record), v.sharesOf(c.Vector)})
		}
		for _, c := range r.Committed {
			if seen[c.By] {
				continue
			}
			seen[c.By] = true
			one.Committed = append(one.Committed, v.Name(c.By))
			if one.Closed && !shown[c.By] {
				one.Silent = append(one.Silent, v.Name(c.By))
			}
		}
		one.Committed, one.More = firstOf(one.Committed, maxMissing)
		one.Silent, _ = firstOf(one.Silent, maxMissing)
		v.Rounds = append(v.Rounds, one)
	}
}

// sharesOf is a vector normalised, in the case's order, without those at nought.
func (v *caseView) sharesOf(vector attribution.Vector) []string {
	sum := 0
	for _, weight := range vector {
		sum += weight
	}
	var list []string
	for _, h := range v.Hypotheses {
		if weight := vector[h.ID]; weight > 0 {
			list = append(list, h.Title+" "+percent(float64(weight)/float64(sum)))
		}
	}
	return list
}
