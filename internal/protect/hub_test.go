package protect_test

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

const killSwitch = "iuqerfsodp9ifjaposdfjhgosurijfaewrwergwea.com"

var (
	day      = time.Date(2017, 5, 12, 0, 0, 0, 0, time.UTC) // the telemetry's
	now      = time.Date(2024, 1, 1, 12, 0, 0, 0, time.UTC) // the hub's
	sinkhole = netip.MustParseAddr("203.0.113.80")

	coordinator   = access.Principal{Partner: "identity--cert", Role: access.Coordinator, Communities: []string{"default"}}
	contributor   = access.Principal{Partner: "identity--vendor", Role: access.Contributor, Communities: []string{"default"}}
	administrator = access.Principal{Role: access.Administrator, Communities: []string{"default"}}
)

// tester is what the harness needs of *testing.T and *rapid.T.
type tester interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

// hub is a ledger in memory and the state that folds it.
type hub struct {
	*protect.State
	t        tester
	cfg      protect.Config
	head     ledger.Head
	entries  []ledger.Entry
	now      time.Time
	reports  int
	standing map[string]access.Standing // of partners, as the hub writes it on their reports
}

func newHub(t tester, cfg protect.Config) *hub {
	if !cfg.Sinkhole.IsValid() {
		cfg.Sinkhole = sinkhole
	}
	return &hub{State: protect.NewState(cfg), t: t, cfg: cfg, now: now, standing: map[string]access.Standing{}}
}

func (h *hub) append(drafts ...ledger.Draft) {
	h.t.Helper()
	for _, d := range drafts {
		e, _, err := ledger.Seal(d, h.head, h.now)
		if err != nil {
			h.t.Fatal(err)
		}
		h.head = ledger.Head{Seq: e.Seq, Hash: e.Hash}
		h.entries = append(h.entries, e)
		if err := h.Apply(e); err != nil {
			h.t.Fatal(err)
		}
	}
}

// settle appends what the rule asks for until it asks for nothing, and returns it.
func (h *hub) settle() []ledger.Draft {
	h.t.Helper()
	var all []ledger.Draft
	for range 20 {
		drafts := h.Pending(h.now)
		if diff := cmp.Diff(drafts, h.Pending(h.now)); diff != "" {
			h.t.Fatalf("asked twice, the rule asks for different things: %s", diff)
		}
		if len(drafts) == 0 {
			return all
		}
		h.append(drafts...)
		all = append(all, drafts...)
	}
	h.t.Fatalf("the rule never stops asking: %s", h.Pending(h.now)[0].Body)
	return nil
}

func value(t tester, text string) observable.Value {
	t.Helper()
	v, err := observable.Infer(text)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// seen is a suspect sighting from minute from to minute to of the day.
func seen(t tester, text string, from, to int) sighting.Sighting {
	t.Helper()
	return sighting.Sighting{
		Value: value(t, text), Basis: sighting.Suspect, Count: 3, Hosts: 2,
		FirstSeen: day.Add(time.Duration(from) * time.Minute), LastSeen: day.Add(time.Duration(to) * time.Minute),
	}
}

func unresolved(s sighting.Sighting) sighting.Sighting { s.Unresolved = true; return s }

func indicator(s sighting.Sighting) sighting.Sighting { s.Basis = sighting.Indicator; return s }

func (h *hub) report(partner string, sightings ...sighting.Sighting) {
	h.t.Helper()
	h.reports++
	h.reportAs(partner, fmt.Sprintf("report-%d", h.reports), access.ToCommunity(access.Amber), sightings...)
}

func (h *hub) reportAs(partner, id string, audience access.Audience, sightings ...sighting.Sighting) {
	h.t.Helper()
	body, err := json.Marshal(sighting.Report{
		ID: id, Sector: "healthcare", Country: "GB", Sightings: sightings,
		Organisation: h.standing[partner].Organisation, Designated: h.standing[partner].Designated,
	})
	if err != nil {
		h.t.Fatal(err)
	}
	h.append(ledger.Draft{Kind: sighting.KindReported, Actor: partner, Audience: audience.String(), Body: body})
}

// change has an administrator change how a partner stands.
func (h *hub) change(partner string, to access.Standing) {
	h.t.Helper()
	h.standing[partner] = to
	d, err := ledger.NewDraft(access.KindPartnerChanged, access.Hub, access.ToCommunity(access.Green).String(),
		access.Designation{Partner: access.PartnerID(partner), Organisation: to.Organisation, Designated: to.Designated, Reason: "for the test"})
	h.must(err)
	h.append(d)
}

// ask appends what the principal asks for, refusal or not.
func (h *hub) ask(by access.Principal, text string, p protect.Polarity) error {
	h.t.Helper()
	d, err := h.Ask(by, protect.Request{Value: value(h.t, text), Polarity: p, Reason: "for the test"}, h.now)
	if d.Kind != "" {
		h.append(d)
	}
	return err
}

func (h *hub) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *hub) recall(text string) {
	h.t.Helper()
	d, err := h.Recall(coordinator, value(h.t, text), "for the test", h.now)
	h.must(err)
	h.append(d)
}

// stands is "polarity state" of the value's latest decision.
func (h *hub) stands(text string) string {
	h.t.Helper()
	p, ok := h.Get(value(h.t, text))
	if !ok {
		return ""
	}
	return string(p.Polarity) + " " + string(p.Status)
}

func (h *hub) want(text, want string) {
	h.t.Helper()
	if got := h.stands(text); got != want {
		h.t.Fatalf("%s is %q, want %q", text, got, want)
	}
}

// rebuilt folds the ledger once more from the start.
func (h *hub) rebuilt() *protect.State {
	h.t.Helper()
	s := protect.NewState(h.cfg)
	for _, e := range h.entries {
		if err := s.Apply(e); err != nil {
			h.t.Fatal(err)
		}
	}
	return s
}

// picture is all that can be asked of a state.
func picture(s *protect.State, now time.Time, values []observable.Value) map[string]any {
	p := map[string]any{
		"list": s.List(), "effective": s.Effective(now), "pending": s.Pending(now), "held": s.Held(now),
		"refusals": s.Refusals(administrator),
	}
	for _, v := range values {
		p["why "+v.Text] = s.Why(coordinator, v)
	}
	for _, one := range s.List() {
		p["receipts "+one.ID] = s.Receipts(administrator, one.ID)
	}
	return p
}

var unexported = cmpopts.IgnoreUnexported(protect.Event{}, protect.PartnerRefusal{})

func (h *hub) sameRebuilt(values ...observable.Value) {
	h.t.Helper()
	if diff := cmp.Diff(picture(h.State, h.now, values), picture(h.rebuilt(), h.now, values), unexported); diff != "" {
		h.t.Fatalf("the rebuilt state differs (- live, + rebuilt): %s", diff)
	}
}

// checkUntil draws examples until the test has seen enough of every answer: how
// many are of a rare one is luck. It gives up after ten times as many as usual.
func checkUntil(t *testing.T, enough func() bool, property func(*rapid.T)) {
	t.Helper()
	for range 10 {
		if rapid.Check(t, property); enough() {
			return
		}
	}
	t.Error("this test saw too little of one answer: what is drawn has to bring it about more often")
}

func only[T any](t *testing.T, list []T) T {
	t.Helper()
	if len(list) != 1 {
		t.Fatalf("%d elements, want one: %+v", len(list), list)
	}
	return list[0]
}
