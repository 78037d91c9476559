package api_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/outbreak"
	"github.com/tocsin-project/tocsin/internal/response"
)

// What is done about an outbreak tells of it: to nobody who may not see it.
func TestWorkIsNoWiderThanItsOutbreak(t *testing.T) {
	s := newSite(t, nil)
	_, cert := s.partner("CERT 01", "coordinator")
	raised := func(n int, tlp access.TLP) string {
		o := outbreak.Outbreak{ID: fmt.Sprintf("outbreak--00000000-0000-4000-8000-%012d", n), Rule: "r", Status: outbreak.Open, TLP: tlp}
		d, err := ledger.NewDraft(outbreak.KindRaised, access.Hub, o.Audience().String(), o)
		if err == nil {
			_, err = s.views.Append(t.Context(), d)
		}
		if err != nil {
			t.Fatal(err)
		}
		return o.ID
	}
	amber, red := raised(1, access.Amber), raised(2, access.Red)
	for path, format := range map[string]string{
		"/actions":               `{"kind":"patch","title":"Patch","volunteered":true,"outbreak":%q%s}`,
		"/calls":                 `{"title":"Who can help?","outbreak":%q%s}`,
		"/actions/from-template": `{"template":"worm-kill-switch","outbreak":%q%s}`,
	} {
		for _, unseen := range []string{red, "outbreak--00000000-0000-4000-8000-000000000009"} {
			s.says(http.StatusNotFound, fmt.Sprintf("no outbreak has the id \\\"%s\\\"", unseen), "POST", path, cert, fmt.Sprintf(format, unseen, ""))
		}
		s.says(http.StatusBadRequest, "wider", "POST", path, cert, fmt.Sprintf(format, amber, `,"audience":{"tlp":"green","community":"default"}`))
		s.says(http.StatusBadRequest, "wider", "POST", path, cert, fmt.Sprintf(format, amber, `,"audience":{"tlp":"clear"}`))
		s.says(http.StatusCreated, `"tlp":"amber"`, "POST", path, cert, fmt.Sprintf(format, amber, ""))
	}
	s.says(http.StatusCreated, `"tlp":"amber+strict"`, "POST", "/calls", cert, fmt.Sprintf(`{"title":"Few","outbreak":%q,"audience":{"tlp":"amber+strict"}}`, amber))
	for e, err := range s.views.Ledger.Read(t.Context(), 0, response.KindOpened, response.KindCallOpened) {
		if err != nil || e.Audience == access.ToCommunity(access.Green).String() {
			t.Errorf("entry %d is for %q: %v", e.Seq, e.Audience, err)
		}
	}
}
