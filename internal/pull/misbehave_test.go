package pull_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// Servers that misbehave end in a problem, never in a loop, and what they gave
// before stays.
func TestServersThatMisbehave(t *testing.T) {
	for name, c := range map[string]struct {
		page string
		part string
	}{
		"the same page for ever": {`{"more":true,"next":"0","objects":[` + object(indicator(1)) + `]}`, "again"},
		"more without next":      {`{"more":true,"objects":[` + object(indicator(1)) + `]}`, "more"},
		"not JSON":               {`{"more":`, ""},
		"a list":                 {`[1,2,3]`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHub(t)
			mux := http.NewServeMux()
			mux.Handle("/", newServer(0))
			mux.HandleFunc("/root/collections/c1/objects/", func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", mediaType)
				_, _ = w.Write([]byte(c.page))
			})
			p := h.puller(taxiiSource(served(t, mux)))
			wantError(t, p.Once(t.Context(), "partner-hub"), nil, c.part)
			if s := p.Status()[0]; s.Problem == "" || !s.LastSuccess.IsZero() {
				t.Errorf("status: %+v", s)
			}
		})
	}
	// An object that is none is reported, and the others are taken.
	h := newHub(t)
	s := newServer(3)
	s.objects[1] = "indicator--not-a-uuid"
	once(t, h.puller(taxiiSource(served(t, s))), "partner-hub")
	if got := h.objects(); !slices.Equal(got, []string{indicator(0), indicator(2)}) {
		t.Errorf("pulled %v", got)
	}
	if step := h.pulled()[0]; step.Rejected == 0 || step.Rejections[0].ID != "indicator--not-a-uuid" && !strings.Contains(step.Rejections[0].Reason, "not-a-uuid") {
		t.Errorf("recorded: %+v", step)
	}
}
