package web

import (
	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/quorum"
)

// ruleView is who has to agree, by name: a partner, or a group of such.
type ruleView struct {
	Name    string // of a partner; of a group, if it has one
	Needs   string // of a group: how many of its members; "" for a partner
	Members []ruleView
	Says    string // what the partner says to the statement; "" if there is none
	Met     bool   // it has agreed
	Judged  bool   // there is a statement that it is asked about
	Agreed  int    // of a group: members that have agreed
	Lacks   int    // of a group: members that have to agree before it does
}

// agreement is how far a statement is carried.
type agreement struct {
	Rule    ruleView
	Hidden  int // partners of the rule that are not listed
	Carried bool
	Agreed  []string
	Missing []string // partners of the rule that have not agreed
	More    int      // missing ones that are not listed
}

const maxRule = 100 // partners of a rule that are listed

// agreementOn is how the rule stands to a statement; nil for none.
func agreementOn(c attribution.Case, s *attribution.Statement) agreement {
	a := agreement{}
	says := map[access.PartnerID]string{}
	if s != nil {
		a.Carried = c.Carried(*s)
		for _, v := range s.Standing() {
			says[v.By] = v.Document.Vote.Verb()
		}
		agrees := s.Endorsed()
		for _, partner := range c.Policy.Partners() {
			name := c.Called(partner)
			switch {
			case says[partner] == "":
				says[partner] = english.say("case.rule.silent", nil)
				a.Missing = append(a.Missing, name)
			case agrees(partner):
				a.Agreed = append(a.Agreed, name)
			default:
				a.Missing = append(a.Missing, name)
			}
		}
		a.Missing, a.More = firstOf(a.Missing, maxMissing)
		a.Agreed, _ = firstOf(a.Agreed, maxRule)
	}
	left := maxRule
	a.Rule = ruleOf(c, s, c.Policy.Group(), says, &left)
	a.Hidden = max(0, -left)
	return a
}

// ruleOf writes a group with names, as long as any are left to be listed.
func ruleOf(c attribution.Case, s *attribution.Statement, g quorum.Group, says map[access.PartnerID]string, left *int) ruleView {
	v := ruleView{Name: g.Name, Needs: needs(g), Judged: s != nil}
	agrees := func(string) bool { return false }
	if s != nil {
		endorsed := s.Endorsed()
		agrees = func(leaf string) bool { return endorsed(access.PartnerID(leaf)) }
		v.Met = g.Satisfied(agrees)
	}
	for _, m := range g.Members {
		if m.Group != nil {
			v.Members = append(v.Members, ruleOf(c, s, *m.Group, says, left))
			if s != nil && m.Group.Satisfied(agrees) {
				v.Agreed++
			}
			continue
		}
		if agrees(m.Leaf) {
			v.Agreed++
		}
		if *left--; *left < 0 {
			continue
		}
		partner := access.PartnerID(m.Leaf)
		v.Members = append(v.Members, ruleView{Name: c.Called(partner), Says: says[partner], Met: agrees(m.Leaf), Judged: s != nil})
	}
	v.Lacks = max(0, g.Need()-v.Agreed)
	return v
}

// needs says how many members a group takes.
func needs(g quorum.Group) string {
	of := map[string]any{"All": len(g.Members), "Need": g.Need(), "Threshold": g.Threshold.String()}
	switch t := g.Threshold; {
	case len(g.Members) == 1:
		return english.say("case.rule.one", nil)
	case t.All:
		return english.say("case.rule.all", of)
	case t.Of > 0:
		return english.say("case.rule.share", of)
	default:
		return english.say("case.rule.some", of)
	}
}

// firstOf is the first most of a list, and how many more there are.
func firstOf[T any](list []T, most int) ([]T, int) {
	return list[:min(len(list), most)], max(0, len(list)-most)
}
