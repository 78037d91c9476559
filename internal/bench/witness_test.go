package bench

import (
	"bytes"
	"net/http"
	"net/url"
	"slices"

	"github.com/go-json-experiment/json"
)

// witness is a partner whom nobody else's requests may touch: it asks, before
// and after, what it knows the answer to.
type witness struct {
	caller
	hub        *hub
	collection string
	ids        []string
	sent       int // objects so far
}

var testimony = synthetic{21}

// newWitness contributes objects and asks for them.
func newWitness(h *hub) *witness {
	h.tb.Helper()
	_, token := h.partner("Witness", "contributor")
	w := &witness{caller: h.as(token), hub: h}
	w.collection = w.community()
	w.contribute()
	w.asks()
	return w
}

// contribute sends a group of objects more, which has to be taken whole.
func (w *witness) contribute() {
	w.tb.Helper()
	status, text := w.call(http.MethodPost, "/api/v1/contributions", "application/stix+json", testimony.appendEnvelope(nil, w.sent, group, true))
	if status != http.StatusCreated && status != http.StatusAccepted {
		w.tb.Fatalf("POST /api/v1/contributions: status %d: %s", status, text)
	}
	for i := range group {
		w.ids = append(w.ids, testimony.id(w.sent+i))
	}
	w.sent += group
	w.hub.findable(w.token, w.ids[w.sent-1])
}

// asks holds every answer against what was sent, and contributes once more.
func (w *witness) asks() {
	w.tb.Helper()
	w.contribute()
	for n, id := range w.ids {
		var e envelope
		w.get(w.collection+"objects/"+id+"/", &e)
		if len(e.Objects) != 1 || !bytes.Equal(canonical(w, e.Objects[0]), canonical(w, testimony.appendObject(nil, n))) {
			w.tb.Errorf("object %d was %s, and is %s", n, testimony.appendObject(nil, n), e.Objects)
		}
		w.searches(n, id)
	}
	for _, path := range []string{"/api/v1/me", "/api/v1/partners", "/feeds/protections.json", "/log/checkpoint", "/healthz", "/readyz", "/taxii2/", w.collection + "manifest/?limit=5", "/sign-in"} {
		if status, text := w.call(http.MethodGet, path, "", nil); status != http.StatusOK {
			w.tb.Errorf("GET %s: status %d: %.300s", path, status, text)
		}
	}
}

// named is an object as far as a search goes.
type named struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// searches has a search find the object by its name, if it has one.
func (w *witness) searches(n int, id string) {
	w.tb.Helper()
	var o named
	if err := json.Unmarshal(testimony.appendObject(nil, n), &o); err != nil {
		w.tb.Fatal(err)
	}
	if o.Name == "" {
		return
	}
	var found struct {
		Objects []named `json:"objects"`
	}
	w.get("/api/v1/search?q="+url.QueryEscape(o.Name), &found)
	if !slices.ContainsFunc(found.Objects, func(one named) bool { return one.ID == id }) {
		w.tb.Errorf("a search for %q does not find %s: %v", o.Name, id, found)
	}
}

// canonical is an object with its members in order.
func canonical(w *witness, text []byte) []byte {
	w.tb.Helper()
	var v any
	err := json.Unmarshal(text, &v)
	if err == nil {
		text, err = json.Marshal(v, json.Deterministic(true))
	}
	if err != nil {
		w.tb.Fatal(err)
	}
	return text
}
