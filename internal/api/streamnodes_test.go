package api_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/api"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/stream"
)

// A reader that another node has told more than this one has is to ask again. Only
// where there is no other node has the ledger lost what the reader was told.
func TestACursorOfWhatThisNodeDoesNotHaveYet(t *testing.T) {
	e, _, err := ledger.Seal(ledger.Draft{Kind: "partner.joined", Actor: "hub", Body: []byte(`{}`)}, ledger.Head{Seq: 41}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	text, err := stream.NewCodec([32]byte{1}).Writer(" administrator ", stream.Position{}).Next(e)
	if err != nil {
		t.Fatal(err)
	}
	line, err := stream.ParseLine(text)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		nodes  bool // there are others
		status int
		again  string
	}{"one hub": {false, http.StatusGone, ""}, "a node": {true, http.StatusServiceUnavailable, "1"}} {
		s := newSite(t, nil, func(cfg *api.Config) { cfg.Nodes = c.nodes })
		got := s.call(http.MethodGet, "/stream?follow=false&after="+line.Cursor, adminToken, "", nil)
		if got.Code != c.status || got.Header().Get("Retry-After") != c.again {
			t.Errorf("%s: status %d, Retry-After %q: %s", name, got.Code, got.Header().Get("Retry-After"), got.Body)
		}
	}
}
