package web

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/tocsin-project/tocsin/internal/access"
)

// spot is a page that stands in the navigation, on the page of all pages and in
// the palette.
type spot struct {
	Path  string
	Name  string
	Key   string // jumps there after "g"; "" for none
	Row   bool   // in the first row: what matters at three in the morning
	least access.Role
}

// places are the navigation in its order. Only pages that the hub has are shown.
func places() []spot {
	say := func(key string) string { return english.say(key, nil) }
	return []spot{
		{"/", say("frame.now"), "n", true, ""},
		{"/outbreaks", say("frame.outbreaks"), "o", true, ""},
		{"/search", say("frame.search"), "s", true, ""},
		{"/protections", say("frame.protections"), "p", true, ""},
		{"/exposure", say("frame.exposure"), "e", true, ""},
		{"/actions", say("frame.actions"), "a", true, ""},
		{"/cases", say("frame.cases"), "c", true, ""},
		{"/partners", say("frame.partners"), "r", true, ""},
		{"/calls", say("frame.calls"), "l", false, ""},
		{"/alerts", say("frame.alerts"), "w", false, ""},
		{"/notices", say("frame.notices"), "i", false, ""},
		{"/channels", say("frame.channels"), "", false, ""},
		{"/duties", say("frame.duties"), "d", false, ""},
		{"/playbooks", say("frame.playbooks"), "b", false, ""},
		{"/accountability", say("frame.accountability"), "", false, ""},
		{"/import", say("frame.import"), "m", false, access.Contributor},
		{"/exercise", say("frame.exercise"), "x", false, ""},
		{"/feeds", say("frame.feeds"), "f", false, ""},
		{"/audit", say("frame.audit"), "u", false, access.Administrator},
		{"/setup", say("frame.setup"), "", false, access.Administrator},
		{"/palette", say("frame.palette"), "", false, ""},
	}
}

// acts are what somebody comes to do, by the page where it is done.
func acts() []spot {
	say := func(key string) string { return english.say(key, nil) }
	return []spot{
		{"/protections", say("palette.look-up"), "", false, ""},
		{"/protections/new", say("palette.protect"), "", false, access.Contributor},
		{"/import", say("palette.import"), "", false, access.Contributor},
		{"/alerts/new", say("palette.alert"), "", false, access.Coordinator},
		{"/account", say("palette.account"), "", false, ""},
	}
}

// present keeps the places of which the hub has the page.
func present(mux *http.ServeMux, all []spot) (kept []spot) {
	for _, one := range all {
		if _, pattern := mux.Handler(&http.Request{Method: http.MethodGet, URL: &url.URL{Path: one.Path}}); pattern != "/" {
			kept = append(kept, one)
		}
	}
	return kept
}

// placesOf are the places for whoever reads.
func (p *pages) placesOf(who access.Principal) (row, more []spot) {
	for _, one := range p.places {
		switch {
		case one.least != "" && !who.AtLeast(one.least):
		case one.Row:
			row = append(row, one)
		default:
			more = append(more, one)
		}
	}
	return row, more
}

// maxWaitingShown is up to where the navigation counts notices.
const maxWaitingShown = 9

func (p *pages) waitingNotices(who access.Principal) string {
	list, more := p.Views.Notices.InboxPage(who, true, "", maxWaitingShown)
	switch {
	case more:
		return strconv.Itoa(len(list)) + "+"
	case len(list) > 0:
		return strconv.Itoa(len(list))
	}
	return ""
}
