package pull_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/dial"
	"github.com/tocsin-project/tocsin/internal/pull"
)

// texts serves a text that the test changes, with an ETag if it has one.
type texts struct {
	text, etag string
	asked      []http.Header
	answer     http.HandlerFunc // instead, if not nil
}

func (x *texts) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x.asked = append(x.asked, r.Header)
	switch {
	case x.answer != nil:
		x.answer(w, r)
	case x.etag != "" && r.Header.Get("If-None-Match") == x.etag:
		w.WriteHeader(http.StatusNotModified)
	default:
		if x.etag != "" {
			w.Header().Set("ETag", x.etag)
		}
		_, _ = w.Write([]byte(x.text))
	}
}

func served(t *testing.T, h http.Handler) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

func TestAListIsTakenOnceUntilItChanges(t *testing.T) {
	h := newHub(t)
	x := &texts{text: "# bad\nevil.example\n198.51.100.7\nnot a value at all\n", etag: `"1"`}
	cfg := pull.Config{Name: "bad-names", Kind: "list", URL: served(t, x) + "/list.txt", Partner: "cert"}
	p := h.puller(cfg)
	once(t, p, "bad-names")
	if n := len(h.objects()); n != 2 {
		t.Fatalf("%d objects, want 2", n)
	}
	steps := h.pulled()
	if len(steps) != 1 || steps[0].Taken != 2 || steps[0].Rejected != 1 || len(steps[0].Rejections) != 1 || steps[0].Rejections[0].Line != 4 {
		t.Fatalf("recorded: %+v", steps)
	}
	// Asked again, nothing has changed, and nothing is written; also after a restart.
	entries := head(t, h)
	once(t, p, "bad-names")
	h.restart()
	p = h.puller(cfg)
	once(t, p, "bad-names")
	if head(t, h) != entries || len(x.asked) != 3 || x.asked[2].Get("If-None-Match") != `"1"` {
		t.Errorf("the head moved from %d to %d; last asked with %v", entries, head(t, h), x.asked[len(x.asked)-1])
	}
	if s := p.Status()[0]; s.Taken != 2 || s.Rejected != 1 || s.Problem != "" || s.LastSuccess.IsZero() || s.LastTaken.IsZero() {
		t.Errorf("status: %+v", s)
	}
	// A server without ETag says the same again.
	x.etag = ""
	once(t, p, "bad-names")
	if head(t, h) != entries {
		t.Error("the same text without an ETag was recorded as news")
	}
	x.text += "203.0.113.9\n"
	once(t, p, "bad-names")
	if last := h.pulled()[1]; last.Taken != 1 || len(h.objects()) != 3 {
		t.Errorf("one more line: %+v, %d objects in all", last, len(h.objects()))
	}
	// A line less is nothing to contribute.
	x.text = strings.ReplaceAll(x.text, "198.51.100.7\n", "")
	before := len(h.objects())
	once(t, p, "bad-names")
	if len(h.objects()) != before {
		t.Error("a line that was taken out made a contribution")
	}
}

func head(t *testing.T, h *hub) uint64 {
	t.Helper()
	at, err := h.ledger.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return uint64(at.Seq)
}

// Line numbers of what cannot be taken are those of the list as it is.
func TestNewLinesKeepTheirNumbers(t *testing.T) {
	h := newHub(t)
	x := &texts{text: "evil.example\n198.51.100.7\n"}
	p := h.puller(pull.Config{Name: "l", Kind: "list", URL: served(t, x), Partner: "cert"})
	once(t, p, "l")
	x.text += "203.0.113.9\n\nwhat is this?\n"
	once(t, p, "l")
	if last := h.pulled()[1]; last.Rejected != 1 || last.Rejections[0].Line != 5 {
		t.Errorf("recorded: %+v", last)
	}
}

