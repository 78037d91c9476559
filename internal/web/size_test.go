package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// With a thousand partners and hundreds of protections no page outgrows what a
// bad line can carry.
func TestPagesStaySmall(t *testing.T) {
	s := newSite(t)
	sectors := []string{"energy", "water", "mining", "healthcare", "transportation"}
	var partners []access.Partner
	for i := range 1000 {
		partners = append(partners, s.partner(fmt.Sprintf("Partner with a name of usual length %04d", i), sectors[i%len(sectors)], "FR"))
	}
	s.outbreakAt(partners[:40]...)
	for i := range 300 {
		s.protection(fmt.Sprintf("%064x", i+1), protect.Block, "seen at the first partners, and by nobody else")
	}
	admin := s.signIn(adminToken)
	for _, path := range everyPage {
		for name, w := range map[string]*httptest.ResponseRecorder{"guest": s.get(path), "administrator": s.get(path, admin)} {
			if size := w.Body.Len(); w.Code >= http.StatusInternalServerError || size > 150<<10 {
				t.Errorf("GET %s as %s: %d bytes, want at most %d", path, name, size, 150<<10)
			}
		}
	}
	t.Logf("the first page has %d bytes for a guest, %d for an administrator", len(s.page("/")), len(s.page("/", admin)))
}
