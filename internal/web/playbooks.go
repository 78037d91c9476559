package web

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/response"
)

// playbooksView is the templates of actions.
type playbooksView struct {
	List []response.Template
	More int
	May  bool // the reader can open one
}

// playbookView is one template, and the form to open it.
type playbookView struct {
	tried
	Done string
	response.Template
	Name      string // of who set it
	Steps     []stepAsked
	May       bool
	Outbreaks []outbreakChoice
	Chosen    string // the outbreak that the address names
}

// stepAsked is a step in words.
type stepAsked struct {
	response.Step
	Asked  []string
	Within string
	After  []string // titles of the steps that have to be done before
}

const maxPlaybooks = 200

var playbookDone = map[string]string{"opened": english.say("duty.playbook.done.opened", nil)}

func (p *pages) playbooks(r reading) (content, error) {
	list := p.Views.Response.Templates()
	shown := min(len(list), maxPlaybooks)
	return content{"playbooks", english.say("duty.playbooks", nil), "/playbooks", playbooksView{list[:shown], len(list) - shown, r.coordinates()}}, nil
}

func (p *pages) playbook(r reading) (content, error) {
	t, err := p.Views.Response.Template(r.PathValue("id"))
	if err != nil {
		return content{}, err
	}
	v := playbookView{tried: r.tried, Done: said(r, playbookDone), Template: t, May: r.coordinates(), Chosen: r.URL.Query().Get("outbreak")}
	if t.By != "" {
		v.Name = p.nameOf(string(t.By))
	}
	titles := map[string]string{}
	for _, step := range t.Steps {
		one := stepAsked{Step: step}
		for _, asked := range step.AskedOf {
			if strings.HasPrefix(asked, "identity--") {
				asked = p.nameOf(asked)
			}
			one.Asked = append(one.Asked, asked)
		}
		if step.DeadlineS > 0 {
			one.Within = lasted(time.Duration(step.DeadlineS) * time.Second)
		}
		for _, key := range step.After {
			one.After = append(one.After, titles[key])
		}
		titles[step.Key] = step.Title
		v.Steps = append(v.Steps, one)
	}
	if v.May {
		v.Outbreaks, v.tried = p.outbreakChoices(r), r.tried.among("open")
	}
	return content{"playbook", t.Title, "/playbooks", v}, nil
}

// openPlaybook asks for all actions of a template. Whoever opens templates takes
// turns: two people who open one at the same time open it once.
func (p *pages) openPlaybook(r reading, act string) (string, error) {
	if act != "open" {
		return "", unknownAct(act)
	}
	in := response.FromTemplate{Template: r.PathValue("id"), Outbreak: r.PostForm.Get("outbreak"), AskedOf: map[string][]string{}}
	var err error
	if in.Audience, err = p.Views.AudienceFor(r.who, in.Outbreak, access.Audience{}); err != nil || in.Outbreak == "" {
		return "", fmt.Errorf("%w: choose the outbreak that the actions are for", access.ErrInvalid)
	}
	for name := range r.PostForm {
		key, is := strings.CutPrefix(name, "asked-")
		if asked := listed(r, name); is && len(asked) > 0 {
			in.AskedOf[key] = asked
		}
	}
	done := p.Views.Access.Deciding()
	defer done()
	_, drafts, err := p.Views.Response.OpenTemplate(r.who, in, p.Clock())
	if err == nil {
		_, err = p.Views.Append(r.Context(), drafts...)
	}
	return "/playbooks/" + url.PathEscape(in.Template) + "?done=opened", err
}

// Nobody says whether a step names nobody: whoever opens the template says who is asked.
func (s stepAsked) Nobody() bool { return len(s.AskedOf) == 0 }

// Open says which steps name nobody.
func (v playbookView) Open() []stepAsked {
	return slices.DeleteFunc(slices.Clone(v.Steps), func(s stepAsked) bool { return !s.Nobody() })
}