func TestAnswersThatAreNoText(t *testing.T) {
	h := newHub(t)
	x := &texts{}
	p := h.puller(pull.Config{Name: "l", Kind: "list", URL: served(t, x) + "/l?key=s3cret", Partner: "cert", MaxBytes: 1000})
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		parts  []string
	}{
		"a login page": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte("\n <!DOCTYPE html><title>Sign in</title>"))
		}, []string{"web page", "credential"}},
		"unauthorized": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }, []string{"401", "credential"}},
		"gone":         {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) }, []string{"410"}},
		"too long": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(strings.Repeat("192.0.2.1\n", 200)))
		}, []string{"longer than 1000 bytes", "max_bytes"}},
		"broken off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "500")
			_, _ = w.Write([]byte("192.0.2.1\n192.0.2."))
		}, []string{"broke off"}},
		"nothing new ever": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotModified) }, []string{"nothing was ever taken"}},
		"a redirect inside": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://169.254.169.254/?key=s3cret", http.StatusFound)
		}, []string{"refused by the dial policy"}},
	} {
		t.Run(name, func(t *testing.T) {
			x.answer = c.answer
			err := p.Once(t.Context(), "l")
			wantError(t, err, nil, c.parts...)
			if s := p.Status()[0]; s.Problem == "" || strings.Contains(s.Problem, "s3cret") || strings.Contains(s.URL, "s3cret") {
				t.Errorf("status: %+v", s)
			}
			if n := len(h.objects()); n != 0 {
				t.Errorf("%d objects were taken of it", n)
			}
		})
	}
	for _, step := range h.pulled() {
		if strings.Contains(fmt.Sprint(step.Problem), "s3cret") {
			t.Errorf("a secret is recorded: %q", step.Problem)
		}
	}
}

// However much cannot be taken, and whatever it says, it fits on the ledger.
func TestManyLongRejections(t *testing.T) {
	h := newHub(t)
	x := &texts{text: "evil.example\n" + strings.Repeat(strings.Repeat("no value ", 5000)+"\n", 300)}
	p := h.puller(pull.Config{Name: "l", Kind: "list", URL: served(t, x), Partner: "cert"})
	once(t, p, "l")
	step := h.pulled()[0]
	if step.Taken != 1 || step.Rejected != 300 || len(step.Rejections) != 50 {
		t.Errorf("taken %d, rejected %d, listed %d", step.Taken, step.Rejected, len(step.Rejections))
	}
	for _, r := range step.Rejections {
		if len(r.Reason) > 510 {
			t.Fatalf("a reason of %d bytes", len(r.Reason))
		}
	}
}

func TestAProblemIsRecordedOnceAndSoIsItsEnd(t *testing.T) {
	h := newHub(t)
	n := 0
	x := &texts{text: "evil.example\n"}
	bad := func(w http.ResponseWriter, _ *http.Request) {
		n++
		w.WriteHeader([]int{500, 502, 404}[n%3])
	}
	p := h.puller(pull.Config{Name: "l", Kind: "list", URL: served(t, x), Partner: "cert"})
	for _, answer := range []http.HandlerFunc{bad, bad, bad, nil, nil, bad, bad, nil, nil} {
		x.answer = answer
		_ = p.Once(t.Context(), "l")
	}
	var problems []bool
	for _, step := range h.pulled() {
		problems = append(problems, step.Problem != "")
	}
	if !slices.Equal(problems, []bool{true, false, true, false}) {
		t.Errorf("recorded %v, want a problem, its end with what was taken, a problem, and its end without: %+v", problems, h.pulled())
	}
}

// A source's name that resolves to this machine is not connected to.
func TestASourceOnLoopbackNeedsAllowance(t *testing.T) {
	h := newHub(t)
	x := &texts{text: "evil.example\n"}
	at := strings.Replace(served(t, x), "127.0.0.1", "localhost", 1)
	for _, kind := range []string{"list", "misp", "taxii", "stix"} {
		p := h.pullerWith(dial.Policy{}, pull.Config{Name: "inner", Kind: kind, URL: at, Partner: "cert"})
		wantError(t, p.Once(t.Context(), "inner"), dial.ErrRefused, "is loopback", "to allow it")
		if s := p.Status()[0]; !strings.Contains(s.Problem, "refused by the dial policy") {
			t.Errorf("%s: status: %+v", kind, s)
		}
	}
	if len(x.asked) != 0 {
		t.Errorf("asked %d times", len(x.asked))
	}
	p := h.pullerWith(dial.Policy{AllowHosts: []string{"localhost"}}, pull.Config{Name: "inner", Kind: "list", URL: at, Partner: "cert"})
	once(t, p, "inner")
}
