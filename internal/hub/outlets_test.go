package hub_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/api"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// blocked is a block that a partner's coordinator decided, for a day.
func blocked(name string) protect.Protection {
	now := time.Now().UTC().Truncate(time.Microsecond)
	return protect.Protection{
		ID: "protection--" + name, Value: observable.Value{Type: observable.Domain, Text: name}, Polarity: protect.Block, Status: protect.Active,
		Rule: "a coordinator decided", Reason: "seen", By: "administrator", Guards: []string{}, Decided: now, Expires: now.Add(24 * time.Hour),
	}
}

func revoked(p protect.Protection) protect.Protection {
	p.Status, p.Decided = protect.Revoked, p.Decided.Add(time.Microsecond)
	return p
}

func draft(t testing.TB, p protect.Protection, a access.Audience) ledger.Draft {
	t.Helper()
	d, err := ledger.NewDraft(protect.KindDecided, access.Hub, a.String(), p)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// decide puts a decision on the ledger as it is, and waits until it is published.
func (r *running) decide(p protect.Protection, a access.Audience) {
	r.t.Helper()
	if _, err := r.Views.Append(r.t.Context(), draft(r.t, p, a)); err != nil {
		r.t.Fatal(err)
	}
	r.published()
}

func (r *running) published() {
	r.t.Helper()
	if err := r.WaitPublished(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
}

// listed is what a list holds, line by line.
func (r *running) listed(path, token string) string {
	r.t.Helper()
	a := r.call(http.MethodGet, "/feeds/"+path, token, "", nil)
	if a.status != http.StatusOK {
		r.t.Fatalf("GET /feeds/%s: status %d: %s", path, a.status, a.body)
	}
	return strings.Join(strings.Fields(a.body), " ")
}

// What is in a list depends on who reads it: the partner, and those before whom
// it puts the list.
func TestAListHoldsWhatItsReadersMaySee(t *testing.T) {
	h := startHub(t, "")
	canary, canaryToken := h.partner("First", "energy", "NL", "viewer")
	_, token := h.partner("Second", "energy", "NL", "viewer")
	for level, name := range map[access.TLP]string{access.Green: "green.example", access.Amber: "amber.example", access.AmberStrict: "strict.example", access.Red: "red.example"} {
		p := blocked(name)
		p.TLP = level
		h.decide(p, access.ToCommunity(level))
	}
	trial := blocked("trial.example")
	trial.Status, trial.TLP = protect.Canary, access.Amber
	h.decide(trial, access.Audience{TLP: access.Red, Recipients: []access.PartnerID{access.PartnerID(canary)}})
	for _, tt := range []struct{ who, token, reach, want string }{
		{"a partner", token, "", "amber green strict"},
		{"a partner", token, "internal", "amber green strict"},
		{"a partner", token, "clients", "amber green"},
		{"a partner", token, "public", "green"},
		{"a canary partner", canaryToken, "internal", "amber green strict trial"},
		{"a canary partner", canaryToken, "clients", "amber green trial"},
		{"a canary partner", canaryToken, "public", "green"},
	} {
		want := map[string]bool{}
		for _, name := range strings.Fields(tt.want) {
			want[name+".example"] = true
		}
		got := strings.Fields(h.listed("domains.txt?reach="+tt.reach, tt.token))
		same := len(got) == len(want)
		for _, name := range got {
			same = same && want[name]
		}
		if !same {
			t.Errorf("%s, reach %q: %v, want %s", tt.who, tt.reach, got, tt.want)
		}
	}
	trial.Status = protect.Active
	h.decide(trial, access.ToCommunity(access.Amber))
	if got := h.listed("domains.txt?reach=clients", token); !strings.Contains(got, "trial.example") {
		t.Errorf("after the promotion: %s", got)
	}
	if a := h.call(http.MethodGet, "/feeds/domains.txt?reach=everyone", token, "", nil); a.status != http.StatusBadRequest {
		t.Errorf("an unknown reach: %d %s", a.status, a.body)
	}
	limited := h.call(http.MethodGet, "/feeds/domains.txt?limit=1", token, "", nil)
	if lines := strings.Fields(limited.body); len(lines) != 1 || limited.header.Get("Tocsin-Left") != "3" {
		t.Errorf("limit 1: %v, %s left", lines, limited.header.Get("Tocsin-Left"))
	}
}

// A stop for one partner halts what automation decides from then on for that
// partner alone; what is in force stays, a person's decision goes through.
func TestAStopHaltsOnePartnersLists(t *testing.T) {
	h := startHub(t, "")
	id, stopped := h.partner("First", "energy", "NL", "contributor")
	_, other := h.partner("Second", "energy", "NL", "viewer")
	rule := func(name string) protect.Protection {
		p := blocked(name)
		p.By = access.Hub
		return p
	}
	h.decide(rule("before.example"), access.ToCommunity(access.Green))
	h.listed("domains.txt", stopped)
	h.post("/api/v1/automation/stop", stopped, map[string]string{"partner": id, "reason": "an incident"}, http.StatusOK)
	h.decide(rule("since.example"), access.ToCommunity(access.Green))
	h.decide(blocked("person.example"), access.ToCommunity(access.Green))
	if got := h.listed("domains.txt", stopped); strings.Contains(got, "since.example") || !strings.Contains(got, "before.example") || !strings.Contains(got, "person.example") {
		t.Errorf("while it is stopped: %s", got)
	}
	if got := h.listed("domains.txt", other); !strings.Contains(got, "since.example") {
		t.Errorf("at another partner: %s", got)
	}
}

// axfr transfers a zone with the key, or gives the error.
func (r *running) axfr(t api.Transfer) (string, error) {
	r.t.Helper()
	transfer := &dns.Transfer{TsigSecret: map[string]string{t.Key: t.Secret}}
	q := new(dns.Msg).SetAxfr(t.Zone)
	q.SetTsig(t.Key, dns.HmacSHA256, 300, time.Now().Unix())
	answers, err := transfer.In(q, r.DNS().String())
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for a := range answers {
		if a.Error != nil {
			return "", a.Error
		}
		for _, rr := range a.RR {
			fmt.Fprintln(&b, rr.String())
		}
	}
	return b.String(), nil
}

// transfers is what the key leads to; the hub waits until it has been made.
func (r *running) transfers(t api.Transfer) string {
	r.t.Helper()
	zone, err := r.axfr(t)
	if err != nil {
		r.t.Fatalf("transfer with %s: %v", t.Key, err)
	}
	return zone
}

// Every partner has a key for each reach, which leads to what that reach may see,
// and to nothing when the partner has left.
func TestTransferKeysLeadToTheirViews(t *testing.T) {
	h := startHub(t, "")
	leaver, first := h.partner("First", "energy", "NL", "viewer")
	_, second := h.partner("Second", "energy", "NL", "viewer")
	strict := blocked("strict.example")
	strict.TLP = access.AmberStrict
	h.decide(strict, access.ToCommunity(access.AmberStrict))
	h.decide(blocked("green.example"), access.ToCommunity(access.Green))
	red := blocked("red.example")
	red.TLP = access.Red
	h.decide(red, access.Audience{TLP: access.Red, Recipients: []access.PartnerID{access.PartnerID(leaver)}})
	var internal, clients, public, others api.Transfer
	h.get("/api/v1/outlets/transfer", first, &internal)
	h.get("/api/v1/outlets/transfer?reach=clients", first, &clients)
	h.get("/api/v1/outlets/transfer?reach=public", first, &public)
	h.get("/api/v1/outlets/transfer", second, &others)
	if internal.Key == public.Key || internal.Key == others.Key || internal.Secret == others.Secret || strings.Contains(internal.Key, leaver) {
		t.Errorf("keys %q, %q, %q", internal.Key, public.Key, others.Key)
	}
	if zone := h.transfers(internal); !strings.Contains(zone, "strict.example") || !strings.Contains(zone, "green.example") || strings.Contains(zone, "red.example") {
		t.Errorf("internal: %s", zone)
	}
	for reach, key := range map[string]api.Transfer{"clients": clients, "public": public} {
		if zone := h.transfers(key); strings.Contains(zone, "strict.example") || strings.Contains(zone, "red.example") || !strings.Contains(zone, "green.example") {
			t.Errorf("%s: %s", reach, zone)
		}
	}
	wrong := internal
	wrong.Secret = others.Secret
	if zone, err := h.axfr(wrong); err == nil {
		t.Errorf("with another's secret: %s", zone)
	}
	h.post("/api/v1/partners/"+leaver+"/dismissal", adminToken, map[string]string{"reason": "it has left"}, http.StatusNoContent)
	if zone, err := h.axfr(internal); err == nil {
		t.Errorf("after its partner has left: %s", zone)
	}
	if zone := h.transfers(others); !strings.Contains(zone, "strict.example") {
		t.Errorf("another partner: %s", zone)
	}
}

// Who visits the hub's sinkhole is told of as a sighting that counts for nothing.
func TestSinkholeVisitsAreSightings(t *testing.T) {
	h := startHub(t, "")
	_, token := h.partner("First", "energy", "NL", "viewer")
	h.post("/api/v1/protections", adminToken, map[string]string{"value": "kill.example", "polarity": "must-resolve", "reason": "a kill switch"}, http.StatusCreated)
	for _, host := range []string{"stranger.example", "kill.example"} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+h.Sinkhole().String()+"/", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Host = host
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		if err := response.Body.Close(); err != nil {
			t.Fatal(err)
		}
	}
	var seen struct {
		Sightings []struct {
			Basis string `json:"basis"`
			Count int    `json:"count"`
		} `json:"sightings"`
	}
	for deadline := time.Now().Add(20 * time.Second); len(seen.Sightings) == 0; {
		if time.Now().After(deadline) {
			t.Fatal("the visit was not reported")
		}
		if err := h.Views.WaitCatalog(t.Context(), ledger.Seq(h.entries())); err != nil {
			t.Fatal(err)
		}
		h.get("/api/v1/sightings?value=kill.example", token, &seen)
		time.Sleep(5 * time.Millisecond)
	}
	if one := seen.Sightings[0]; one.Basis != "sinkhole" || one.Count != 1 {
		t.Errorf("reported: %+v", seen)
	}
	// What a stranger puts into its question is not written on the ledger.
	if h.get("/api/v1/sightings?value=stranger.example", token, &seen); len(seen.Sightings) != 0 {
		t.Errorf("of a name that nobody decided about: %+v", seen)
	}
}
