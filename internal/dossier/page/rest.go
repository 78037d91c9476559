package page

import (
	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/attribution/score"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

func (p *page) disagreement() {
	p.line(`<section id="disagreement">`)
	p.line(`<h2>Where raters differ</h2>`)
	var apart []score.Disagreement
	for _, d := range p.Scores.Disagreements {
		if d.Band != score.Consensus {
			apart = append(apart, d)
		}
	}
	if len(apart) == 0 {
		p.line(`<p>Nowhere by more than a quarter of a step.</p>`)
	} else {
		p.table("Ratings that differ", "Item", "Hypothesis", "Raters", "Standard deviation", "Band")
		for _, d := range apart {
			p.line(`<tr><th scope="row">%s</th><td>%s</td><td>%s</td><td>%s</td><td>%s</td></tr>`,
				p.evidenceLink(d.Evidence), p.hypothesis(d.Hypothesis), number(d.Raters), score6(d.Stdev), escaped(string(d.Band)))
		}
		p.endTable()
	}
	p.line(`</section>`)
}

// others are the statements that are not the current one, published or not.
func (p *page) others() {
	p.line(`<section id="other">`)
	p.line(`<h2>Other statements in this case</h2>`)
	if n := len(p.Case.Statements); n == 0 || n == 1 && p.current != nil {
		p.line(`<p class="small">None.</p>`)
	}
	for i := range p.Case.Statements {
		if s := &p.Case.Statements[i]; s != p.current {
			p.other(s)
		}
	}
	p.line(`</section>`)
}

func (p *page) other(s *attribution.Statement) {
	d := s.Document
	p.line(`<article class="item">`)
	if s.Published > 0 {
		p.line(`<h3>Version %s, %s, published %s</h3>`, number(d.Version), escaped(string(d.Act)), when(p.at(s.Published)))
	} else {
		p.line(`<h3>Version %s, %s, never published</h3>`, number(d.Version), escaped(string(d.Act)))
	}
	p.line(`<p>%s</p>`, p.hypothesis(string(d.Finding)))
	p.line(`<p>%s</p>`, prose(d.Text))
	p.line(`<p>Likelihood: %s.</p>`, escaped(d.Likelihood.Words()))
	p.line(`<p>Confidence: %s.</p>`, escaped(string(d.Confidence)))
	p.line(`<p class="meta">Digest %s; %s.</p>`, code(s.Digest.String()), p.made(s.Record))
	p.line(`<ul>`)
	for _, v := range s.Standing() {
		p.line(`<li>%s %s: %s <span class="meta">Confidence: %s. %s</span></li>`,
			p.party(v.Record), escaped(v.Document.Vote.Verb()), prose(v.Document.Words), escaped(string(v.Document.Confidence)), record(v.Record))
	}
	if silent := p.Case.Silent(*s); len(silent) > 0 {
		p.line(`<li>Not voted: %s</li>`, p.names(silent))
	}
	p.line(`</ul>`)
	p.line(`</article>`)
}

// did says what a record of each kind does.
var did = map[ledger.Kind]markup{
	attribution.KindOpened:     "opened the case",
	attribution.KindHypothesis: "proposed a hypothesis",
	attribution.KindEvidence:   "filed evidence",
	attribution.KindMark:       "marked evidence",
	attribution.KindRating:     "rated evidence",
	attribution.KindCommitted:  "committed to probabilities",
	attribution.KindRound:      "closed a round",
	attribution.KindRevealed:   "revealed probabilities",
	attribution.KindStatement:  "drafted a statement",
	attribution.KindVote:       "voted",
	attribution.KindPublished:  "published a statement",
	attribution.KindReply:      "recorded a reply",
	attribution.KindUnsealed:   "opened a seal",
}

func (p *page) history() {
	p.line(`<section id="history">`)
	p.line(`<h2>History</h2>`)
	p.line(`<p>Every act in this case, in order, each on the public log at the index given. Nothing is ever taken out.</p>`)
	p.line(`<details>`)
	p.line(`<summary>Records: %s</summary>`, number(len(p.Case.History)))
	p.table("Records of the case", "Record", "Time", "Log index", "Partner", "Act")
	for _, step := range p.Case.History {
		n := number(step.Record)
		p.line(`<tr id="r%s"><th scope="row">%s</th><td>%s</td><td>%s</td><td>%s</td><td>%s</td></tr>`,
			n, n, when(step.At), p.index(step.Record), prose(step.Party), did[step.Kind])
	}
	p.endTable()
	p.line(`</details>`)
	p.line(`</section>`)
}

func (p *page) check() {
	p.line(`<section id="check">`)
	p.line(`<h2>How to check this file</h2>`)
	p.line(`<p>This page is one of the files in a dossier. By itself it proves nothing: anybody can write a page. The dossier can be checked without a network and without trust in whoever made it:</p>`)
	p.line(`<p><code>tocsin verify DOSSIER --trust KEYS</code></p>`)
	p.line(`<p><code>python3 verify.py DOSSIER --trust KEYS</code></p>`)
	p.line(`<p>KEYS is a trust file: the keys of the public log %s, of the witnesses that watch it and of the partners that voted, or the fingerprints of these keys. It has to come from elsewhere than the dossier: from the partners themselves, or from several places that agree.</p>`, code(p.Origin))
	p.line(`<p>What the check shows: that every record was on the public log, in this order, before its witnesses signed; that nothing was changed or left out of the case since; that the votes were signed by those keys, on exactly this statement; that the scores follow from the ratings, and this page from the records.</p>`)
	p.line(`<p>What it cannot show: that the evidence is true, that a time given for something outside the log is right, or that nothing was withheld before it came to the log. A seal shows that something existed by a date and has not changed since; not that it is true.</p>`)
	p.line(`</section>`)
}
