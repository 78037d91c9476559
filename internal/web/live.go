package web

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/live"
	"github.com/tocsin-project/tocsin/internal/ratelimit"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

const (
	// livePatience is how long a reader may take to accept a message.
	livePatience = 5 * time.Second
	// liveSilence is the longest time without a word, so that a proxy keeps
	// the connection, and a reader that has gone or whose session has ended
	// is noticed.
	liveSilence = 15 * time.Second
	// A browser that lost the hub tries again after liveRetry and up to as much
	// more: a crowd does not come back all at once.
	liveRetry = 2 * time.Second
	// catalogArea is what pages follow that show objects: the catalog folds
	// contributions and sightings after the other views.
	catalogArea = "catalog"
)

// audience is everybody who has a page open.
type audience struct {
	*live.Crowd
	begin sync.Once
}

// follow has the crowd told of what happens from now on.
func (p *pages) follow() {
	p.crowd.begin.Do(func() {
		memory, behind := p.Views.Folded()
		go p.tell(memory, nil, func(e ledger.Entry) error {
			p.crowd.Entry(e)
			return nil
		})
		kinds := []ledger.Kind{contribution.KindAccepted, contribution.KindTightened, contribution.KindErased, sighting.KindReported}
		go p.tell(behind, kinds, func(e ledger.Entry) error {
			err := p.Views.WaitCatalog(p.Ended, e.Seq)
			p.crowd.Folded(catalogArea, e)
			return err
		})
	})
}

// tell follows the ledger until the pages end.
func (p *pages) tell(after ledger.Seq, kinds []ledger.Kind, each func(ledger.Entry) error) {
	for e, err := range p.Views.Follow(p.Ended, after, kinds, true, liveSilence, func(bool) error { return nil }) {
		if err == nil {
			err = each(e)
		}
		if err != nil {
			if p.Ended.Err() == nil {
				p.Logger.Error("pages do not follow what happens", "error", err)
			}
			return
		}
	}
}

// live tells a page when to fetch itself anew (server-sent events). It tells
// nothing else: what the reader may see is decided when the page is fetched. Each
// message has as its id how far the reader has heard, with which a browser comes
// back.
func (p *pages) live(w http.ResponseWriter, request *http.Request) {
	r := p.reading(request)
	if !r.reads {
		http.Error(w, english.say("live.sign-in", nil), http.StatusUnauthorized)
		return
	}
	p.follow()
	asked := request.URL.Query() // never the body: nothing bounds that of a GET
	place := request.Header.Get("Last-Event-ID")
	if place == "" {
		place = asked.Get("at")
	}
	page, err := p.crowd.Join(r.who, readerOf(r), topicsAsked(asked.Get("about")), place)
	if errors.Is(err, live.ErrFull) {
		w.Header().Set("Retry-After", "60")
		http.Error(w, english.say("live.full", live.MaxPages), http.StatusTooManyRequests)
		return
	}
	defer page.Leave()
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(p.Ended, cancel)()
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no") // a proxy must not wait for more
	retry := liveRetry + rand.N(liveRetry)    // spreads load, guards nothing
	p.converse(ctx, w, r, page, fmt.Sprintf("retry: %d\n\n", retry.Milliseconds()))
}

// converse tells a page of news until it goes, its session ends, or it is too slow.
func (p *pages) converse(ctx context.Context, w http.ResponseWriter, r reading, page *live.Listener, first string) {
	out := http.NewResponseController(w)
	say := func(message string) error {
		if err := out.SetWriteDeadline(time.Now().Add(livePatience)); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return err
		}
		if _, err := w.Write([]byte(message)); err != nil {
			return err
		}
		return out.Flush()
	}
	if say(first) != nil {
		return
	}
	for said := time.Now(); ; {
		_, err := page.Wait(ctx, time.Until(said.Add(liveSilence)))
		if err != nil {
			return
		}
		now := p.reading(r.Request)
		if !now.reads || now.who.By() != r.who.By() || now.who.Partner != r.who.Partner {
			return
		}
		place, news := page.News(now.who)
		switch {
		case news:
			err = say("id: " + place + "\ndata: new\n\n")
		case time.Since(said) >= liveSilence:
			err = say("id: " + place + "\n\n") // an id alone is no message
		default:
			continue
		}
		if err != nil {
			return
		}
		said = time.Now()
	}
}

// readerOf is whose pages are counted together: those of one who is signed in, and
// of guests those of one source. Behind a proxy on this machine guests are not told
// apart, and not counted.
func readerOf(r reading) string {
	if by := r.who.By(); by != "" {
		return by
	}
	from := ratelimit.Source(r.RemoteAddr)
	if from.Addr().IsLoopback() {
		return ""
	}
	return from.String()
}
