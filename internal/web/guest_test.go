package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/response"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

// What a guest of an open hub sees is what TLP lets everybody see; a member
// sees what its community may, and each its own. Every kind of thing is put in
// at every level, and looked for on every page.
func TestAGuestSeesWhatIsPublic(t *testing.T) {
	s := newSite(t)
	owner := s.partner("Owner", "energy", "FR")
	member := s.partner("Member", "water", "NZ")
	_, ownerToken := s.token(owner.ID, access.Coordinator)
	_, memberToken := s.token(member.ID, access.Viewer)
	hubCase := "identity--" + uuid.NewString()

	anchor := "malware--" + uuid.NewString()
	s.contribute(owner.ID, access.ToCommunity(access.Clear), malware(anchor, "Anchor", ""))
	s.partner("Third", "mining", "CL")

	type secret struct {
		tlp         access.TLP
		word        string // by which it is known wherever it shows
		paths       []string
		guest, peer bool
	}
	var secrets []secret
	for _, level := range []struct {
		tlp         access.TLP
		guest, peer bool
	}{
		{access.Clear, true, true}, {access.Green, true, true},
		{access.Amber, false, true}, {access.AmberStrict, false, true}, {access.Red, false, false},
	} {
		word := "word" + strings.NewReplacer("+", "plus").Replace(string(level.tlp))
		to := access.ToCommunity(level.tlp)
		add := func(kind string, paths ...string) {
			secrets = append(secrets, secret{level.tlp, word + kind, paths, level.guest, level.peer})
		}

		object := "malware--" + uuid.NewString()
		s.contribute(owner.ID, to, malware(object, word+"object", `,"description":"`+word+`text"`))
		add("object", "/search?q="+word+"object", "/objects/"+object)
		add("text", "/objects/"+object)

		// A public object with a relation of the level to another public one.
		other := "tool--" + uuid.NewString()
		s.contribute(owner.ID, access.ToCommunity(access.Clear), strings.NewReplacer("malware", "tool", `,"is_family":true`, "").Replace(malware(other, word+"relation", "")))
		s.contribute(owner.ID, to, relationship("relationship--"+uuid.NewString(), "uses", anchor, other))
		add("relation", "/objects/"+anchor)

		s.entry(response.KindOpened, owner.ID, to, response.Opening{ID: response.ActionID("action--" + uuid.NewString()), Kind: response.Patch, Title: word + "action", Volunteered: true})
		add("action", "/", "/actions")

		id := attribution.CaseID("case--" + uuid.NewString())
		policy, err := attribution.ParsePolicy("1 of [" + hubCase + "]")
		if err != nil {
			t.Fatal(err)
		}
		s.entry(attribution.KindOpened, owner.ID, to, attribution.Opening{ID: id, Party: "The owner", Question: word + "case", Policy: policy, Members: map[access.PartnerID]string{access.PartnerID(hubCase): "Owner"},
			Hypotheses: []attribution.Hypothesis{{ID: "one", Title: "One"}, {ID: "two", Title: "Two"}}})
		add("case", "/cases", "/cases/"+string(id))

		// A report of a value: the story of the value names who saw it.
		value, err := observable.Infer(word + "seen.example")
		if err != nil {
			t.Fatal(err)
		}
		seen := s.clock()
		s.entry(sighting.KindReported, owner.ID, to, sighting.Report{ID: "report-" + word, Sector: "energy", Country: "FR",
			Sightings: []sighting.Sighting{{Value: value, Basis: sighting.Suspect, Count: 1, Hosts: 1, FirstSeen: seen, LastSeen: seen}}})
		secrets = append(secrets, secret{level.tlp, "saw it once", []string{"/protections/why?value=" + value.Text}, level.guest, level.peer})
	}

	readers := []struct {
		name   string
		cookie []*http.Cookie
		sees   func(secret) bool
	}{
		{"guest", nil, func(one secret) bool { return one.guest }},
		{"member", []*http.Cookie{s.signIn(memberToken)}, func(one secret) bool { return one.peer }},
		{"owner", []*http.Cookie{s.signIn(ownerToken)}, func(secret) bool { return true }},
	}
	for _, reader := range readers {
		for _, one := range secrets {
			t.Run(fmt.Sprint(reader.name, " ", one.tlp, " ", one.word), func(t *testing.T) {
				for _, path := range one.paths {
					w := s.get(path, reader.cookie...)
					body := w.Body.String()
					if path == "/search?q="+one.word { // which repeats the question
						body = strings.ReplaceAll(body, "“"+one.word+"”", "")
						body = strings.ReplaceAll(body, `value="`+one.word+`"`, "")
						body = strings.ReplaceAll(body, `value="`+path+`"`, "")
					}
					if got := strings.Contains(body, one.word); got != reader.sees(one) {
						t.Errorf("GET %s (status %d): shown %t, want %t", path, w.Code, got, reader.sees(one))
					}
				}
			})
		}
	}
}

// A newer version that a guest may not see does not hide the older one that it may.
func TestAGuestSeesTheNewestPublicVersion(t *testing.T) {
	s := newSite(t)
	owner := s.partner("Owner", "energy", "FR")
	id := "malware--" + uuid.NewString()
	s.contribute(owner.ID, access.ToCommunity(access.Green), malware(id, "older", ""))
	s.contribute(owner.ID, access.ToCommunity(access.Amber), strings.ReplaceAll(malware(id, "newer", ""), `"modified":"2017-05-12T08`, `"modified":"2017-05-12T09`))
	page := s.page("/objects/" + id)
	if !strings.Contains(page, "<h1>older</h1>") || strings.Contains(page, "newer") {
		t.Errorf("a guest is shown:\n%s", page)
	}
}

// Curves are one for all readers, and so made of what is public.
func TestCurvesAreOfPublicReports(t *testing.T) {
	s := newSite(t)
	began := s.clock().Add(-time.Hour)
	for i := range 4 {
		p := s.partner(fmt.Sprint("Partner ", i), []string{"energy", "water"}[i%2], "FR")
		to := access.ToCommunity(access.Green)
		if i == 3 {
			to = access.ToCommunity(access.Amber)
		}
		at := began.Add(time.Duration(i) * 10 * time.Minute)
		s.entry(sighting.KindReported, p.ID, to, sighting.Report{ID: fmt.Sprint("report-", i), Sector: p.Sector, Country: p.Country,
			Scans: []sighting.Scan{{Port: 445, Sources: 100, Contacts: 1000, FirstSeen: at, LastSeen: at}}})
	}
	if _, err := s.views.WaitSettled(t.Context()); err != nil {
		t.Fatal(err)
	}
	page := s.page("/")
	if want := `aria-label="Scanning hosts: from 100 at 02:00 to 300 at 02:20 UTC; the alarm at 02:20"`; !strings.Contains(page, want) {
		t.Errorf("no %s in:\n%s", want, page)
	}
}
