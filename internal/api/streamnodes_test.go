package api_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/api"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/stream"
)

// A reader that another node has told more than this one has is to ask again. Only
// where no other node has it has the ledger lost what the reader was told.
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
	behind := func(context.Context, ledger.Seq) error { return ledger.ErrUnavailable }
	nowhere := func(context.Context, ledger.Seq) error { return nil }
	for name, c := range map[string]struct {
		reach  func(context.Context, ledger.Seq) error
		status int
		again  string
	}{
		"one hub": {nil, http.StatusGone, ""}, "a node that is behind": {behind, http.StatusServiceUnavailable, "1"},
		"what no node has": {nowhere, http.StatusGone, ""},
	} {
		s := newSite(t, nil, func(cfg *api.Config) { cfg.Reach = c.reach })
		got := s.call(http.MethodGet, "/stream?follow=false&after="+line.Cursor, adminToken, "", nil)
		if got.Code != c.status || got.Header().Get("Retry-After") != c.again {
			t.Errorf("%s: status %d, Retry-After %q: %s", name, got.Code, got.Header().Get("Retry-After"), got.Body)
		}
	}
}
