package hub_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"
)

// reports has a partner say that hosts which scan share a name, beginning at a moment
// of its own.
func (p *peer) reports(token, name string, n int) {
	p.t.Helper()
	last := time.Now().UTC()
	p.post("/api/v1/sightings", token, map[string]any{
		"id": fmt.Sprintf("report-%d", n), "sightings": []any{map[string]any{
			"type": "domain-name", "value": name, "basis": "suspect", "count": 3 + n, "hosts": 3 + n,
			"first_seen": last.Add(-time.Duration(n) * time.Minute).Format(time.RFC3339Nano), "last_seen": last.Format(time.RFC3339Nano),
		}},
	}, http.StatusCreated)
}

// witnesses are the partners that a reader is told have seen a value, sorted.
func (p *peer) witnesses(token, value string) (list []string) {
	p.t.Helper()
	if _, err := p.Views.WaitSettled(patience(p.t)); err != nil {
		p.t.Fatal(err)
	}
	var answer struct {
		Sightings []struct {
			Partner string `json:"partner"`
		} `json:"sightings"`
	}
	p.get("/api/v1/sightings?value="+value, token, &answer)
	for _, s := range answer.Sightings {
		list = append(list, s.Partner)
	}
	slices.Sort(list)
	return list
}

// inForce says whether a value's protection is, by the hub's own rule.
func (p *peer) inForce(value string) bool {
	return slices.ContainsFunc(p.standing(value), func(s standing) bool { return s.State == "active" || s.State == "canary" })
}

// What is seen at one hub is told at the other, once and never back; however many saw
// it there, it is the word of one here: nothing comes of it until somebody else says so.
func TestSightingsOfAnotherHubAreOneVoice(t *testing.T) {
	p := newPair(t)
	telcoID, telco := p.a.partner("Telco 01", "communications", "ES", "contributor")
	const worm = "worm.example.org"
	p.a.reports(p.bank, worm, 1)
	p.a.reports(telco, worm, 2)
	p.a.contribute(p.bank, "", "then.example")
	(&reading{p: p.b, token: p.clinic}).until("what came after the sightings", names("then.example"))
	want := []string{p.bOfA, p.bOfA}
	if got := p.b.witnesses(p.clinic, worm); !slices.Equal(got, want) {
		t.Errorf("at B it was seen by %v, want %v", got, want)
	}
	if !p.a.inForce(worm) || p.b.inForce(worm) {
		t.Errorf("two of A's partners saw it: in force at A %t, at B %t", p.a.inForce(worm), p.b.inForce(worm))
	}
	p.b.reports(p.clinic, worm, 3)
	p.b.contribute(p.clinic, "", "back.example")
	(&reading{p: p.a, token: p.bank}).until("what B said since", names("back.example"))
	p.a.contribute(p.bank, "", "at-last.example")
	(&reading{p: p.b, token: p.clinic}).until("what A said since", names("at-last.example"))
	if !p.b.inForce(worm) {
		t.Error("B's own partner saw it, too, and it is not in force")
	}
	for at, c := range map[*peer]struct {
		token string
		want  []string
	}{
		p.a: {p.bank, []string{p.bankID, telcoID, p.aOfB}},
		p.b: {p.clinic, []string{p.bOfA, p.bOfA, p.clinicID}},
	} {
		slices.Sort(c.want)
		if got := at.witnesses(c.token, worm); !slices.Equal(got, c.want) {
			t.Errorf("it was seen by %v, want %v", got, c.want)
		}
	}
}
