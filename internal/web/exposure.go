package web

import (
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/exposure"
)

// exposureRoom is what partners say of themselves: who is patched, who is hit.
var exposureRoom = room{map[string]sheet{"exposures": {exposuresView{}, true}, "exposed": {exposedView{}, true}, "impact": {impactView{}, true}}, func(p *pages, mux *router) {
	p.both(mux, "/exposure", p.exposures, p.shareExposure)
	mux.HandleFunc("GET /exposure/find", findExposure)
	p.both(mux, "/exposure/{cve}", p.exposed, p.reportExposure)
	p.both(mux, "/impact/{outbreak}", p.impact, p.reportImpact)
}}

// exposuresView is the vulnerabilities that partners report, worst first.
type exposuresView struct {
	tried
	Done    string
	Guest   bool // who is told none of it
	Known   bool // only those known to be exploited
	After   string
	List    []exposure.Summary
	More    string // after which the next page begins; "": there is none
	Partner string // the reader's, if it may write for it
	With    []string
	From    []string // who shows theirs to the reader's partner
	FromAll int
}

// exposedView is the board of one vulnerability.
type exposedView struct {
	tried
	Done string
	exposure.Board
	Picture    template.HTML // of the board; "": no sums are shown
	Key        []exposureState
	Own        []exposure.Shown
	OwnMore    int
	Others     []shownRow
	OthersMore int
	Alerts     []alertView
	AlertsMore int
	Partner    string // the reader's, if it may write for it
	With       int    // how many it shows its rows to
}

// shownRow is a row of another partner that the reader is shown.
type shownRow struct {
	exposure.Shown
	Name string
}

const (
	maxExposures = 100
	maxRows      = 100
	maxOnBoard   = 5  // alerts about one vulnerability
	maxNamed     = 50 // partners named beside an alert on a board
)

var exposureDone = map[string]string{
	"shared":   english.say("exposure.done.shared", nil),
	"reported": english.say("exposure.done.reported", nil),
	"removed":  english.say("exposure.done.removed", nil),
}

func (p *pages) exposures(r reading) (content, error) {
	query := r.URL.Query()
	v := exposuresView{tried: r.tried, Done: said(r, exposureDone), Known: query.Has("known"), After: query.Get("after")}
	q := exposure.Query{Known: v.Known, After: v.After, Limit: maxExposures}
	list, more, err := p.Views.Exposure.List(r.who, q)
	if errors.Is(err, access.ErrNotFound) { // where the page before ended nothing is said any more
		q.After, v.After = "", ""
		list, more, err = p.Views.Exposure.List(r.who, q)
	}
	switch {
	case errors.Is(err, access.ErrForbidden):
		v.Guest = true
	case err != nil:
		return content{}, err
	}
	if v.List = list; more {
		v.More = list[len(list)-1].Vulnerability
	}
	if r.who.Partner != "" {
		shared := p.Views.Exposure.Shared(r.who)
		v.FromAll = len(shared.From)
		v.From = p.namesOf(shared.From[:min(len(shared.From), maxNamed)])
		if r.may() {
			v.Partner, v.With = p.nameOf(string(r.who.Partner)), p.namesOf(shared.With)
			v.tried = r.tried.among("share")
		}
	}
	return content{"exposures", english.say("exposure.title", nil), "/exposure", v}, nil
}

// findExposure goes from the number that was typed to its board.
func findExposure(w http.ResponseWriter, r *http.Request) {
	to := "/exposure"
	if cve := strings.TrimSpace(r.URL.Query().Get("cve")); cve != "" {
		to += "/" + url.PathEscape(cve)
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

func (p *pages) shareExposure(r reading, act string) (string, error) {
	if act != "share" {
		return "", unknownAct(act)
	}
	with, err := p.partnersNamed(r, "with")
	if err != nil {
		return "", err
	}
	draft, err := p.Views.Exposure.Share(r.who, exposure.Sharing{With: with})
	return "/exposure?done=shared", p.append(r, draft, err)
}

func (p *pages) exposed(r reading) (content, error) {
	board, err := p.Views.Exposure.Board(r.who, r.PathValue("cve"))
	if err != nil {
		return content{}, err
	}
	v := exposedView{tried: r.tried, Done: said(r, exposureDone), Board: board, Picture: exposurePicture(board), Key: exposureKey}
	rows, err := p.Views.Exposure.Rows(r.who, board.Vulnerability)
	if err != nil {
		return content{}, err
	}
	for _, one := range rows {
		switch {
		case one.Partner == r.who.Partner && len(v.Own) < maxRows:
			v.Own = append(v.Own, one)
		case one.Partner == r.who.Partner:
			v.OwnMore++
		case len(v.Others) < maxRows:
			v.Others = append(v.Others, shownRow{one, p.nameOf(string(one.Partner))})
		default:
			v.OthersMore++
		}
	}
	about := p.Views.Notices.AlertsOn(r.who, board.Vulnerability)
	v.AlertsMore = max(0, len(about)-maxOnBoard)
	for _, one := range about[:min(len(about), maxOnBoard)] {
		v.Alerts = append(v.Alerts, p.alertView(r, one, maxNamed))
	}
	if r.may() {
		v.tried = r.tried.among("report")
		v.Partner, v.With = p.nameOf(string(r.who.Partner)), len(p.Views.Exposure.Shared(r.who).With)
	}
	return content{"exposed", board.Vulnerability, "/exposure", v}, nil
}

func (p *pages) reportExposure(r reading, act string) (string, error) {
	if act != "report" {
		return "", unknownAct(act)
	}
	row := exposure.Row{Vulnerability: r.PathValue("cve"), Product: strings.TrimSpace(r.PostForm.Get("product")), Note: words(r, "note")}
	c := &row.Counts
	err := counts(r, map[string]*int64{"total": &c.Total, "patched": &c.Patched, "exposed": &c.Exposed, "unsupported": &c.Unsupported, "unknown": &c.Unknown, "mitigated": &c.Mitigated})
	if err != nil {
		return "", err
	}
	if strings.TrimSpace(r.PostForm.Get("total")) == "" {
		return "", fmt.Errorf("%w: total is empty: say how many hosts could be affected; 0 removes the row", access.ErrInvalid)
	}
	if row.AsOf, err = moment("as_of", r.PostForm.Get("as_of")); err != nil {
		return "", err
	}
	if row.AsOf.IsZero() && row.Total > 0 {
		row.AsOf = p.Clock().UTC().Truncate(time.Second)
	}
	drafts, err := p.Views.Exposure.Report(r.who, []exposure.Row{row})
	if err == nil {
		_, err = p.Views.Append(r.Context(), drafts...)
	}
	done := "reported"
	if row.Total == 0 {
		done = "removed"
	}
	return "/exposure/" + url.PathEscape(row.Vulnerability) + "?done=" + done, err
}
