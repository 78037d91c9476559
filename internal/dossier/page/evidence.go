package page

import (
	"cmp"
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/attribution/score"
)

func (p *page) evidence() {
	p.line(`<section id="evidence">`)
	p.line(`<h2>Evidence</h2>`)
	if len(p.Case.Evidence) == 0 {
		p.line(`<p class="small">None.</p>`)
	}
	for i, item := range p.Case.Evidence {
		var s score.RowScore
		if i < len(p.Scores.Rows) {
			s = p.Scores.Rows[i]
		}
		p.oneItem(i, item, s)
	}
	p.line(`</section>`)
}

func (p *page) oneItem(i int, item attribution.Filed, s score.RowScore) {
	k := number(i + 1)
	p.line(`<article class="item" id="e%s">`, k)
	p.line(`<h3>E%s. %s</h3>`, k, prose(item.Title))
	if flags := p.flags(item, s); len(flags) > 0 {
		p.line(`<p class="flags">%s</p>`, joined(flags, " ", func(word string) markup { return `<span class="flag">` + escaped(word) + `</span>` }))
	}
	p.line(`<dl>`)
	p.row("Kind", escaped(string(item.Kind)))
	p.row("Graded", escaped(string(item.Reliability)), number(int(item.Credibility)), ": source ", escaped(item.Reliability.Words()), ", information ", escaped(item.Credibility.Words()))
	p.row("Relevance", escaped(item.Relevance.Word()))
	p.row("Forgeability", escaped(item.Forgeability.Word()))
	p.row("Weight", score6(s.Weight), "; diagnosticity ", score6(s.Diagnosticity))
	if len(s.Missing) > 0 {
		p.row("Not rated against", joined(s.Missing, ", ", p.hypothesis))
	}
	if item.Source != "" {
		p.row("Source", source(item.Source))
	}
	p.occurred(item.Occurred)
	if item.Digest != "" {
		p.row("Digest", code(item.Digest))
	}
	if item.Seal != "" {
		p.row("Seal", code(item.Seal))
	}
	if item.Unsealed > 0 {
		p.row("Opened", p.made(item.Unsealed), ": ", code(p.openedTo(item.Unsealed)))
	}
	p.row("Filed", p.made(item.Record))
	p.handling(item)
	p.line(`</dl>`)
	p.itemRatings(i)
	p.line(`</article>`)
}

// handling is what became of an item, through whose hands it went and how it
// was made.
func (p *page) handling(item attribution.Filed) {
	if item.Replaces != "" {
		p.row("Takes the place of", p.evidenceLink(string(item.Replaces)))
	}
	for _, m := range p.marks[item.ID] {
		p.row("Marked", escaped(string(m.Status)), ": ", prose(m.Reason), " (", p.party(m.Record), ", ", when(m.At), ", ", record(m.Record), ")")
	}
	for _, c := range item.Custody {
		p.row("Custody", prose(c.At), ", ", prose(c.By), ": ", prose(c.Note))
	}
	if m := item.Method; m != nil {
		p.row("Method", prose(m.Tool), " ", prose(m.Version))
		p.codeRow("Arguments", m.Arguments)
		p.codeRow("Inputs", m.Inputs)
		p.codeRow("Outputs", m.Outputs)
	}
	p.codeRow("About", item.Links)
}

func (p *page) codeRow(label string, texts []string) {
	if len(texts) > 0 {
		p.row(label, codes(texts))
	}
}

// openedTo is the digest that a record of an opening shows.
func (p *page) openedTo(record int) string {
	for _, u := range p.Case.Openings {
		if u.Record == record {
			return u.Digest
		}
	}
	return ""
}

// flags are what has to be seen first of an item.
func (p *page) flags(item attribution.Filed, s score.RowScore) []string {
	var flags []string
	add := func(holds bool, word string) {
		if holds {
			flags = append(flags, word)
		}
	}
	add(s.Status != "" && s.Status != string(attribution.ItemFiled), s.Status)
	add(p.cited[item.ID], "cited")
	add(s.Decisive, "decisive")
	add(s.NonDiagnostic, "non-diagnostic")
	add(item.Forgeability == attribution.High, "easy to forge")
	add(item.Seal != "" && item.Unsealed == 0, "sealed")
	add(item.Unsealed > 0, "opened")
	add(!s.Counts, "does not count")
	return flags
}

// score6 is a number of the scores as it stands there.
func score6(n score.Number) markup {
	text, err := n.MarshalText()
	if err != nil {
		return escaped(err.Error())
	}
	return escaped(string(text))
}

func (p *page) itemRatings(i int) {
	ratings := slices.Clone(p.ratings[i])
	if len(ratings) == 0 {
		return
	}
	slices.SortFunc(ratings, func(a, b attribution.Rated) int {
		return cmp.Or(cmp.Compare(a.Column, b.Column), cmp.Compare(a.Record, b.Record))
	})
	p.line(`<details>`)
	p.line(`<summary>Ratings: %s</summary>`, number(len(ratings)))
	p.table("How E"+number(i+1)+" fits each hypothesis", "Hypothesis", "Partner", "Rating", "Likelihood", "Reason", "On record")
	for _, r := range ratings {
		p.line(`<tr><th scope="row">%s</th><td>%s</td><td>%s</td><td>%s</td><td>%s</td><td>%s</td></tr>`,
			p.hypothesis(string(r.Hypothesis)), p.party(r.Record), escaped(r.Value.Words()), likelihood(r.Likelihood), prose(r.Reason), record(r.Record))
	}
	p.endTable()
	p.line(`</details>`)
}

// likelihood is a fraction as the record has it: the shortest text that reads
// back as the number (RFC 8785, section 3.2.2.3), which is how json writes it.
func likelihood(x float64) markup {
	if x == 0 {
		return ""
	}
	text, err := json.Marshal(x)
	if err != nil {
		return escaped(err.Error())
	}
	return escaped(string(text))
}
