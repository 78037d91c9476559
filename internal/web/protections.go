package web

import (
	"net/url"
	"slices"
	"strings"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// protectionRoom is what engines do about indicators.
var protectionRoom = room{map[string]sheet{
	"protections": {protectionsView{}, false}, "why": {whyView{}, false}, "protection-new": {newProtectionView{}, true}, "protection-end": {endView{}, true},
	"automation": {automationPage{}, true}, "refusals": {refusalsView{}, false},
}, func(p *pages, mux *router) {
	mux.HandleFunc("GET /protections", p.reader(p.protections))
	mux.HandleFunc("GET /protections/why", p.reader(p.why))
	mux.HandleFunc("GET /protections/refusals", p.reader(p.refusals))
	p.both(mux, "/protections/new", p.newProtection, p.addProtection)
	p.both(mux, "/protections/recall", p.askRecall, p.endProtection)
	p.both(mux, "/protections/confirm", p.askConfirm, p.endProtection)
	p.both(mux, "/protections/automation", p.automationPage, p.halt)
}}

// protectionsView is the protections that were asked for, and who has them in force.
type protectionsView struct {
	automationState
	protectionFilter
	List      []covered
	More      int
	Next      string     // where the next page is
	Examined  int        // how many were looked at for gaps; 0: there was nothing to look for
	Proposals []covered  // that wait for a coordinator; on the first page without a filter
	Waiting   int        // how many there are of them
	Matrix    matrixView // who has those of the page in force
	Types     []observable.Type
	Sectors   []string // for coordinators: where a gap may be looked for
	May       bool     // the reader can ask for one
	Decides   bool     // and decides
}

// protectionFilter is which of them are shown.
type protectionFilter struct {
	State    string // "", what is in force; "proposed"; "ended"
	Polarity string
	Type     string
	Gap      string // "own", or a sector: not in force everywhere there
	Mine     bool   // that the reader's partner decided or reported
	By       string // "partners": the picture's columns, for coordinators
	After    string // the protection that the page before ended with
}

// Any says whether anything narrows the list.
func (f protectionFilter) Any() bool {
	return f.State+f.Polarity+f.Type+f.Gap != "" || f.Mine
}

// link is the page with the filter.
func (f protectionFilter) link() string {
	q := url.Values{}
	for key, value := range map[string]string{"state": f.State, "polarity": f.Polarity, "type": f.Type, "gap": f.Gap, "by": f.By, "after": f.After} {
		if value != "" {
			q.Set(key, value)
		}
	}
	if f.Mine {
		q.Set("mine", "yes")
	}
	if len(q) == 0 {
		return "/protections"
	}
	return "/protections?" + q.Encode()
}

// BySectors and ByPartners are the same page with the other columns.
func (f protectionFilter) BySectors() string  { f.By = ""; return f.link() }
func (f protectionFilter) ByPartners() string { f.By = "partners"; return f.link() }

// Bounds of the page of protections; any one is found by its value.
const (
	maxProtections = 50
	maxProposals   = 10
	maxExamined    = 2000   // protections that are looked at for gaps
	maxGapReceipts = 60_000 // and their receipts, if each partner has given one
)

func (p *pages) protections(r reading) (content, error) {
	q := r.URL.Query()
	v := protectionsView{
		automationState: p.automationState(r), May: r.may() || r.coordinates(), Decides: r.coordinates(),
		protectionFilter: protectionFilter{State: q.Get("state"), Polarity: q.Get("polarity"), Type: q.Get("type"), Gap: q.Get("gap"), Mine: q.Get("mine") != "", By: q.Get("by"), After: q.Get("after")},
		Types:            []observable.Type{observable.Domain, observable.IPv4, observable.IPv6, observable.URL, observable.SHA256, observable.SHA1, observable.MD5},
	}
	partners := p.Views.Access.Partners()
	sectors := bySector(partners)
	if v.Decides {
		v.Sectors = sectorNames(sectors)
	}
	all := p.decided(r)
	var list []*protect.Protection
	switch v.State {
	case "proposed":
		list = proposals(all.past)
	case "ended":
		list = slices.DeleteFunc(slices.Clone(all.past), func(one *protect.Protection) bool { return one.Status == protect.Proposed })
	default:
		list = all.active
	}
	list = v.narrow(r, list)
	if v.Gap != "" {
		v.Examined = min(len(list), maxExamined, max(maxProtections, maxGapReceipts/max(1, len(partners))))
		list = p.gaps(r, list[:v.Examined], v.Gap, sectors)
	}
	shown, more := sinceID(list, v.After, maxProtections, func(one **protect.Protection) string { return (*one).ID })
	count := 0
	if v.State == "" {
		count = len(partners)
		v.Matrix = p.coverMatrix(r, shown[:min(len(shown), maxMatrix)], sectors, v.By == "partners")
	}
	v.List, v.More = p.coverage(r, shown, count), more
	if more > 0 {
		next := v.protectionFilter
		next.After = shown[len(shown)-1].ID
		v.Next = next.link()
	}
	if !v.Any() && v.After == "" {
		waiting := proposals(all.past)
		v.Proposals, v.Waiting = p.coverage(r, waiting[:min(len(waiting), maxProposals)], 0), len(waiting)
	}
	return content{"protections", english.say("protections.title", nil), "/protections", v}, nil
}

// proposals are the open ones of what is not in force.
func proposals(past []*protect.Protection) (list []*protect.Protection) {
	for _, one := range past {
		if one.Status == protect.Proposed {
			list = append(list, one)
		}
	}
	return list
}

// narrow is what the filter leaves of a list, but for gaps.
func (f protectionFilter) narrow(r reading, list []*protect.Protection) []*protect.Protection {
	if f.Polarity == "" && f.Type == "" && !f.Mine {
		return list
	}
	var kept []*protect.Protection
	for _, one := range list {
		mine := r.who.Partner != "" && (one.By == string(r.who.Partner) || slices.Contains(one.Partners, r.who.Partner))
		if (f.Polarity == "" || string(one.Polarity) == f.Polarity) && (f.Type == "" || string(one.Type) == f.Type) && (!f.Mine || mine) {
			kept = append(kept, one)
		}
	}
	return kept
}

// bySector is the partners of each sector.
func bySector(partners []access.Partner) map[string][]access.Partner {
	sectors := map[string][]access.Partner{}
	for _, one := range partners {
		sectors[one.Sector] = append(sectors[one.Sector], one)
	}
	return sectors
}

// sectorNames are the sectors, those with most partners first.
func sectorNames(sectors map[string][]access.Partner) []string {
	names := make([]string, 0, len(sectors))
	for name := range sectors {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		if more := len(sectors[b]) - len(sectors[a]); more != 0 {
			return more
		}
		return strings.Compare(a, b)
	})
	return names
}
