package cluster

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

var nodeNames = []string{"192.0.2.1:8470", "192.0.2.2:8470", "192.0.2.3:8470"}

// FuzzReadBeat reads what a node may say. Whatever is taken is of the cluster.
func FuzzReadBeat(f *testing.F) {
	f.Add([]byte(`{"node":"192.0.2.1:8470","listen":"192.0.2.1:8570","term":7}`))
	f.Add([]byte(`{"node":"192.0.2.9:8470"}`))
	f.Add([]byte(`{`))
	f.Fuzz(func(t *testing.T, word []byte) {
		b, err := readBeat(word, nodeNames)
		if known := b.Node == nodeNames[0] || b.Node == nodeNames[1] || b.Node == nodeNames[2]; err == nil && !known {
			t.Errorf("%q is taken for a word of %q", word, b.Node)
		}
	})
}

// FuzzOpenPosition opens what a client may send. What opens is what was sealed.
func FuzzOpenPosition(f *testing.F) {
	p := newPositions([32]byte{1})
	f.Add(p.seal(12345))
	f.Add(newPositions([32]byte{2}).seal(12345))
	f.Add("")
	f.Add("\n\n" + p.seal(12345)[2:]) // a block too short
	f.Fuzz(func(t *testing.T, text string) {
		seq, err := p.open(text)
		if err != nil {
			return
		}
		if again, err := p.open(p.seal(seq)); err != nil || again != seq {
			t.Errorf("%q opens as %d, which sealed anew opens as %d, %v", text, seq, again, err)
		}
	})
}

func TestPositionsOfAnotherHubDoNotOpen(t *testing.T) {
	text := newPositions([32]byte{1}).seal(7)
	if seq, err := newPositions([32]byte{2}).open(text); err == nil {
		t.Errorf("another hub's position opens as %d", seq)
	}
}

// TestWhoAskedIsToldByNodesAlone has a client say of itself what only nodes say.
func TestWhoAskedIsToldByNodesAlone(t *testing.T) {
	shown := &x509.Certificate{Raw: []byte("no certificate, but it is carried")}
	sent := make(chan *http.Request, 1)
	leader := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { sent <- r }))
	leader.StartTLS()
	defer leader.Close()
	m := New(Config{Name: nodeNames[0], Nodes: nodeNames, TLS: leader.Client().Transport.(*http.Transport).TLSClientConfig})
	m.known[nodeNames[1]] = peer{beat{Node: nodeNames[1], Listen: leader.Listener.Addr().String(), Term: 7}, m.begun.AddDate(1, 0, 0)}
	for _, secured := range []*tls.ConnectionState{nil, {}, {PeerCertificates: []*x509.Certificate{shown}}} {
		r := httptest.NewRequest(http.MethodPost, "/api/v1/partners", nil)
		r.TLS = secured
		r.RemoteAddr = "198.51.100.7:1234"
		r.Header.Set(fromHeader, "203.0.113.9:1")
		r.Header.Set(secureHeader, "forged")
		r.Header.Set(certificateHeader, "Zm9yZ2Vk")
		m.handOn(httptest.NewRecorder(), r, http.NotFoundHandler())
		got := <-sent
		if got.Header.Get(fromHeader) != r.RemoteAddr {
			t.Errorf("the client is said to be %q", got.Header.Get(fromHeader))
		}
		if secure := got.Header.Get(secureHeader); (secure == "1") != (secured != nil) || secure == "forged" {
			t.Errorf("with %v, it is said to be secure: %q", secured, secure)
		}
		if certificate := got.Header.Get(certificateHeader); (certificate != "") != (secured != nil && len(secured.PeerCertificates) > 0) || certificate == "Zm9yZ2Vk" {
			t.Errorf("with %v, its certificate is said to be %q", secured, certificate)
		}
	}
}

// TestWhoComesToLeadAnswers has a request wait for a leader at the node that then leads.
func TestWhoComesToLeadAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := New(Config{Name: nodeNames[0], Nodes: nodeNames, Logger: discard()})
		time.AfterFunc(time.Second, func() {
			m.mu.Lock()
			defer m.mu.Unlock()
			m.term = 9
			m.change()
		})
		begun := time.Now()
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodPost, "/api/v1/partners", strings.NewReader("the body"))
		m.handOn(w, r, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			text, _ := io.ReadAll(r.Body)
			fmt.Fprintf(w, "%s under %d", text, termOf(r.Context()))
		}))
		if got := w.Body.String(); got != "the body under 9" || time.Since(begun) > 2*time.Second {
			t.Errorf("after %s it answers %d: %q", time.Since(begun), w.Code, got)
		}
	})
}

