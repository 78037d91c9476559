// Package page writes a case as one HTML page that needs no tool: what was
// asked, what is said, who agrees and who does not, what the accused reply, and
// what it rests on. Its bytes follow from the case alone, by the template in
// docs/dossier-made.md, so that others can make them anew.
package page

import (
	_ "embed"
	"strings"

	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/attribution/score"
)

// Input is what a page is made from.
type Input struct {
	Case    *attribution.Case
	Indexes []int64 // of the case's records on the log, in order
	Scores  score.Scores
	Origin  string // the log's
}

//go:embed style.css
var style string

// page is a page in the making.
type page struct {
	strings.Builder
	Input
	current   *attribution.Statement // nil: nothing is published
	withdrawn bool
	item      map[attribution.EvidenceID]int // number of an item, from 1
	cited     map[attribution.EvidenceID]bool
	title     map[string]string // of a hypothesis
	ratings   [][]attribution.Rated
	marks     map[attribution.EvidenceID][]attribution.Marked
	version   map[string]int // of a statement, by digest
}

// Render writes the page. What the scores name and the case does not have is
// named as the scores do: whether the two agree is for a verifier to say.
func Render(in Input) []byte {
	p := newPage(in)
	p.head()
	p.status()
	if p.current != nil {
		p.line(`<div class="beside">`)
		p.statement()
		p.replies()
		p.line(`</div>`)
		p.votes()
		p.list("gaps", "What is not known", "No gaps are named.", p.current.Document.Gaps)
		p.list("change", "What would change this", "Nothing is named.", p.current.Document.WouldChange)
	} else {
		p.replies()
	}
	p.hypotheses()
	p.sensitivity()
	p.evidence()
	p.sealed()
	p.probabilities()
	p.disagreement()
	p.others()
	p.history()
	p.check()
	p.banner()
	p.line(`</main>`)
	p.line(`</body>`)
	p.line(`</html>`)
	return []byte(p.String())
}

func newPage(in Input) *page {
	c := in.Case
	p := &page{
		Input: in, current: c.Current(), ratings: make([][]attribution.Rated, len(c.Evidence)),
		item: make(map[attribution.EvidenceID]int), cited: make(map[attribution.EvidenceID]bool), title: make(map[string]string),
		marks: make(map[attribution.EvidenceID][]attribution.Marked), version: make(map[string]int),
	}
	if p.current != nil {
		p.withdrawn = p.current.Document.Act == attribution.Withdrawal
		for _, id := range p.current.Document.Cites {
			p.cited[id] = true
		}
	}
	for i, e := range c.Evidence {
		p.item[e.ID] = i + 1
	}
	for _, h := range c.Hypotheses {
		p.title[string(h.ID)] = h.Title
	}
	for _, r := range c.Ratings {
		p.ratings[r.Row] = append(p.ratings[r.Row], r)
	}
	for _, m := range c.Marks {
		p.marks[m.Evidence] = append(p.marks[m.Evidence], m)
	}
	for _, s := range c.Statements {
		p.version[s.Digest.String()] = s.Document.Version
	}
	return p
}

// line writes a line of the template, with the parts for each %s.
func (p *page) line(template string, parts ...markup) {
	for _, part := range parts {
		before, after, _ := strings.Cut(template, "%s")
		p.WriteString(before)
		p.WriteString(string(part))
		template = after
	}
	p.WriteString(template)
	p.WriteByte('\n')
}

// row writes a line of a list of facts.
func (p *page) row(label string, parts ...markup) {
	p.WriteString("<dt>" + label + "</dt><dd>")
	for _, part := range parts {
		p.WriteString(string(part))
	}
	p.WriteString("</dd>\n")
}

// hypothesis is a hypothesis' title.
func (p *page) hypothesis(id string) markup {
	if title, known := p.title[id]; known {
		return prose(title)
	}
	return prose(id)
}

// evidenceLink leads to an item.
func (p *page) evidenceLink(id string) markup {
	k := number(p.item[attribution.EvidenceID(id)])
	return `<a href="#e` + k + `">E` + k + `</a>`
}

func (p *page) evidenceLinks(ids []string) markup { return joined(ids, ", ", p.evidenceLink) }

// party is the name of the partner that made a record, as of then.
func (p *page) party(record int) markup { return prose(p.Case.History[record-1].Party) }
