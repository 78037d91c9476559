package pull_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/pull"
)

// A source whose server never answers keeps no other from being pulled, and
// Run ends with its context all the same.
func TestOneSourceNeverBlocksAnother(t *testing.T) {
	h := newHub(t)
	h.wrote = make(chan struct{}, 10)
	gate, asked := make(chan struct{}), make(chan struct{}, 10)
	silent := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		select {
		case <-gate:
		case <-r.Context().Done():
		}
	})
	defer close(gate)
	x := &texts{text: "evil.example\n"}
	p := h.puller(
		pull.Config{Name: "silent", Kind: "list", URL: served(t, silent), Partner: "cert"},
		pull.Config{Name: "silent-feed", Kind: "misp", URL: served(t, silent), Partner: "cert"},
		pull.Config{Name: "lively", Kind: "list", URL: served(t, x), Partner: "cert"},
	)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	<-h.wrote
	<-asked
	<-asked
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("Run: %v", err)
	}
	for _, s := range p.Status() {
		if s.LastTry.IsZero() || s.Next.IsZero() || s.Problem != "" || (s.Name == "lively") != (s.Taken == 1) {
			t.Errorf("status: %+v", s) // that the hub stops is no problem of a source
		}
	}
}

func TestOnceOfNoSource(t *testing.T) {
	p := newHub(t).puller()
	wantError(t, p.Once(t.Context(), "none"), nil, `no source "none"`)
	if err := p.Run(t.Context()); err != nil {
		t.Errorf("Run without sources: %v", err)
	}
}

func TestRunNeedsTheLedger(t *testing.T) {
	h := newHub(t)
	p := h.puller(pull.Config{Name: "l", Kind: "list", URL: "https://lists.example/l", Partner: "cert"})
	h.ledger.Close()
	if err := p.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "read how far sources were pulled") {
		t.Errorf("Run: %v", err)
	}
}
