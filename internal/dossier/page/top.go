package page

import "github.com/tocsin-project/tocsin/internal/attribution"

func (p *page) head() {
	p.line(`<!DOCTYPE html>`)
	p.line(`<html lang="en">`)
	p.line(`<head>`)
	p.line(`<meta charset="utf-8">`)
	p.line(`<meta name="viewport" content="width=device-width, initial-scale=1">`)
	p.line(`<meta name="referrer" content="no-referrer">`)
	p.line(`<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">`)
	simulated := markup("")
	if p.Case.Simulated != "" {
		simulated = "Simulated: "
	}
	p.line(`<title>%s%s | Attribution dossier</title>`, simulated, escaped(p.Case.Question))
	p.line(`<style>`)
	p.line(`%s</style>`, markup(style))
	p.line(`</head>`)
	p.line(`<body>`)
	p.line(`<main>`)
	p.banner()
	p.line(`<p class="eyebrow">Attribution dossier of %s</p>`, code(string(p.Case.ID)))
	p.line(`<h1>%s</h1>`, prose(p.Case.Question))
}

// banner says what is simulated, at the top and at the end.
func (p *page) banner() {
	if p.Case.Simulated != "" {
		p.line(`<p class="banner"><strong>Simulated.</strong> %s</p>`, prose(p.Case.Simulated))
	}
}

func (p *page) status() {
	p.line(`<section class="status" id="status">`)
	p.line(`<h2>Status</h2>`)
	if s := p.current; s == nil {
		p.line(`<p class="state">Nothing is published: the case is open.</p>`)
	} else {
		state := markup("Published")
		if p.withdrawn {
			state = "Withdrawn"
		}
		p.line(`<p class="state">%s: version %s, %s.</p>`, state, number(s.Document.Version), when(p.at(s.Published)))
		for _, label := range p.Scores.Labels {
			p.line(`<p class="label">%s</p>`, escaped(attribution.LabelWords(label)))
		}
	}
	if p.Case.Outbreak != "" {
		p.line(`<p>Outbreak: %s</p>`, prose(p.Case.Outbreak))
	}
	p.line(`<p>Decision rule, fixed when the case was opened, before any evidence: %s</p>`, rule(p.Case.Policy.String(), p.Case.Members))
	p.line(`</section>`)
}

func (p *page) statement() {
	s, d := p.current, p.current.Document
	p.line(`<section id="statement">`)
	p.line(`<h2>The statement</h2>`)
	if p.withdrawn {
		p.line(`<p class="meta">This finding is withdrawn:</p>`)
	}
	p.line(`<p class="finding">%s</p>`, p.hypothesis(string(d.Finding)))
	p.line(`<p>%s</p>`, prose(d.Text))
	p.line(`<p class="likelihood">Likelihood: %s.</p>`, escaped(d.Likelihood.Words()))
	p.line(`<p class="confidence">Confidence: %s.</p>`, escaped(string(d.Confidence)))
	p.line(`<dl>`)
	p.row("Digest", code(s.Digest.String()))
	p.row("Version", number(d.Version), ", ", escaped(string(d.Act)))
	if d.Previous != "" {
		p.row("Version before", code(d.Previous))
	}
	p.row("Speaks of", record(d.Basis.N), " and all before it")
	p.row("Rests on", joined(d.Cites, ", ", func(id attribution.EvidenceID) markup { return p.evidenceLink(string(id)) }))
	p.row("Drafted", p.made(s.Record))
	p.row("Published", p.made(s.Published))
	p.occurred(d.Occurred)
	p.line(`</dl>`)
	p.line(`</section>`)
}

// made says when a record was made, by whom, and where it is.
func (p *page) made(n int) markup {
	return when(p.at(n)) + " by " + p.party(n) + ", " + record(n)
}

// occurred is a row for when something happened outside the log.
func (p *page) occurred(text string) {
	if text != "" {
		p.row("Occurred", prose(text))
	}
}

// list is a section with a list of texts.
func (p *page) list(id, heading, none string, texts []string) {
	p.line(`<section id="%s">`, markup(id))
	p.line(`<h2>%s</h2>`, markup(heading))
	if len(texts) == 0 {
		p.line(`<p class="small">%s</p>`, markup(none))
	} else {
		p.line(`<ul>`)
		for _, text := range texts {
			p.line(`<li>%s</li>`, prose(text))
		}
		p.line(`</ul>`)
	}
	p.line(`</section>`)
}
