package web

import (
	"cmp"
	"fmt"
	"net/url"
	"strings"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
)

// newCaseView is the form by which a case is opened.
type newCaseView struct {
	tried
	May         bool
	Partner     string
	Partners    []access.Partner // to pick names from
	More        int
	Communities []string
	Outbreaks   []outbreakChoice
}

const maxRuleNames = 200 // of partners, offered to whoever writes a rule

func (p *pages) newCase(r reading) (content, error) {
	v := newCaseView{tried: r.tried, May: r.who.Partner != "" && r.who.AtLeast(access.Coordinator), Partner: p.nameOf(string(r.who.Partner)), Communities: r.who.Communities}
	if v.May {
		v.tried = r.tried.among("open")
		v.Partners, v.More = firstOf(p.Views.Access.Partners(), maxRuleNames)
		v.Outbreaks = p.outbreakChoices(r)
	}
	return content{"case-new", english.say("case.new", nil), "/cases", v}, nil
}

// Levels are the levels of TLP that a case can have: RED names recipients, and a
// case has none.
func (v newCaseView) Levels() []access.TLP {
	return []access.TLP{access.AmberStrict, access.Amber, access.Green, access.Clear}
}

func (p *pages) openCase(r reading, act string) (string, error) {
	if act != "open" {
		return "", unknownAct(act)
	}
	policy, err := p.rule(r)
	if err != nil {
		return "", err
	}
	o := attribution.Opening{Question: words(r, "question"), Policy: policy, Outbreak: r.PostForm.Get("outbreak"), Simulated: words(r, "simulated")}
	for line := range strings.Lines(words(r, "hypotheses")) {
		if line = strings.TrimSpace(line); line != "" {
			o.Hypotheses = append(o.Hypotheses, hypothesisOf(line))
		}
	}
	id, draft, err := p.Views.OpenCase(r.who, o, r.PostForm.Get("tlp"), r.PostForm.Get("community"))
	if err == nil {
		_, err = p.Views.InCase(r.Context(), r.who, id, draft)
	}
	return "/cases/" + url.PathEscape(string(id)) + "?done=opened", err
}

// rule is the decision rule of a form: as it is written, or so many of the partners
// that are named.
func (p *pages) rule(r reading) (attribution.Policy, error) {
	if text := words(r, "policy"); text != "" {
		return attribution.ParsePolicy(text)
	}
	members, err := p.partnersNamed(r, "members")
	if err != nil {
		return attribution.Policy{}, err
	}
	if len(members) == 0 {
		return attribution.Policy{}, fmt.Errorf("%w: members: name the partners that have to agree, one a line", access.ErrInvalid)
	}
	ids := make([]string, len(members))
	for i, id := range members {
		ids[i] = string(id)
	}
	return attribution.ParsePolicy(cmp.Or(strings.TrimSpace(r.PostForm.Get("threshold")), "all") + " of [" + strings.Join(ids, ", ") + "]")
}

// hypothesisOf reads a line: a title, or a short name, "=" and a title.
func hypothesisOf(line string) attribution.Hypothesis {
	id, title, named := strings.Cut(line, "=")
	if !named {
		return attribution.Hypothesis{ID: slugOf(line), Title: line}
	}
	return attribution.Hypothesis{ID: attribution.HypothesisID(strings.TrimSpace(id)), Title: strings.TrimSpace(title)}
}

// slugOf is a short name made of a title.
func slugOf(title string) attribution.HypothesisID {
	plain := strings.FieldsFunc(strings.ToLower(title), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	text := strings.Join(plain, "-")
	return attribution.HypothesisID(strings.Trim(text[:min(len(text), 40)], "-"))
}
