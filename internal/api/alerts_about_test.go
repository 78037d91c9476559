package api_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/outbreak"
)

// An alert tells of the outbreak that it names: to nobody who may not see that.
func TestAnAlertIsNoWiderThanItsOutbreak(t *testing.T) {
	s := newSite(t, nil)
	_, cert := s.partner("CERT 01", "coordinator")
	s.partner("Clinic", "contributor")
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
	alert := func(of, more string) string {
		return fmt.Sprintf(`{"title":"Patch","text":"Today.","severity":"critical","outbreak":%q%s}`, of, more)
	}
	amber, red := raised(1, access.Amber), raised(2, access.Red)
	s.says(http.StatusNotFound, "no outbreak has the id", "POST", "/alerts", cert, alert(red, ""))
	s.says(http.StatusNotFound, "no outbreak has the id", "POST", "/alerts", cert, alert("outbreak--00000000-0000-4000-8000-000000000009", ""))
	s.says(http.StatusBadRequest, "wider", "POST", "/alerts", cert, alert(amber, `,"audience":{"tlp":"green","community":"default"}`))
	s.says(http.StatusCreated, `"tlp":"amber"`, "POST", "/alerts", cert, alert(amber, ""))
}