// TestWorkIsDoneOnceInALead has work that has nothing to do.
func TestWorkIsDoneOnceInALead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := New(Config{Name: nodeNames[0], Nodes: nodeNames, Logger: discard()})
		m.term = 5
		ctx, stop := context.WithCancel(t.Context())
		done, ended := 0, make(chan struct{})
		go func() {
			defer close(ended)
			_ = m.While(ctx, func(context.Context) error { done++; return nil })
		}()
		synctest.Wait()
		m.Entry(leads(t, 6, nodeNames[1]))
		synctest.Wait()
		m.mu.Lock()
		m.term = 9
		m.change()
		m.mu.Unlock()
		synctest.Wait()
		stop()
		<-ended
		if done != 2 {
			t.Errorf("in two leads work was done %d times", done)
		}
	})
}

// TestFencedLeadEnds has the views see another node's lead.
func TestFencedLeadEnds(t *testing.T) {
	m := New(Config{Name: nodeNames[0], Nodes: nodeNames, Logger: discard()})
	m.term, m.newest = 5, 5
	changed := m.Changed()
	m.Entry(leads(t, 6, nodeNames[1]))
	if m.Leads() {
		t.Error("it leads on")
	}
	select {
	case <-changed:
	default:
		t.Error("nobody is told")
	}
	m.term = 9
	m.Entry(leads(t, 7, nodeNames[1])) // of before
	m.Entry(leads(t, 9, nodeNames[0])) // its own
	if !m.Leads() {
		t.Error("an earlier lead ends a later one")
	}
}

func leads(t *testing.T, seq ledger.Seq, node string) ledger.Entry {
	t.Helper()
	d, err := ledger.NewDraft(KindLeads, "hub", "", Leads{node})
	if err != nil {
		t.Fatal(err)
	}
	return ledger.Entry{Seq: seq, Kind: d.Kind, Actor: d.Actor, Body: d.Body}
}

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

// TestWhatIsSaidWithoutALeader has programs told in the form that they read.
func TestWhatIsSaidWithoutALeader(t *testing.T) {
	for path, c := range map[string]struct{ media, holds string }{
		"/api/v1/partners":                       {"application/problem+json", `"status":503`},
		"/taxii2/default/collections/c/objects/": {"application/taxii+json;version=2.1", `"http_status":"503"`},
		"/partners":                              {"text/plain; charset=utf-8", "nothing was changed"},
	} {
		w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, path, nil)
		New(Config{Name: nodeNames[0], Nodes: nodeNames, Logger: discard()}).refuse(w, r, ErrNoLeader)
		if w.Code != http.StatusServiceUnavailable || w.Header().Get("Content-Type") != c.media || w.Header().Get("Retry-After") == "" ||
			!strings.Contains(w.Body.String(), c.holds) || !strings.Contains(w.Body.String(), "nothing was changed") {
			t.Errorf("%s: %d %v %s", path, w.Code, w.Header(), w.Body)
		}
	}
}

// TestWhatMayHaveBegunIsNotSentAgain has a leader that takes a request without a body
// and dies before it answers.
func TestWhatMayHaveBegunIsNotSentAgain(t *testing.T) {
	begun := 0
	leader := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		begun++
		panic(http.ErrAbortHandler)
	}))
	leader.StartTLS()
	defer leader.Close()
	m := New(Config{Name: nodeNames[0], Nodes: nodeNames, TLS: leader.Client().Transport.(*http.Transport).TLSClientConfig, Logger: discard()})
	m.known[nodeNames[1]] = peer{beat{Node: nodeNames[1], Listen: leader.Listener.Addr().String(), Term: 7}, m.begun.AddDate(1, 0, 0)}
	for _, body := range []io.Reader{nil, strings.NewReader("text")} {
		begun = 0
		w := httptest.NewRecorder()
		m.handOn(w, httptest.NewRequest(http.MethodPost, "/api/v1/x/withdrawal", body), http.NotFoundHandler())
		if begun != 1 || w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "is open") {
			t.Errorf("begun %d times, %d: %s", begun, w.Code, w.Body)
		}
	}
}
