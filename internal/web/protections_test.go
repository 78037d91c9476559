package web_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// Who has what in force is for coordinators; everybody else is shown counts.
func TestReceiptsAreShownAsCounts(t *testing.T) {
	s, _ := full(t, "Receipt of an outlet")
	third := s.views.Access.Partners()[2]
	_, own := s.token(third.ID, access.Contributor)
	_, other := s.token(s.views.Access.Partners()[0].ID, access.Contributor)
	_, coordinator := s.token(s.views.Access.Partners()[0].ID, access.Coordinator)
	for name, c := range map[string]struct {
		cookies  []*http.Cookie
		own, all bool
	}{
		"guest": {}, "other": {cookies: []*http.Cookie{s.signIn(other)}},
		"own": {cookies: []*http.Cookie{s.signIn(own)}, own: true}, "coordinator": {cookies: []*http.Cookie{s.signIn(coordinator)}, all: true},
	} {
		page := s.page("/", c.cookies...)
		if got := strings.Contains(page, "<bdi>"+third.Name+"</bdi> has 1 of 2 in force"); got != c.own {
			t.Errorf("%s: its own coverage is shown: %t", name, got)
		}
		if got := strings.Contains(page, third.Name+": 1 of 2"); got != c.all {
			t.Errorf("%s: every partner's coverage is shown: %t", name, got)
		}
		if got := strings.Contains(page, "<span>1 of 3</span>"); got != c.all {
			t.Errorf("%s: it is shown that one partner has it: %t", name, got)
		}
		if got := strings.Contains(page, "fewer than 3 of 3"); got == c.all {
			t.Errorf("%s: it is shown that fewer than three have it: %t", name, got)
		}
		if got := strings.Contains(page, `class="cells"`); got != c.all {
			t.Errorf("%s: it is drawn who has it: %t", name, got)
		}
	}
	for i, one := range s.views.Access.Partners() {
		s.have(one.ID, i, s.views.Protect.List()...)
	}
	if page := s.page("/"); !strings.Contains(page, "<span>3 of 3</span>") || !strings.Contains(page, "in force at all 3 partners") || strings.Contains(page, "fewer than") {
		t.Errorf("that all three have it is not shown")
	}
}

// have has a partner say that protections are in force.
func (s *site) have(partner access.PartnerID, outlet int, list ...protect.Protection) {
	s.t.Helper()
	for _, one := range list {
		d, err := s.views.Protect.Acknowledge(partner, protect.Receipt{Protection: one.ID, Outlet: fmt.Sprint("outlet", outlet), InForce: true, At: s.clock()}, s.clock())
		if err != nil {
			s.t.Fatal(err)
		}
		s.append(d)
	}
}

// Of a decision nobody reads who is not told of it, on any page; a coordinator reads
// of all. Lists that were made for one reader are nobody else's.
func TestProtectionsAreShownToWhomTheyAreFor(t *testing.T) {
	s := newSite(t)
	canary, other := s.partner("Canary", "energy", "FR"), s.partner("Other", "water", "FR")
	cookies := map[string][]*http.Cookie{"guest": nil}
	for name, of := range map[string]access.PartnerID{"canary": canary.ID, "other": other.ID} {
		_, token := s.token(of, access.Contributor)
		cookies[name] = []*http.Cookie{s.signIn(token)}
	}
	_, token := s.token(other.ID, access.Coordinator)
	cookies["coordinator"] = []*http.Cookie{s.signIn(token)}
	audiences := map[string]access.Audience{
		"green": access.ToCommunity(access.Green), "amber": access.ToCommunity(access.Amber),
		"held": {TLP: access.Red, Recipients: []access.PartnerID{canary.ID}},
	}
	for name, audience := range audiences {
		for _, polarity := range []protect.Polarity{protect.Block, protect.MustResolve} {
			v, err := observable.Infer(name + "-" + string(polarity) + ".example")
			if err != nil {
				t.Fatal(err)
			}
			s.entry(protect.KindDecided, access.Hub, audience, protect.Protection{ID: "protection--" + v.Text, Value: v, Polarity: polarity,
				Status: protect.Active, By: "identity--cert", Decided: s.clock(), Expires: s.clock().Add(time.Hour)})
		}
	}
	sees := map[string][]string{"guest": {"green"}, "other": {"green", "amber"}, "canary": {"green", "amber", "held"}, "coordinator": {"green", "amber", "held"}}
	for reader, of := range sees {
		for name := range audiences {
			want := slices.Contains(of, name)
			for _, path := range []string{"/", "/protections"} {
				if got := strings.Contains(s.page(path, cookies[reader]...), name+"-block.example"); got != want {
					t.Errorf("%s on %s: %s is shown: %t, want %t", reader, path, name, got, want)
				}
			}
			for _, polarity := range []string{"-block", "-must-resolve"} {
				page := s.page("/protections/why?value="+name+polarity+".example", cookies[reader]...)
				if got := !strings.Contains(page, "No protection of it is in force"); got != want {
					t.Errorf("%s asks why about %s%s: told %t, want %t", reader, name, polarity, got, want)
				}
			}
		}
		if page := s.page("/protections", cookies[reader]...); strings.Index(page, "green-must-resolve") > strings.Index(page, "green-block") {
			t.Errorf("%s: what must answer is not first", reader)
		}
	}
}
