package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"golang.org/x/net/html"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/response"
	"github.com/tocsin-project/tocsin/internal/sighting"
	"github.com/tocsin-project/tocsin/internal/web"
)

// everyPage is each page that needs no id, and some with what can be asked of them.
var everyPage = append(plainPages(),
	"/search?q=wannacry",
	"/search?type=malware&since=day",
	"/protections/why?value=wannacry.example",
	"/communities/default",
	"/exposure?known",
	"/playbooks/worm-kill-switch",
	"/palette?q=example",
)

// plainPages are those of all rooms that need no id, beside the doors. Two more lead on
// to others.
func plainPages() []string {
	return slices.DeleteFunc(web.Paths(), func(path string) bool {
		return strings.Contains(path, "{") || slices.Contains([]string{"/exposure/find", "/incidents", "/sign-in", "/claim", "/enrol", "/account"}, path)
	})
}

// hostile is a name that tries to leave every place where a name can stand.
const hostile = `x"'><script src=//x.example></script><img src=x onerror=x()></text></svg></title></main><a href=javascript:x()>]]>{{.}}`

// outbreakAt has partners report scans of a port, an hour before now.
func (s *site) outbreakAt(partners ...access.Partner) {
	s.t.Helper()
	for i, p := range partners {
		at := s.clock().Add(-time.Hour + time.Duration(i)*time.Minute)
		s.entry(sighting.KindReported, p.ID, access.ToCommunity(access.Green), sighting.Report{
			ID: fmt.Sprint("report-", p.ID), Sector: p.Sector, Country: p.Country,
			Scans: []sighting.Scan{{Port: 445, Sources: 5 + i, Contacts: 100, FirstSeen: at, LastSeen: at}},
		})
	}
	if _, err := s.views.WaitSettled(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	if len(s.views.Outbreak.List()) == 0 {
		s.t.Fatal("no outbreak was raised")
	}
}

// protection puts a value under a protection and gives the protection.
func (s *site) protection(text string, polarity protect.Polarity, reason string) protect.Protection {
	s.t.Helper()
	v, err := observable.Infer(text)
	if err != nil {
		s.t.Fatal(err)
	}
	admin, _ := s.views.Access.Authenticate(adminToken)
	draft, err := s.views.Protect.Ask(admin, protect.Request{Value: v, Polarity: polarity, Reason: reason}, s.clock())
	if err != nil {
		s.t.Fatal(err)
	}
	s.append(draft)
	one, _ := s.views.Protect.Get(v)
	return one
}

// full is a site with something in every list, all of it named name.
func full(t *testing.T, name string) (s *site, paths []string) {
	s = newSite(t)
	var partners []access.Partner
	for i, sector := range []string{"energy", "water", "mining"} {
		partners = append(partners, s.partner(fmt.Sprint(name, i), sector, "FR"))
	}
	s.outbreakAt(partners...)
	green := access.ToCommunity(access.Green)
	id := "malware--" + uuid.NewString()
	s.contribute(partners[0].ID, green, malware(id, name, fmt.Sprintf(`,"description":%q,"aliases":[%q],"labels":[%q]`, name, name, name)))
	for _, kind := range []string{"uses", "attributed-to", "mitigates", `own-"kind`} {
		for _, outgoing := range []bool{true, false} {
			other := "malware--" + uuid.NewString()
			s.contribute(partners[1].ID, green, malware(other, name, ""))
			from, to := id, other
			if !outgoing {
				from, to = other, id
			}
			s.contribute(partners[1].ID, green, relationship("relationship--"+uuid.NewString(), kind, from, to))
		}
	}
	s.protection("kill.example", protect.MustResolve, name)
	block := s.protection("https://bad.example/'onload=\"x", protect.Block, name)
	receipt, err := s.views.Protect.Acknowledge(partners[2].ID, protect.Receipt{Protection: block.ID, Outlet: name[:20], InForce: true, At: s.clock(), Problem: name}, s.clock())
	if err != nil {
		t.Fatal(err)
	}
	s.append(receipt)
	s.entry(response.KindOpened, partners[0].ID, green, response.Opening{ID: response.ActionID("action--" + uuid.NewString()), Kind: response.Patch, Title: name, AskedOf: []string{string(partners[1].ID), "water"}})
	caseID := attribution.CaseID("case--" + uuid.NewString())
	policy, err := attribution.ParsePolicy("1 of [" + string(partners[0].ID) + "]")
	if err != nil {
		t.Fatal(err)
	}
	s.entry(attribution.KindOpened, partners[0].ID, green, attribution.Opening{ID: caseID, Party: name, Question: name, Policy: policy, Members: map[access.PartnerID]string{partners[0].ID: name},
		Hypotheses: []attribution.Hypothesis{{ID: "one", Title: name}, {ID: "two", Title: name}}})
	query := url.QueryEscape(name)
	return s, append(everyPage, "/objects/"+id, "/cases/"+string(caseID), "/search?q="+query,
		"/protections/why?value=kill.example", "/protections/why?value="+url.QueryEscape(block.Text), "/nowhere/"+url.PathEscape(name))
}

// Whatever people call things, it is text.
func TestNothingLeavesItsPlace(t *testing.T) {
	s, paths := full(t, hostile)
	_, secret := s.token(s.views.Access.Partners()[0].ID, access.Coordinator)
	for reader, cookies := range map[string][]*http.Cookie{"guest": nil, "coordinator": {s.signIn(secret)}} {
		shown := 0
		for _, path := range paths {
			body := s.get(path, cookies...).Body.String()
			for _, complaint := range foreign(t, body) {
				t.Errorf("%s GET %s: %s", reader, path, complaint)
			}
			if strings.Contains(html.UnescapeString(body), hostile) {
				shown++
			}
		}
		if shown < 7 {
			t.Errorf("%s: only %d pages show the hostile name: this test looks at nothing", reader, shown)
		}
	}
	if len(foreign(t, "<p>"+hostile)) == 0 {
		t.Error("the check does not see the hostile name at work")
	}
}

// foreign lists what is no part of the pages' own markup.
func foreign(t *testing.T, body string) (found []string) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		for _, a := range n.Attr {
			value := strings.ToLower(strings.TrimSpace(a.Val))
			switch {
			case strings.HasPrefix(a.Key, "on") || a.Key == "style":
				found = append(found, fmt.Sprintf("<%s %s=%q>", n.Data, a.Key, a.Val))
			case a.Key == "src" || a.Key == "href" || a.Key == "action":
				if value != "" && (!strings.ContainsRune("/#?", rune(value[0])) || strings.HasPrefix(value, "//")) {
					found = append(found, fmt.Sprintf("<%s %s=%q> leaves the origin", n.Data, a.Key, a.Val))
				}
			}
		}
		if n.Data == "script" && (n.FirstChild != nil || !ours(n, "js")) || n.Data == "img" && !ours(n, "svg") {
			found = append(found, "<"+n.Data+"> is not ours")
		}
	}
	return found
}

