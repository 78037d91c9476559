package web

import (
	"html/template"
	"slices"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
	casepage "github.com/tocsin-project/tocsin/internal/dossier/page"
	"github.com/tocsin-project/tocsin/internal/picture/dots"
)

// roundsPage is what partners hold likely, round by round.
type roundsPage struct {
	caseView
	Rounds  []roundView // the last ones, the newest first
	More    int
	Next    int  // the round that is open or would be
	Open    bool // something is committed to in it
	Unheard int  // partners of the rule that have not committed in it
	Picture template.HTML
	Means   []meanView
}

// meanView is the pooled probability of a hypothesis in the last rounds that were
// revealed.
type meanView struct {
	Title       string
	Now, Before string // "" if there was none
	Range       string // the least and the most in the last one
}

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
	More   int
}

const (
	maxCaseRounds   = 5  // the last ones
	maxVectors      = 25 // of one round
	maxVectorShares = 12 // hypotheses of one vector
)

func (p *pages) caseRounds(r reading) (content, error) {
	base, err := p.caseOf(r, "rounds")
	if err != nil {
		return content{}, err
	}
	v := roundsPage{caseView: *base, Next: len(base.Case.Rounds) + 1}
	if n := len(base.Case.Rounds); n > 0 && base.Case.Rounds[n-1].Closed == 0 {
		v.Next, v.Open = n, true
		committed := map[access.PartnerID]bool{}
		for _, c := range base.Case.Rounds[n-1].Committed {
			committed[c.By] = true
		}
		for _, partner := range v.Policy.Partners() {
			if !committed[partner] {
				v.Unheard++
			}
		}
	}
	if v.Open && v.Decides {
		v.tried = r.tried.among("close-round")
	}
	v.vectors()
	v.draw()
	return content{"case-rounds", english.say("case.rounds.title", v.Question), "/cases", v}, nil
}

// vectors lists the last rounds of probabilities, the newest first.
func (v *roundsPage) vectors() {
	for _, r := range slices.Backward(v.Case.Rounds) {
		if len(v.Rounds) == maxCaseRounds {
			v.More++
			continue
		}
		one := roundView{Number: r.Number, Closed: r.Closed > 0}
		seen, shown := map[access.PartnerID]bool{}, map[access.PartnerID]bool{}
		for _, c := range r.Revealed {
			shown[c.By] = true
			if len(one.Revealed) == maxVectors {
				one.Unshown++
				continue
			}
			list, more := firstOf(v.sharesOf(c.Vector), maxVectorShares)
			one.Revealed = append(one.Revealed, vectorView{v.step(c.Record), list, more})
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

// draw pictures the last two rounds in which something was revealed.
func (v *roundsPage) draw() {
	var last []attribution.Round
	for _, r := range slices.Backward(v.Case.Rounds) {
		if slices.ContainsFunc(r.Revealed, v.ofRule) && len(last) < 2 {
			last = append(last, r)
		}
	}
	if len(last) == 0 {
		return
	}
	picture := dots.Picture{Title: english.say("case.rounds.picture", nil)}
	columns := v.columns(0, dots.MaxRows)
	for _, c := range columns {
		h := v.Hypotheses[c.place]
		row, mean := dots.Row{Text: casepage.Visible(c.Title)}, meanView{Title: c.Title}
		for i, r := range slices.Backward(last) {
			g := v.group(r, h.ID, []string{"now", "before"}[i])
			row.Groups = append(row.Groups, g)
			if i == 0 {
				least, most := spread(g.Shares)
				mean.Now, mean.Range = percent(g.Mean), english.say("case.rounds.range", []string{percent(least), percent(most)})
			} else {
				mean.Before = percent(g.Mean)
			}
		}
		picture.Rows, v.Means = append(picture.Rows, row), append(v.Means, mean)
	}
	v.Picture = picture.SVG()
}

// ofRule says whether the decision rule names the partner of a vector: those are pooled.
func (v *roundsPage) ofRule(r attribution.Revealed) bool {
	_, member := v.Members[r.By]
	return member
}

// group is what the partners of the decision rule held likely of one hypothesis in
// a round. The mean is over all, also those that are not drawn.
func (v *roundsPage) group(r attribution.Round, h attribution.HypothesisID, state string) dots.Group {
	g := dots.Group{State: state}
	for _, one := range r.Revealed {
		if !v.ofRule(one) {
			continue
		}
		share := shareOf(one.Vector, h)
		g.Mean += share
		g.Shares = append(g.Shares, dots.Share{At: share, Of: english.say("case.rounds.dot", []string{casepage.Visible(v.Name(one.By)), percent(share)})})
	}
	g.Mean /= float64(max(1, len(g.Shares)))
	g.Name = english.say("case.rounds.group", map[string]any{"Round": r.Number, "Mean": percent(g.Mean)})
	return g
}

func spread(shares []dots.Share) (least, most float64) {
	least = 1
	for _, s := range shares {
		least, most = min(least, s.At), max(most, s.At)
	}
	return least, most
}

// shareOf is the share of one hypothesis in a vector, normalised.
func shareOf(vector attribution.Vector, h attribution.HypothesisID) float64 {
	sum := 0
	for _, weight := range vector {
		sum += weight
	}
	return float64(vector[h]) / float64(sum) // a vector of noughts is never taken
}

// sharesOf is a vector normalised, in the case's order, without those at nought.
func (v *caseView) sharesOf(vector attribution.Vector) []string {
	var list []string
	for _, h := range v.Hypotheses {
		if vector[h.ID] > 0 {
			list = append(list, h.Title+" "+percent(shareOf(vector, h.ID)))
		}
	}
	return list
}
