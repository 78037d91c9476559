package web

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

const (
	// liveEvery is the beat at which a page is told that there is something
	// new; within it, many entries are one message.
	liveEvery = 200 * time.Millisecond
	// livePatience is how long a reader may take to accept a message.
	livePatience = 10 * time.Second
)

// live tells a page when to fetch itself anew (server-sent events). It tells
// nothing else: what the reader may see is decided when the page is fetched.
func (p *pages) live(w http.ResponseWriter, r *http.Request) {
	if _, ok := p.principal(r); !ok && !p.Open {
		http.Error(w, "sign in first", http.StatusUnauthorized)
		return
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(p.Ended, cancel)()
	head, err := p.Views.Ledger.Head(ctx)
	if err != nil {
		http.Error(w, "the ledger cannot be read", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	out := http.NewResponseController(w)
	fresh := true // the page may be older than this connection
	for e, err := range p.Views.Follow(ctx, head.Seq, true, liveEvery, func(tick bool) error {
		if !tick || !fresh {
			return nil
		}
		fresh = false
		_ = out.SetWriteDeadline(time.Now().Add(livePatience))
		if _, err := fmt.Fprint(w, "data: new\n\n"); err != nil {
			return err
		}
		return out.Flush()
	}) {
		if err != nil {
			return
		}
		fresh = fresh || notable(e)
	}
}

// notable says whether an entry can change what a page shows to anybody but its
// own actor.
func notable(e ledger.Entry) bool { return e.Audience != "" }
