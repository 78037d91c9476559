package page

import (
	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/attribution/score"
)

// table begins a table that scrolls by itself where it is too wide.
func (p *page) table(caption markup, columns ...markup) {
	p.line(`<div class="scroll">`)
	p.line(`<table>`)
	p.line(`<caption>%s</caption>`, caption)
	p.line(`<thead><tr>%s</tr></thead>`, joined(columns, "", func(c markup) markup { return `<th scope="col">` + c + `</th>` }))
	p.line(`<tbody>`)
}

func (p *page) endTable() {
	p.line(`</tbody>`)
	p.line(`</table>`)
	p.line(`</div>`)
}

func (p *page) hypotheses() {
	p.line(`<section id="hypotheses">`)
	p.line(`<h2>Hypotheses</h2>`)
	p.line(`<p class="small">Weighted inconsistency is computed from the ratings: the nearest to 0 is contradicted least. It shows how the evidence was weighed; it is no verdict.</p>`)
	p.table("Hypotheses, the least contradicted first", "Hypothesis", "Weighted inconsistency", "In the statement")
	for _, r := range p.Scores.Ranking {
		p.line(`<tr><th scope="row">%s</th><td>%s</td><td>%s</td></tr>`, p.hypothesis(r.Hypothesis), score6(r.Inconsistency), p.standing(r.Hypothesis))
	}
	for _, h := range p.Scores.Unranked {
		p.line(`<tr><th scope="row">%s</th><td>not rated against every item that counts</td><td>%s</td></tr>`, p.hypothesis(h), p.standing(h))
	}
	p.endTable()
	p.line(`</section>`)
}

// standing is what the statement makes of a hypothesis.
func (p *page) standing(id string) markup {
	switch {
	case p.current == nil:
		return "open"
	case id != string(p.current.Document.Finding):
		return "not adopted"
	case p.withdrawn:
		return "withdrawn"
	}
	return "adopted"
}

func (p *page) sensitivity() {
	p.line(`<section id="sensitivity">`)
	p.line(`<h2>How much hangs on single items</h2>`)
	if decisive := p.those(func(s score.RowScore) bool { return s.Decisive }); len(decisive) == 0 {
		p.line(`<p>No single item decides which hypothesis is contradicted least.</p>`)
	} else {
		p.line(`<p>Without any one of these, others would be contradicted least: %s</p>`, p.evidenceLinks(decisive))
	}
	if len(p.Scores.Flips) > 0 {
		p.line(`<ul>`)
		for _, f := range p.Scores.Flips {
			p.line(`<li>%s would be level or better without: %s</li>`, p.hypothesis(f.Against), p.evidenceLinks(f.Without))
		}
		p.line(`</ul>`)
	}
	if flat := p.those(func(s score.RowScore) bool { return s.NonDiagnostic }); len(flat) > 0 {
		p.line(`<p>These fit every hypothesis alike and decide nothing: %s</p>`, p.evidenceLinks(flat))
	}
	p.line(`</section>`)
}

func (p *page) those(holds func(score.RowScore) bool) []string {
	var ids []string
	for _, s := range p.Scores.Rows {
		if holds(s) {
			ids = append(ids, s.Evidence)
		}
	}
	return ids
}

func (p *page) sealed() {
	p.line(`<section id="sealed">`)
	p.line(`<h2>Sealed evidence</h2>`)
	seals := p.Case.Seals()
	if len(seals) == 0 {
		p.line(`<p>Nothing is sealed.</p>`)
		p.line(`</section>`)
		return
	}
	opened := 0
	for _, item := range seals {
		if item.Unsealed > 0 {
			opened++
		}
	}
	p.line(`<p>%s sealed, %s opened since. A seal shows that something existed by that time and has not changed; not that it is true, and not that nothing was left out.</p>`,
		number(len(seals)-opened), number(opened))
	p.table("Seals by date", "Item", "Sealed", "Log index", "Opened")
	for _, item := range seals {
		then := markup("not opened")
		if item.Unsealed > 0 {
			then = when(p.at(item.Unsealed))
		}
		p.line(`<tr><th scope="row">%s</th><td>%s</td><td>%s</td><td>%s</td></tr>`, p.evidenceLink(string(item.ID)), when(item.At), p.index(item.Record), then)
	}
	p.endTable()
	p.line(`</section>`)
}

// index is where a record is on the log.
func (p *page) index(record int) markup {
	if record > len(p.Indexes) {
		return ""
	}
	return number64(p.Indexes[record-1])
}

func (p *page) probabilities() {
	p.line(`<section id="probabilities">`)
	p.line(`<h2>Probabilities</h2>`)
	if v := p.Scores.Vectors; v == nil {
		p.line(`<p>No partner has revealed probabilities.</p>`)
	} else {
		p.line(`<p>Each partner wrote down its probabilities before it saw the others'. The mean of round %s, of %s partners:</p>`, number(v.Round), number(v.Partners))
		p.beliefs("Pooled probabilities", v.Mean)
		p.line(`<details>`)
		p.line(`<summary>What each partner said</summary>`)
		p.line(`<ul>`)
		for _, r := range p.revealed(v.Round) {
			p.line(`<li>%s, %s: %s</li>`, p.party(r.Record), record(r.Record), p.shares(r.Vector))
		}
		p.line(`</ul>`)
		p.line(`</details>`)
	}
	if len(p.Scores.Posterior) > 0 {
		p.beliefs("From the likelihoods that partners gave, by Bayes' rule over "+number(p.Scores.PosteriorItems)+" items, all hypotheses alike beforehand", p.Scores.Posterior)
	}
	p.line(`</section>`)
}

func (p *page) beliefs(caption markup, beliefs []score.Belief) {
	p.table(caption, "Hypothesis", "Probability")
	for _, b := range beliefs {
		p.line(`<tr><th scope="row">%s</th><td>%s</td></tr>`, p.hypothesis(b.Hypothesis), score6(b.Probability))
	}
	p.endTable()
}

// revealed are the vectors of a round.
func (p *page) revealed(round int) []attribution.Revealed {
	if round < 1 || round > len(p.Case.Rounds) {
		return nil
	}
	return p.Case.Rounds[round-1].Revealed
}

func (p *page) shares(v attribution.Vector) markup {
	var named []attribution.Hypothesis
	for _, h := range p.Case.Hypotheses {
		if _, has := v[h.ID]; has {
			named = append(named, h)
		}
	}
	return joined(named, "; ", func(h attribution.Hypothesis) markup { return prose(h.Title) + " " + number(v[h.ID]) })
}
