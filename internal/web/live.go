package web

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/protect"
)

const (
	// liveEvery is the beat at which a page is told that there is something
	// new; within it, many entries are one message.
	liveEvery = 200 * time.Millisecond
	// livePatience is how long a reader may take to accept a message.
	livePatience = 10 * time.Second
	// liveSilence is the longest time without a word, so that a proxy keeps
	// the connection, and a reader that has gone or whose session has ended
	// is noticed.
	liveSilence = 15 * time.Second
)

// live tells a page when to fetch itself anew (server-sent events). It tells
// nothing else: what the reader may see is decided when the page is fetched.
func (p *pages) live(w http.ResponseWriter, request *http.Request) {
	r := p.reading(request)
	if !r.reads {
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
	fresh, silent := true, 0 // fresh at first: the page may be older than this connection
	for e, err := range p.Views.Follow(ctx, head.Seq, nil, true, liveEvery, func(tick bool) error {
		if !tick {
			return nil
		}
		message := "data: new\n\n"
		if !fresh {
			if silent++; silent < int(liveSilence/liveEvery) {
				return nil
			}
			message = ": still here\n\n"
		}
		if now := p.reading(request); now.who.By() != r.who.By() {
			return errEnded
		}
		fresh, silent = false, 0
		_ = out.SetWriteDeadline(time.Now().Add(livePatience))
		if _, err := fmt.Fprint(w, message); err != nil {
			return err
		}
		return out.Flush()
	}) {
		if err != nil {
			return
		}
		fresh = fresh || r.concerns(e)
	}
}

// errEnded ends a live page whose session has ended.
var errEnded = fmt.Errorf("live page: the session has ended")

// concerns says whether an entry can change what a page shows to the reader.
// Nobody is told that something happened which they may not see; of receipts
// the counts are everybody's.
func (r reading) concerns(e ledger.Entry) bool {
	if e.Kind == protect.KindReceipt {
		return true
	}
	audience, err := access.ParseAudience(e.Audience)
	if err != nil {
		return false
	}
	return r.who.MaySee(access.PartnerID(e.Actor), audience)
}
