package page

import (
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
)

func (p *page) at(record int) time.Time { return p.Case.History[record-1].At }

// replies are what the accused say, to whichever version: an update does not
// take an answer away.
func (p *page) replies() {
	p.line(`<section id="replies">`)
	p.line(`<h2>What the accused say</h2>`)
	if len(p.Case.Replies) == 0 {
		p.line(`<p class="small">No reply is on record.</p>`)
	}
	for _, r := range p.Case.Replies {
		relation := escaped(string(r.Document.Relation))
		p.line(`<article class="voice %s">`, relation)
		p.line(`<h3>%s: %s</h3>`, prose(r.Document.From), relation)
		p.line(`<blockquote><p>%s</p></blockquote>`, prose(r.Document.Text))
		if r.Signed() {
			p.line(`<p class="meta">Signed with %s; recorded by %s.</p>`, code(r.Key), p.party(r.Record))
		} else {
			p.line(`<p class="meta">Not signed; recorded by %s.</p>`, p.party(r.Record))
		}
		if r.Source != "" {
			p.line(`<p class="meta">Source: %s</p>`, source(r.Source))
		}
		p.line(`<p class="meta">To version %s, %s; %s, %s.</p>`, number(p.version[r.Document.Statement]), code(r.Document.Statement), when(r.At), record(r.Record))
		if r.Document.Occurred != "" {
			p.line(`<p class="meta">Occurred: %s</p>`, prose(r.Document.Occurred))
		}
		p.line(`</article>`)
	}
	p.line(`</section>`)
}

// votes shows endorsement, dissent, abstention and silence alike.
func (p *page) votes() {
	p.line(`<section id="votes">`)
	p.line(`<h2>Who agrees, who does not</h2>`)
	votes := p.current.Standing()
	p.voices("endorse", "Endorsed by", votes)
	p.voices("dissent", "Dissent", votes)
	p.voices("abstain", "Abstained", votes)
	p.line(`<section class="silent">`)
	p.line(`<h3>Has not voted</h3>`)
	if silent := p.Case.Silent(*p.current); len(silent) == 0 {
		p.line(`<p class="small">Nobody.</p>`)
	} else {
		p.line(`<p>%s</p>`, p.names(silent))
	}
	p.line(`</section>`)
	p.line(`</section>`)
}

func (p *page) names(partners []access.PartnerID) markup {
	return joined(partners, ", ", func(id access.PartnerID) markup { return prose(p.Case.Called(id)) })
}

func (p *page) voices(choice attribution.Choice, heading string, votes []attribution.Voted) {
	p.line(`<section class="%s">`, markup(choice))
	p.line(`<h3>%s</h3>`, markup(heading))
	any := false
	for _, v := range votes {
		if v.Document.Vote != choice {
			continue
		}
		if !any {
			any = true
			p.line(`<div class="voices">`)
		}
		p.voice(v)
	}
	if any {
		p.line(`</div>`)
	} else {
		p.line(`<p class="small">Nobody.</p>`)
	}
	p.line(`</section>`)
}

func (p *page) voice(v attribution.Voted) {
	p.line(`<article class="voice">`)
	p.line(`<h4>%s</h4>`, p.party(v.Record))
	p.line(`<blockquote><p>%s</p></blockquote>`, prose(v.Document.Words))
	p.line(`<p class="meta">Confidence: %s.</p>`, escaped(string(v.Document.Confidence)))
	p.line(`<p class="meta">Signed with %s; %s, %s.</p>`, code(v.Key), when(v.At), record(v.Record))
	if _, member := p.Case.Members[v.By]; !member {
		p.line(`<p class="meta">Not a member of the decision rule.</p>`)
	}
	if v.Document.Occurred != "" {
		p.line(`<p class="meta">Occurred: %s</p>`, prose(v.Document.Occurred))
	}
	p.line(`</article>`)
}
