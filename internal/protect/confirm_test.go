package protect_test

import (
	"errors"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/protect"
)

func of(partner access.PartnerID, token, person string) access.Principal {
	return access.Principal{Partner: partner, Role: access.Coordinator, Communities: []string{"default"}, Token: token, Person: person}
}

func TestASecondPersonConfirms(t *testing.T) {
	first := of("identity--cert", "token--1", "person--1")
	for _, tt := range []struct {
		name      string
		first, by access.Principal
		want      error
	}{
		{"another partner", first, of("identity--isp", "token--2", ""), nil},
		{"another person of the same", first, of("identity--cert", "token--2", "person--2"), nil},
		{"the administrator", first, administrator, nil},
		{"the same person", first, first, protect.ErrForbidden},
		{"the same person's other token", first, of("identity--cert", "token--2", "person--1"), protect.ErrForbidden},
		{"a program of the same", first, of("identity--cert", "token--2", ""), protect.ErrForbidden},
		{"two programs of one", of("identity--cert", "token--1", ""), of("identity--cert", "token--2", ""), protect.ErrForbidden},
		{"a person after a program of the same", of("identity--cert", "token--1", ""), of("identity--cert", "token--2", "person--1"), protect.ErrForbidden},
		{"a contributor of another", first, contributor, protect.ErrForbidden},
	} {
		h := newHub(t, protect.Config{})
		h.must(h.ask(tt.first, killSwitch, protect.MustResolve))
		asked, _ := h.Get(value(t, killSwitch))
		if !asked.Expires.Equal(now.Add(24*time.Hour)) || asked.Confirmed != "" {
			t.Fatalf("of one person: until %s, confirmed by %q", asked.Expires, asked.Confirmed)
		}
		h.now = now.Add(time.Hour)
		d, err := h.Confirm(tt.by, value(t, killSwitch), "seen in the sample", h.now)
		if !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
		if err != nil {
			h.now = now.Add(24 * time.Hour)
			h.settle()
			h.want(killSwitch, "must-resolve expired")
			continue
		}
		h.append(d)
		p, _ := h.Get(value(t, killSwitch))
		if p.ID != asked.ID || p.By != asked.By || p.Confirmed == "" || !p.Expires.Equal(h.now.Add(30*24*time.Hour)) || p.Answer != asked.Answer {
			t.Errorf("%s: %+v", tt.name, p)
		}
		if _, err := h.Confirm(tt.by, value(t, killSwitch), "again", h.now); !errors.Is(err, protect.ErrForbidden) {
			t.Errorf("%s confirms alone what it confirmed: %v", tt.name, err)
		}
		h.sameRebuilt(value(t, killSwitch))
	}
}

// One person's must-resolve lasts a day, however often that person asks.
func TestOnePersonDoesNotProlong(t *testing.T) {
	h := newHub(t, protect.Config{Lifetime: 90 * 24 * time.Hour})
	one, other := of("identity--cert", "token--1", "person--1"), of("identity--cert", "token--2", "person--2")
	h.must(h.ask(one, killSwitch, protect.MustResolve))
	for _, by := range []access.Principal{one, other, administrator} {
		if err := h.ask(by, killSwitch, protect.MustResolve); !errors.Is(err, protect.ErrConflict) {
			t.Errorf("asked for again: %v", err)
		}
	}
	h.wait(24 * time.Hour)
	h.want(killSwitch, "must-resolve expired")
	if err := h.ask(one, killSwitch, protect.MustResolve); !errors.Is(err, protect.ErrConflict) {
		t.Errorf("the same person asks anew: %v", err)
	}
	h.must(h.ask(other, killSwitch, protect.MustResolve))
	h.want(killSwitch, "must-resolve active")
	h.sameRebuilt(value(t, killSwitch))
	if _, err := h.Confirm(one, value(t, "c2.example"), "r", h.now); !errors.Is(err, protect.ErrNotFound) {
		t.Errorf("confirms what there is not: %v", err)
	}
	h.recall(killSwitch)
	h.must(h.ask(other, killSwitch, protect.MustResolve)) // recalled is not run out
}
