package web

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/catalog"
	"github.com/tocsin-project/tocsin/internal/contribution"
)

// contributionView is what the reader's partner shared at once.
type contributionView struct {
	tried
	catalog.Contribution
	Done    string
	Waiting bool // it is on disk, and cannot be found yet
	May     bool
	Objects []catalog.Object // the first of those that are shared
}

// More is how many objects are not listed.
func (v contributionView) More() int { return v.Shared - len(v.Objects) }

// maxBrought is how many of its objects the page of a contribution lists.
const maxBrought = 100

func (p *pages) contribution(r reading) (content, error) {
	id, owner := r.PathValue("id"), access.PartnerID(r.who.Actor())
	v := contributionView{tried: r.tried.among("withdraw"), May: r.who.AtLeast(access.Contributor), Done: said(r, map[string]string{
		"taken": english.say("import.taken", nil), "known": english.say("import.known", nil),
		"kept": english.say("import.kept", nil), "withdrawn": english.say("import.withdrawn", nil),
	})}
	v.ID = id
	if !v.May {
		return content{}, fmt.Errorf("%w: contributions are for those who have the role contributor", access.ErrForbidden)
	}
	_, visible, err := p.Views.Contribution(r.Context(), string(owner), id)
	if err != nil {
		return content{}, err
	}
	if v.Waiting = !visible; visible {
		if v.Contribution, err = p.Views.Catalog.Contribution(r.Context(), owner, id); err != nil {
			return content{}, err
		}
		if v.Objects, err = p.Views.Catalog.Brought(r.Context(), r.who, v.Contribution, maxBrought); err != nil {
			return content{}, err
		}
	}
	return content{"contribution", english.say("import.contribution", nil), "/import", v}, nil
}

// takeBack withdraws a contribution from every outlet, as the API does.
func (p *pages) takeBack(r reading, act string) (string, error) {
	if act != "withdraw" {
		return "", unknownAct(act)
	}
	if !r.who.AtLeast(access.Contributor) {
		return "", fmt.Errorf("%w: this needs the role contributor, yours is %s", access.ErrForbidden, r.who.Role)
	}
	reason := words(r, "reason")
	if reason == "" || len(reason) > maxReason {
		return "", fmt.Errorf("%w: reason: say why, in at most %d bytes: it stays in the audit", access.ErrInvalid, maxReason)
	}
	id := r.PathValue("id")
	err := p.Views.TakeBack(r.Context(), contribution.Tightening{Owner: r.who.Actor(), Contribution: id, Reason: reason, By: r.who.By()})
	return "/contributions/" + id + "?done=withdrawn", err
}

const maxReason = 1000

// numbered reads a number of an address.
func numbered(text string) (uint64, error) { return strconv.ParseUint(text, 10, 63) }

// sizeOf says a number of bytes as people do.
func sizeOf(bytes int64) string {
	switch {
	case bytes >= 1<<20:
		return strings.TrimSuffix(strconv.FormatFloat(float64(bytes)/(1<<20), 'f', 1, 64), ".0") + " MiB"
	case bytes >= 1<<10:
		return strconv.FormatInt(bytes>>10, 10) + " KiB"
	}
	return plural(int(bytes), "byte")
}
