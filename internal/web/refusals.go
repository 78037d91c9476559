package web

import (
	"slices"
	"strconv"

	"github.com/tocsin-project/tocsin/internal/protect"
)

// refusalsView is what was asked for and refused, the newest first.
type refusalsView struct {
	List []refusedView
	Next string // where the next page is
	More int
}

// refusedView is a refusal with who asked.
type refusedView struct {
	protect.PartnerRefusal
	Name string
}

const maxRefusals = 50

func (p *pages) refusals(r reading) (content, error) {
	list := p.Views.Protect.Refusals(r.who)
	slices.Reverse(list)
	shown, more := sinceID(list, r.URL.Query().Get("after"), maxRefusals, refusalID)
	v := refusalsView{More: more}
	for _, one := range shown {
		v.List = append(v.List, refusedView{one, p.decider(string(one.Partner))})
	}
	if more > 0 {
		v.Next = "/protections/refusals?after=" + refusalID(&shown[len(shown)-1])
	}
	return content{"refusals", english.say("protections.refusals", nil), "/protections", v}, nil
}

// refusalID names a refusal for the next page, and says nothing of its place in the
// ledger.
func refusalID(r *protect.PartnerRefusal) string {
	return strconv.FormatInt(r.At.UnixMicro(), 36)
}
