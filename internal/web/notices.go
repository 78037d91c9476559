package web

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/notice"
)

// noticesView is what the reader's partner was told.
type noticesView struct {
	tried
	Done    string
	Partner string // "": the reader acts for none, and is told nothing
	May     bool   // the reader can acknowledge
	Waiting []noticeView
	More    bool // waiting ones beyond those shown
	Rest    []noticeView
	Next    string // after which the next page of the rest begins
	Issues  bool   // the reader can issue alerts
}

// noticeView is a notice with where its subject is shown.
type noticeView struct {
	notice.Notice
	About string
}

// noticePage is one notice.
type noticePage struct {
	tried
	Done string
	noticeView
	May bool
}

const (
	maxUnread = 100
	maxRest   = 50
)

var noticeDone = map[string]string{"acknowledged": english.say("telling.done.notice.acknowledged", nil)}

func (p *pages) notices(r reading) (content, error) {
	v := noticesView{tried: r.tried, Done: said(r, noticeDone), May: r.may(), Issues: r.coordinates()}
	if r.who.Partner == "" {
		return content{"notices", english.say("telling.notices", nil), "/notices", v}, nil
	}
	v.Partner = p.nameOf(string(r.who.Partner))
	room, after := p.Views.Notices, r.URL.Query().Get("after")
	var list []notice.Notice
	if after == "" {
		list, v.More = room.InboxPage(r.who, true, "", maxUnread)
		v.Waiting = noticeViews(list)
	}
	if v.May && len(v.Waiting) > 0 {
		acts := []string{"all"}
		for _, one := range v.Waiting {
			acts = append(acts, one.ID)
		}
		v.tried = r.tried.among(acts...)
	}
	for { // what waits is shown above
		page, more := room.InboxPage(r.who, false, after, maxRest)
		for _, one := range noticeViews(page) {
			if after = one.ID; !one.Waits() {
				v.Rest = append(v.Rest, one)
			}
			if len(v.Rest) == maxRest {
				break
			}
		}
		if full := len(v.Rest) == maxRest; full || !more {
			if full && (more || after != page[len(page)-1].ID) {
				v.Next = after
			}
			break
		}
	}
	return content{"notices", english.say("telling.notices", nil), "/notices", v}, nil
}

func noticeViews(list []notice.Notice) []noticeView {
	views := make([]noticeView, len(list))
	for i, one := range list {
		views[i] = noticeView{one, subjectLink(one.Subject)}
	}
	return views
}

// Waits says whether somebody still has to acknowledge it.
func (v noticeView) Waits() bool { return v.NeedsAck && v.Acknowledged.IsZero() && !v.Withdrawn }

func (p *pages) notice(r reading) (content, error) {
	one, err := p.Views.Notices.NoticeOf(r.who, r.PathValue("id"))
	if err != nil {
		return content{}, err
	}
	v := noticePage{r.tried, said(r, noticeDone), noticeViews([]notice.Notice{one})[0], r.may()}
	if v.May && v.Waits() {
		v.tried = r.tried.among("acknowledge")
	}
	return content{"notice", "Notice", "/notices", v}, nil
}

// readNotices acknowledges one notice, which the act names, or those that the form
// lists: all that were shown.
func (p *pages) readNotices(r reading, act string) (string, error) {
	ids := []string{act}
	to := "/notices?done=acknowledged"
	switch {
	case act == "all":
		ids = r.PostForm["notice"]
	case act == "acknowledge" && r.PathValue("id") != "":
		ids = []string{r.PathValue("id")}
		to = "/notices/" + url.PathEscape(ids[0]) + "?done=acknowledged"
	case !strings.HasPrefix(act, "notice--"):
		return "", unknownAct(act)
	}
	if len(ids) > maxUnread {
		return "", fmt.Errorf("%w: %d notices are named: acknowledge those of one page at a time", access.ErrInvalid, len(ids))
	}
	draft, err := p.Views.Notices.Acknowledge(r.who, notice.Reading{Notices: ids, Words: words(r, "words")})
	return to, p.append(r, draft, err)
}

// subjectLink is where something is shown that a notice or an alert is about; "": no
// page has it.
func subjectLink(subject string) string {
	kind, _, _ := strings.Cut(subject, "--")
	path, known := map[string]string{
		"outbreak": "/outbreaks/", "alert": "/alerts/", "action": "/actions/", "call": "/calls/", "duty": "/duties/",
	}[kind]
	switch {
	case known && kind != subject:
		return path + url.PathEscape(subject)
	case strings.HasPrefix(subject, "CVE-"):
		return "/exposure/" + url.PathEscape(subject)
	}
	return ""
}
