package web

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/publiclog/proof"
)

// auditRoom is the ledger as a person reads it, and how it is checked.
var auditRoom = room{map[string]sheet{"audit": {auditView{}, true}, "entry": {entryView{}, true}}, func(p *pages, mux *router) {
	mux.HandleFunc("GET /audit", p.reader(p.audit))
	mux.HandleFunc("GET /audit/{seq}", p.reader(p.auditEntry))
}}

// auditView is what happened, newest first, as far as it was asked for.
type auditView struct {
	May     bool // the reader is shown entries
	Asked   auditFilter
	Areas   []string
	Entries []auditLine
	Newest  ledger.Seq // what was looked at, both ends included; 0: nothing
	Oldest  ledger.Seq
	Bound   bool   // the look ended before the page was full
	Older   string // the next page
	First   string // the first page, for a page behind it
	Head    ledger.Head
	Log     *proof.Status // nil: there is no public log
}

// auditFilter is what was asked for; the zero value is everything.
type auditFilter struct {
	Area, Actor, Text string
	Until             string // as it was typed
	before            ledger.Seq
}

// auditPageSize is how many entries a page shows.
const auditPageSize = 40

func (p *pages) audit(r reading) (content, error) {
	v := auditView{May: r.who.AtLeast(access.Administrator), Areas: auditAreas()}
	var err error
	if v.Head, err = p.Views.Ledger.Head(r.Context()); err != nil {
		return content{}, err
	}
	if p.Log != nil {
		status := p.Log()
		v.Log = &status
	}
	if !v.May {
		return content{"audit", english.say("audit.title", nil), "/audit", v}, nil
	}
	given := r.URL.Query()
	if v.Asked, err = p.auditAsked(r, given, v.Head); err != nil {
		return content{}, err
	}
	look, err := p.lookBack(r, v.Asked, v.Head)
	if err != nil {
		return content{}, err
	}
	v.Newest, v.Oldest, v.Bound = look.newest, look.oldest, len(look.lines) < auditPageSize && look.oldest > 1
	v.Entries = look.lines
	if given.Has("before") {
		given.Del("before")
		v.First = "/audit?" + given.Encode()
	}
	if look.oldest > 1 {
		given.Set("before", strconv.FormatUint(uint64(look.oldest), 10))
		v.Older = "/audit?" + given.Encode()
	}
	return content{"audit", english.say("audit.title", nil), "/audit", v}, nil
}

// auditAsked reads what the address asks for.
func (p *pages) auditAsked(r reading, given url.Values, head ledger.Head) (auditFilter, error) {
	f := auditFilter{Area: given.Get("area"), Actor: strings.TrimSpace(given.Get("actor")), Text: strings.TrimSpace(given.Get("text")), Until: given.Get("until"), before: head.Seq + 1}
	if before := given.Get("before"); before != "" {
		n, err := strconv.ParseUint(before, 10, 63)
		if err != nil || n == 0 {
			return f, fmt.Errorf("%w: before: %.40q is no number of an entry", access.ErrInvalid, before)
		}
		f.before = min(f.before, ledger.Seq(n))
	} else if f.Until != "" {
		until, err := moment("until", f.Until)
		if err != nil {
			return f, err
		}
		if f.before, err = p.firstAfter(r, until, head); err != nil {
			return f, err
		}
	}
	return f, nil
}

// firstAfter is the first entry that is later than a time: the times of the ledger
// never fall, so that some twenty of a million entries are read.
func (p *pages) firstAfter(r reading, t time.Time, head ledger.Head) (ledger.Seq, error) {
	low, high := ledger.Seq(1), head.Seq+1
	for low < high {
		middle := low + (high-low)/2
		e, err := p.Views.Entry(r.Context(), middle)
		if err != nil {
			return 0, err
		}
		if e.Time.After(t) {
			high = middle
		} else {
			low = middle + 1
		}
	}
	return low, nil
}

// entryView is one entry, whole.
type entryView struct {
	auditLine
	Previous, Next ledger.Seq // 0: there is none
}

func (p *pages) auditEntry(r reading) (content, error) {
	if !r.who.AtLeast(access.Administrator) {
		return content{}, errAdministrators
	}
	seq, err := strconv.ParseUint(r.PathValue("seq"), 10, 63)
	if err != nil {
		return content{}, access.ErrNotFound
	}
	e, err := p.Views.Entry(r.Context(), ledger.Seq(seq))
	if errors.Is(err, ledger.ErrNoEntry) {
		return content{}, access.ErrNotFound
	}
	var head ledger.Head
	if err == nil {
		head, err = p.Views.Ledger.Head(r.Context())
	}
	var line auditLine
	if err == nil {
		line, err = p.auditor(r, head).line(e, wholeBody)
	}
	if err != nil {
		return content{}, err
	}
	v := entryView{auditLine: line, Previous: e.Seq - 1}
	if e.Seq < head.Seq {
		v.Next = e.Seq + 1
	}
	return content{"entry", english.say("audit.entry.title", line), "/audit", v}, nil
}