// ours says whether an element shows one of the hub's static files.
func ours(n *html.Node, kind string) bool {
	return regexp.MustCompile(`^/static/[a-z-]+\.` + kind + `\?v=[0-9a-f]{16}$`).MatchString(attribute(n, "src"))
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func TestEmptyPagesSayWhatToDo(t *testing.T) {
	s := newSite(t)
	for path, want := range map[string]string{
		"/": "Nobody takes part yet", "/protections": "tocsin protection add", "/cases": "tocsin case open",
		"/partners": "tocsin partner add", "/search": "Look for a name", "/search?q=nothing": "Nothing that you may see",
		"/exposure": "Sign in", "/actions": "A coordinator opens one", "/alerts": "tocsin alert issue", "/notices": "sign in for one", "/channels": "tocsin channel list", "/duties": "tocsin duty open",
		"/protections/why?value=nothing.example": "No protection of it is in force",
	} {
		if page := s.page(path); !strings.Contains(page, want) {
			t.Errorf("GET %s does not say %q", path, want)
		}
	}
	if w := s.get("/protections/why?value=%20"); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "cannot be looked up") {
		t.Errorf("no value: status %d", w.Code)
	}
	if w := s.get("/objects/malware--nowhere"); w.Code != http.StatusNotFound {
		t.Errorf("no object: status %d", w.Code)
	}
}
