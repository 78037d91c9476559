package api_test

import (
	"net/http"
	"testing"

	"github.com/tocsin-project/tocsin/internal/api"
	"github.com/tocsin-project/tocsin/internal/notice/deliver"
	"github.com/tocsin-project/tocsin/internal/signature"
)

// press signs bundles with a new key.
func press(t testing.TB, c *api.Config) *deliver.Press {
	t.Helper()
	key, err := signature.Generate()
	if err != nil {
		t.Fatal(err)
	}
	v := c.Views
	return deliver.NewPress(deliver.Views{Access: v.Access, Response: v.Response, Protect: v.Protect, Notices: v.Notices}, key, "https://hub.example")
}

func TestAHubWithoutBundles(t *testing.T) {
	s := newSite(t, nil)
	_, viewer := s.partner("Bank 01", "viewer")
	for _, path := range []string{"/notices/bundle", "/notices/key"} {
		if got := s.call("GET", path, viewer, "", nil); got.Code != http.StatusNotFound {
			t.Errorf("GET %s: %d %s", path, got.Code, got.Body)
		}
	}
}
