package hub_test

import (
	"net/http"
	"strings"
	"testing"
)

// What a page elsewhere has a browser send is refused whatever the browser shows
// with it, such as a client certificate; what programs send is not, nor is a
// visit by a link or from an identity provider.
func TestOtherSitesCannotAct(t *testing.T) {
	h := startHub(t, "")
	_, token := h.partner("Hospital 01", "healthcare", "GB", "contributor")
	send := func(method, path string, headers map[string]string) int {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, h.URL()+path, strings.NewReader("evil.example\n"))
		if err != nil {
			t.Fatal(err)
		}
		r.SetBasicAuth("anyone", token)
		r.Header.Set("Content-Type", "text/plain")
		for name, value := range headers {
			r.Header.Set(name, value)
		}
		answer, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		return answer.StatusCode
	}
	elsewhere := []map[string]string{{"Sec-Fetch-Site": "cross-site", "Origin": "https://elsewhere.example"}, {"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "same-site"}}
	for _, headers := range elsewhere {
		for _, path := range []string{"/api/v1/contributions", "/api/v1/claim", "/taxii2/default/collections/x/objects/", "/sign-in"} {
			if got := send(http.MethodPost, path, headers); got != http.StatusForbidden {
				t.Errorf("POST %s with %v: status %d", path, headers, got)
			}
		}
		for path, want := range map[string]int{"/api/v1/me": http.StatusOK, "/sign-in/oidc/none/callback": http.StatusConflict} {
			if got := send(http.MethodGet, path, headers); got != want {
				t.Errorf("GET %s with %v: status %d, want %d", path, headers, got, want)
			}
		}
	}
	for _, headers := range []map[string]string{nil, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}, {"Origin": h.URL()}} {
		if got := send(http.MethodPost, "/api/v1/contributions", headers); got != http.StatusCreated {
			t.Errorf("with %v: status %d", headers, got)
		}
	}
}
