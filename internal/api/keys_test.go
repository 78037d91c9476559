package api_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/signature"
	"github.com/tocsin-project/tocsin/internal/voters"
)

// overtaken is a ledger on which, once, another draft comes first.
type overtaken struct {
	ledger.Ledger
	first *ledger.Draft
}

func (o *overtaken) Append(ctx context.Context, expected ledger.Seq, drafts ...ledger.Draft) ([]ledger.Entry, error) {
	if o.first != nil {
		first := *o.first
		o.first = nil
		if _, err := o.Ledger.Append(ctx, expected, first); err != nil {
			return nil, err
		}
	}
	return o.Ledger.Append(ctx, expected, drafts...)
}

type keyCall struct {
	Act       string `json:"act"`
	Partner   string `json:"partner,omitempty"`
	Key       string `json:"key"`
	Previous  string `json:"previous,omitempty"`
	Signature string `json:"signature,omitempty"`
}

func (s *site) keyAct(token string, in keyCall) (status int, answer string) {
	s.t.Helper()
	text, err := json.Marshal(in)
	if err != nil {
		s.t.Fatal(err)
	}
	got := s.call(http.MethodPost, "/keys", token, "application/json", strings.NewReader(string(text)))
	return got.Code, got.Body.String()
}

func newKey(t *testing.T) signature.Signer {
	t.Helper()
	s, err := signature.Generate()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestKeys(t *testing.T) {
	s := newSite(t, nil)
	north, coordinator := s.partner("North", "coordinator")
	_, stranger := s.partner("South", "coordinator")
	one, two := newKey(t), newKey(t)
	public := func(k signature.Signer) string { return k.Public().String() }
	signed := func(by signature.Signer, c voters.Claim) string { return by.Sign(c.Message()).Text() }
	rotation := signed(one, voters.Claim{Verb: voters.Rotate, Partner: access.PartnerID(north), Key: public(two), Previous: public(one)})
	for _, c := range []struct {
		name, token string
		in          keyCall
		status      int
	}{
		{"nobody", "", keyCall{Act: "register", Key: public(one)}, 401},
		{"another verb", coordinator, keyCall{Act: "rename", Key: public(one)}, 422},
		{"no key", coordinator, keyCall{Act: "register", Key: "x"}, 400},
		{"a signature where none belongs", coordinator, keyCall{Act: "register", Key: public(one), Signature: rotation}, 400},
		{"for another partner", stranger, keyCall{Act: "register", Partner: north, Key: public(one)}, 403},
		{"for nobody", adminToken, keyCall{Act: "register", Key: public(one)}, 404},
		{"the first", coordinator, keyCall{Act: "register", Key: public(one)}, 201},
		{"again", coordinator, keyCall{Act: "register", Key: public(one)}, 403},
		{"another partner's", stranger, keyCall{Act: "register", Key: public(one)}, 409},
		{"unsigned", coordinator, keyCall{Act: "rotate", Key: public(two), Previous: public(one)}, 400},
		{"a rotation", coordinator, keyCall{Act: "rotate", Key: public(two), Previous: public(one), Signature: rotation}, 201},
		{"again", coordinator, keyCall{Act: "rotate", Key: public(two), Previous: public(one), Signature: rotation}, 409},
		{"previous where none belongs", adminToken, keyCall{Act: "revoke", Partner: north, Key: public(two), Previous: public(one)}, 400},
		{"lost", adminToken, keyCall{Act: "revoke", Partner: north, Key: public(two)}, 201},
	} {
		if status, answer := s.keyAct(c.token, c.in); status != c.status {
			t.Errorf("%s: %d %s, want %d", c.name, status, answer, c.status)
		}
	}
	var all, none struct {
		Keys []voters.Held `json:"keys"`
	}
	s.must(http.MethodGet, "/keys", stranger, nil, &all)
	if len(all.Keys) != 2 || all.Keys[1].Previous != public(one) || all.Keys[1].Until.IsZero() {
		t.Errorf("the keys are %+v", all.Keys)
	}
	s.must(http.MethodGet, "/keys?partner=identity--00000000-0000-4000-8000-000000000009", stranger, nil, &none)
	if none.Keys == nil || len(none.Keys) != 0 {
		t.Errorf("nobody's are %+v", none.Keys)
	}
}

// Who is overtaken is told so, and not that the key is registered.
func TestAnOvertakenKeyAct(t *testing.T) {
	late := &overtaken{}
	s := newSite(t, func(l ledger.Ledger) ledger.Ledger { late.Ledger = l; return late })
	north, coordinator := s.partner("North", "coordinator")
	one, two := newKey(t).Public().String(), newKey(t).Public().String()
	draft, err := s.views.Voters.Register(access.Principal{Partner: access.PartnerID(north), Role: access.Coordinator}, access.PartnerID(north), one)
	if err != nil {
		t.Fatal(err)
	}
	late.first = &draft
	if status, answer := s.keyAct(coordinator, keyCall{Act: "register", Key: two}); status != http.StatusConflict {
		t.Errorf("%d %s", status, answer)
	}
	if !s.views.Voters.May(access.PartnerID(north), one) || s.views.Voters.May(access.PartnerID(north), two) {
		t.Error("the first does not stand")
	}
}
