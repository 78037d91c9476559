package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/outbreak"
	"github.com/tocsin-project/tocsin/internal/picture/worldmap"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

// scanned has partners report scans of a port, to whom it says.
func (s *site) scanned(port uint16, to access.Audience, partners ...access.Partner) {
	s.t.Helper()
	for i, p := range partners {
		at := s.clock().Add(-time.Hour + time.Duration(i)*time.Second)
		s.entry(sighting.KindReported, p.ID, to, sighting.Report{
			ID: fmt.Sprint("report-", port, "-", p.ID), Sector: p.Sector, Country: p.Country, TLP: string(to.TLP),
			Scans: []sighting.Scan{{Port: port, Sources: 5 + i%7, Contacts: 100, FirstSeen: at, LastSeen: at}},
		})
	}
	if _, err := s.views.WaitSettled(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

func TestWhereItIsReported(t *testing.T) {
	s := newSite(t)
	green := access.ToCommunity(access.Green)
	var partners []access.Partner
	for i, country := range []string{"FR", "FR", "SG", "DE"} {
		partners = append(partners, s.partner(fmt.Sprint("Partner <", i, ">"), []string{"energy", "water", "mining", "energy"}[i], country))
	}
	if page := s.page("/"); !strings.Contains(page, "Where partners are") || strings.Contains(page, "url(#worldmap-hatch)\"><title>") {
		t.Error("a calm day's map is not of the partners, or something is hatched")
	}
	s.scanned(445, green, partners[0], partners[2], partners[3])
	page := s.page("/")
	for _, want := range []string{
		"Where it is reported", "Partners in 3 countries of 3 report", "<title>France: 1 of 2 partners report it</title>", "<title>Singapore: 1 of 1 partner report it</title>",
		`<a href="/?country=FR#where" tabindex="-1">`, `<a href="/?country=FR#where">France</a> <span class="small">1 of 2</span>`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(page, `id="country"`) {
		t.Error("a country is shown that nobody asked for")
	}
	for _, asked := range []string{"FR", "fr"} {
		page := s.page("/?country=" + asked)
		reports, quiet := strings.Index(page, "<strong><bdi>Partner &lt;0&gt;</bdi></strong>"), strings.Index(page, "<li><bdi>Partner &lt;1&gt;</bdi>")
		if reports < 0 || quiet < reports || !strings.Contains(page, "France: 1 of 2 partners report what rings") || !strings.Contains(page, `class="country reports chosen"`) {
			t.Errorf("%s: its partners are not shown, who reports first", asked)
		}
	}
	if page := s.page("/?country=NO&country=<b>"); strings.Contains(page, `id="country"`) {
		t.Error("a country without partners is shown")
	}
}

// What a reader may not be told of leaves no trace on its map.
func TestTheMapKeepsWhatIsNotPublic(t *testing.T) {
	s := newSite(t)
	var partners []access.Partner
	for i, country := range []string{"FR", "SG", "DE"} {
		partners = append(partners, s.partner(fmt.Sprint("Partner ", i), []string{"energy", "water", "mining"}[i], country))
	}
	s.scanned(445, access.ToCommunity(access.Amber), partners...)
	if list := s.views.Outbreak.List(); len(list) != 1 || list[0].Audience().TLP != access.Amber {
		t.Fatalf("the outbreak is not there, or for all: %v", list)
	}
	if page := s.page("/?country=FR"); strings.Contains(page, "reports it</span>") || strings.Contains(page, "report it</title>") || !strings.Contains(page, "No outbreak") {
		t.Error("a guest is shown where it is")
	}
	_, secret := s.token(partners[0].ID, access.Contributor)
	if page := s.page("/?country=FR", s.signIn(secret)); !strings.Contains(page, "reports it</span>") || !strings.Contains(page, "TLP:AMBER") {
		t.Error("a member is not shown where it is")
	}
}

func TestAStopIsShown(t *testing.T) {
	s := newSite(t)
	admin, _ := s.views.Access.Authenticate(adminToken)
	draft, err := s.views.Protect.Halt(admin, protect.Stop{Scope: protect.ScopeHub, On: true, Reason: "it blocked <our own>"}, s.clock())
	if err != nil {
		t.Fatal(err)
	}
	s.append(draft)
	if page := s.page("/", s.signIn(adminToken)); !strings.Contains(page, "Automation is stopped") || !strings.Contains(page, "it blocked &lt;our own&gt;") || !strings.Contains(page, "For the whole hub.") {
		t.Error("that automation is stopped is not said")
	}
}

// Three outbreaks at partners of 150 countries fit on a page that a bad line carries.
func TestNowStaysSmall(t *testing.T) {
	s := newSite(t)
	var countries []string
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			if code := string([]rune{a, b}); worldmap.Name(code) != "" && len(countries) < 150 {
				countries = append(countries, code)
			}
		}
	}
	sectors := []string{"energy", "water", "mining", "healthcare", "transportation"}
	var partners []access.Partner
	for i := range 1000 {
		partners = append(partners, s.partner(fmt.Sprintf("Partner with a name of usual length %04d", i), sectors[i%len(sectors)], countries[i%len(countries)]))
	}
	green := access.ToCommunity(access.Green)
	for i, port := range []uint16{445, 3389, 22} {
		s.scanned(port, green, partners[i*150:(i+1)*150]...)
	}
	open := 0
	for _, o := range s.views.Outbreak.List() {
		if o.Status == outbreak.Open {
			open++
		}
	}
	if open != 3 {
		t.Fatalf("%d outbreaks are open, want 3", open)
	}
	for i := range 60 {
		s.protection(fmt.Sprintf("%064x", i+1), protect.Block, "seen at the first partners, and by nobody else")
	}
	admin := s.signIn(adminToken)
	guest, administrator := len(s.page("/?country="+countries[0])), len(s.page("/?country="+countries[0], admin))
	if guest > 150<<10 || administrator > 150<<10 {
		t.Errorf("%d bytes for a guest, %d for an administrator, want at most %d", guest, administrator, 150<<10)
	}
	t.Logf("%d bytes for a guest, %d for an administrator", guest, administrator)
}

// As long as nothing takes what was decided, whoever coordinates is led to the feeds.
func TestProtectionsThatNothingTakesLeadToTheFeeds(t *testing.T) {
	s := newSite(t)
	p := s.partner("Water works", "water", "NZ")
	_, secret := s.token(p.ID, access.Coordinator)
	_, low := s.token(p.ID, access.Contributor)
	coordinator, contributor, root := s.signIn(secret), s.signIn(low), s.signIn(adminToken)
	const hint, way = "Nothing takes them", `<a class="act" href="/feeds">`
	if strings.Contains(s.page("/", coordinator), hint) {
		t.Error("without a protection there is nothing to take")
	}
	one := s.protection("bad.example", protect.Block, "it serves the attack")
	for name, reader := range map[string]*http.Cookie{"coordinator": coordinator, "administrator": root} {
		if page := s.page("/", reader); !strings.Contains(page, hint) || !strings.Contains(page, way) {
			t.Errorf("%s is not led to the feeds", name)
		}
	}
	if strings.Contains(s.page("/"), hint) || strings.Contains(s.page("/", contributor), hint) {
		t.Error("who may not know of all partners is told")
	}
	receipt, err := s.views.Protect.Acknowledge(p.ID, protect.Receipt{Protection: one.ID, Outlet: "files", InForce: true, At: s.clock()}, s.clock())
	if err != nil {
		t.Fatal(err)
	}
	s.append(receipt)
	if strings.Contains(s.page("/", coordinator), hint) {
		t.Error("an edge takes them, and the page says that nothing does")
	}
}
