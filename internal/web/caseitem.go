package web

import (
	"fmt"
	"strconv"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
)

// itemPage is one item of evidence: what it is, what partners make of it, and the
// forms to rate and to mark it.
type itemPage struct {
	caseView
	Item     itemView
	Rows     []ratedRow // a hypothesis each
	RowsMore int
	Voices   []ratingView // of all partners, the newest first
	More     int
	Own      bool // the reader's partner filed it
	Out      bool // it is withdrawn or updated
	Deposits int  // ciphertexts of it that the reader may fetch
}

// ratedRow is a hypothesis, what all say of it and what the reader's partner does.
type ratedRow struct {
	ID    attribution.HypothesisID
	Title string
	Cell  fitCell
	Mine  attribution.Rating
}

// Chance is the likelihood that the reader's partner has given, in percent.
func (r ratedRow) Chance() string {
	if r.Mine.Likelihood == 0 {
		return ""
	}
	return strconv.FormatFloat(100*r.Mine.Likelihood, 'g', 6, 64)
}

// ratingView is one rating in force.
type ratingView struct {
	stepView
	Hypothesis string
	Value      string
	Likelihood string // "" if none is given
	Reason     string
	Cut        bool
}

const (
	maxInForm      = 60 // hypotheses in one form
	maxItemRatings = 60 // of one item
	maxReasonCut   = 400
)

func (p *pages) caseItem(r reading) (content, error) {
	base, err := p.caseOf(r, "evidence")
	if err != nil {
		return content{}, err
	}
	n, known := base.number[attribution.EvidenceID(r.PathValue("evidence"))]
	if !known {
		return content{}, fmt.Errorf("%w: the case has no such item", access.ErrNotFound)
	}
	v := itemPage{caseView: *base, Own: base.Evidence[n-1].By == r.who.Partner, Out: base.Evidence[n-1].Out()}
	v.tried = r.tried.among(v.forms()...)
	columns := v.columns(0, len(v.Hypotheses))
	m := v.matrix([]int{n - 1}, columns)
	v.Item = m.Items[0]
	mine := map[int]attribution.Rating{}
	for i := len(v.Ratings) - 1; i >= 0; i-- {
		rated := &v.Ratings[i]
		if rated.Row != n-1 {
			continue
		}
		if rated.By == r.who.Partner {
			mine[rated.Column] = rated.Rating
		}
		if len(v.Voices) == maxItemRatings {
			v.More++
			continue
		}
		v.Voices = append(v.Voices, v.rating(rated))
	}
	for j, c := range columns {
		v.Rows = append(v.Rows, ratedRow{v.Hypotheses[c.place].ID, c.Title, v.Item.Cells[j], mine[c.place]})
	}
	v.Rows, v.RowsMore = firstOf(v.Rows, maxInForm)
	if v.Item.Seal != "" {
		held, err := p.Views.Cases.Sealed(r.who, v.ID, v.Item.ID)
		if err != nil {
			return content{}, err
		}
		v.Deposits = len(held)
	}
	return content{"case-item", fmt.Sprintf("E%d: %s", n, v.Item.Title), "/cases", v}, nil
}

// forms are the acts that the page has a form of.
func (v itemPage) forms() (acts []string) {
	if v.Judges {
		acts = append(acts, "rate")
		if !v.Out {
			acts = append(acts, "contest")
		}
	}
	if v.Own && v.Files && !v.Out {
		acts = append(acts, "withdraw")
	}
	return acts
}

func (v *caseView) rating(r *attribution.Rated) ratingView {
	one := ratingView{stepView: v.step(r.Record), Hypothesis: v.Title(r.Hypothesis), Value: r.Value.Words(), Reason: r.Reason}
	if r.Rating.Likelihood > 0 {
		one.Likelihood = percent(r.Rating.Likelihood)
	}
	if len(one.Reason) > maxReasonCut {
		one.Reason, one.Cut = cut(one.Reason, maxReasonCut), true
	}
	return one
}

// Choices are the ratings that a form offers.
func (v itemPage) Choices() []attribution.Value {
	return []attribution.Value{attribution.VeryConsistent, attribution.Consistent, attribution.Neutral, attribution.Inconsistent, attribution.VeryInconsistent}
}
