package web_test

import (
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/access"
)

// Where protections are tried first is for members: whoever attacks would ask there first.
func TestGuestsAreNotToldWhoIsCanary(t *testing.T) {
	s := newSite(t)
	one, draft, err := s.views.Access.JoinAs("Water works", "water", "NZ", "operator", access.Standing{Canary: true})
	if err != nil {
		t.Fatal(err)
	}
	s.append(draft)
	_, secret := s.token(s.partner("Northern Grid", "energy", "FR").ID, access.Viewer)
	path := "/partners/" + string(one.ID)
	says(t, s.page(path, s.signIn(secret)), "canary")
	for _, page := range []string{s.page(path), s.page("/partners")} {
		if !strings.Contains(page, "Water works") || strings.Contains(strings.ToLower(page), "canary") {
			t.Error("a guest is told who is canary, or not of the partner")
		}
	}
}
