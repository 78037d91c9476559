package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/duty"
)

// form is the form that a path and a query name.
func (p *pages) form(r reading) (duty.Form, error) {
	n := 0
	if text := r.URL.Query().Get("number"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil {
			return duty.Form{}, fmt.Errorf("%w: number: %.20q is no number of a submission", access.ErrInvalid, text)
		}
	}
	return p.Views.Duties.Form(r.who, duty.ID(r.PathValue("id")), r.PathValue("stage"), n, p.Clock())
}

func (p *pages) dutyStage(r reading) (content, error) {
	f, err := p.form(r)
	if err != nil {
		return content{}, err
	}
	d, err := p.Views.Duties.Get(r.who, f.Duty, p.Clock())
	if err != nil {
		return content{}, err
	}
	v := stagePage{tried: r.tried, Done: said(r, dutyDone), Form: f}
	v.May = r.may() && f.Partner == r.who.Partner && d.Closed.IsZero()
	v.Waives = v.May && f.Stage.Times == 0 && f.Stage.Status != duty.Waived
	if v.May {
		v.tried = r.tried.among("submit")
	}
	if v.Waives {
		v.tried = r.tried.among("submit", "waive")
	}
	if f.Stage.Status == duty.Due || f.Stage.Status == duty.Overdue {
		v.Left = left(f.Stage.Deadline.Sub(p.Clock()))
	}
	for n := range f.Stage.Times {
		v.Numbers = append(v.Numbers, n+1)
	}
	return content{"duty-stage", f.Stage.Name, "/duties", v}, nil
}

// dutyText is the form as plain text, to be copied.
func (p *pages) dutyText(w http.ResponseWriter, request *http.Request) {
	r := p.reading(request)
	if !r.reads {
		http.Redirect(w, request, "/sign-in", http.StatusSeeOther)
		return
	}
	f, err := p.form(r)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write([]byte(f.Text())) // a reader that went away needs no answer
}

func (p *pages) submitDuty(r reading, act string) (string, error) {
	id, stage := duty.ID(r.PathValue("id")), r.PathValue("stage")
	here := "/duties/" + url.PathEscape(string(id)) + "/" + url.PathEscape(stage) + "?done="
	switch act {
	case "submit":
		fields := map[string]string{}
		for name := range r.PostForm {
			if key, is := strings.CutPrefix(name, "field-"); is {
				fields[key] = words(r, name)
			}
		}
		draft, err := p.Views.Duties.Submit(r.who, duty.Submission{Duty: id, Stage: stage, Fields: fields}, p.Clock())
		return here + "submitted", p.append(r, draft, err)
	case "waive":
		draft, err := p.Views.Duties.Waive(r.who, duty.Waiver{Duty: id, Stage: stage, Reason: words(r, "reason")}, p.Clock())
		return here + "waived", p.append(r, draft, err)
	}
	return "", unknownAct(act)
}
