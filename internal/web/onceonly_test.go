package web_test

import (
	"net/http"
	"net/url"
	"sync"
	"testing"

	"github.com/tocsin-project/tocsin/internal/access"
)

// A form of the guide that makes a secret makes one, however often it is sent: with a
// second click, or by loading its answer again. Each form of a new page makes another.
func TestTheGuideConnectsOnce(t *testing.T) {
	s := newSite(t)
	one := s.partner("Water works", "water", "NZ")
	root := s.signIn(adminToken)
	key := func() string { return cut(t, s.page("/setup", root), `name="once" value="`, `"`) }
	form := url.Values{"act": {"connect"}, "partner": {string(one.ID)}, "engine": {"lists"}, "reach": {"internal"}, "once": {key()}}
	shown := make([]string, 4)
	var wg sync.WaitGroup
	for i := range shown {
		wg.Go(func() { // as clicks on one button are
			if w := s.as(root, "/setup", form); w.Code == http.StatusOK {
				shown[i] = w.Body.String()
			}
		})
	}
	wg.Wait()
	token := cut(t, shown[0], `<code id="token">`, "<")
	for _, page := range append(shown, s.as(root, "/setup", form).Body.String()) {
		if cut(t, page, `<code id="token">`, "<") != token {
			t.Error("the same form shows another token")
		}
	}
	if n := len(s.views.Access.Tokens()); n != 1 {
		t.Errorf("one form has issued %d tokens", n)
	}
	s.as(root, "/setup", with(form, "once", key()))
	if n := len(s.views.Access.Tokens()); n != 2 {
		t.Errorf("two forms have issued %d tokens", n)
	}
	if w := s.as(root, "/setup", with(form, "engine", "nft")); w.Code != http.StatusConflict || len(s.views.Access.Tokens()) != 2 {
		t.Errorf("the key of one form in another: status %d, %d tokens", w.Code, len(s.views.Access.Tokens()))
	}
	_, secret := s.token(one.ID, access.Coordinator)
	if w := s.as(s.signIn(secret), "/setup", form); w.Code != http.StatusForbidden {
		t.Errorf("a coordinator sends it: status %d", w.Code)
	}
}
