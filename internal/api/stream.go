package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/stream"
)

// keepAlive is the beat at which a stream that has nothing to say sends an
// empty line, so that both ends learn of a connection that is gone.
const keepAlive = 15 * time.Second

func (a *API) stream() {
	a.mux.HandleFunc("GET "+prefix+"/stream", a.serveStream)
	a.huma.OpenAPI().AddOperation(&huma.Operation{
		OperationID: "stream", Method: http.MethodGet, Path: "/stream",
		Summary:     "Follow the change stream",
		Description: "One JSON line an entry that is released to the caller, from the beginning or after a cursor; empty lines keep the connection alive. Needs the role viewer.",
		Parameters: []*huma.Param{
			{Name: "after", In: "query", Description: "the cursor of the last line that was read", Schema: &huma.Schema{Type: huma.TypeString}},
			{Name: "kinds", In: "query", Description: "only these kinds of entry, separated by commas; contribution.accepted/indicator and the like: of contributions only objects of that STIX type; a cursor belongs to its kinds", Schema: &huma.Schema{Type: huma.TypeString}},
			{Name: "audiences", In: "query", Description: "true: of contributions, who may be told: for who hands on what it is told; a cursor belongs to one or the other", Schema: &huma.Schema{Type: huma.TypeBoolean}},
			{Name: "follow", In: "query", Description: "false: end when there is nothing more for now", Schema: &huma.Schema{Type: huma.TypeBoolean}},
		},
		Responses: map[string]*huma.Response{"200": {Description: "JSON lines", Content: map[string]*huma.MediaType{"application/x-ndjson": {}}}, "default": a.failures()},
	})
}

func (a *API) serveStream(w http.ResponseWriter, r *http.Request) {
	who := principal(r.Context())
	kinds, reader := streamReader(who, r.URL.Query().Get("kinds"))
	follow, err := flag(r.URL.Query(), "follow", true)
	marked, wrong := flag(r.URL.Query(), "audiences", false)
	if marked {
		reader += " audiences"
	}
	var at stream.Position
	if err = errors.Join(err, wrong); err == nil {
		at, err = a.streamStart(r, reader)
	}
	if err != nil {
		a.writeProblem(w, err)
		return
	}
	if a.Hub != "" {
		w.Header().Set(stream.HubHeader, a.Hub)
	}
	t := &teller{API: a, request: r, kinds: kinds, marked: marked, next: a.Codec.Writer(reader, at), out: newLineWriter(w, a.Patience)}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(a.Ended, cancel)()
	a.followers.Add(1)
	defer a.followers.Add(-1)
	for e, err := range a.Views.Follow(ctx, at.Seq, kinds.alone(), follow, keepAlive, t.out.flush) {
		if err == nil {
			err = t.tell(e)
		}
		if err != nil {
			breakOff()
		}
	}
	if ctx.Err() != nil {
		breakOff()
	}
}

// Followers is how many readers the change stream has now.
func (a *API) Followers() int64 { return a.followers.Load() }

// breakOff ends an answer so that the reader sees that it is not whole: a
// stream that ends in order has told everything. The reader goes on after its
// last cursor.
func breakOff() { panic(http.ErrAbortHandler) }

// streamReader is what a cursor is bound to: who reads, and what of it.
func streamReader(who access.Principal, list string) (kinds selection, reader string) {
	var names []string
	for name := range strings.SplitSeq(list, ",") {
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	return selected(names), fmt.Sprintf("%s %s %s", who.Partner, who.Role, strings.Join(names, ","))
}

func (a *API) streamStart(r *http.Request, reader string) (stream.Position, error) {
	after := r.URL.Query().Get("after")
	if after == "" {
		return stream.Position{}, nil
	}
	at, err := a.Codec.Parse(reader, after)
	if err != nil {
		return stream.Position{}, fmt.Errorf("%w: after: %w", errInvalid, err)
	}
	if at.Seq == 0 {
		return at, nil // the beginning
	}
	if a.Reach != nil && a.Reach(r.Context(), at.Seq) != nil {
		return stream.Position{}, later(huma.Error503ServiceUnavailable("this node has not yet what you have read: ask again, or ask another"), time.Second)
	}
	e, err := a.Views.Entry(r.Context(), at.Seq)
	switch {
	case err == nil && at.Matches(e):
		return at, nil
	case err != nil && !errors.Is(err, ledger.ErrNoEntry):
		return stream.Position{}, err
	}
	return stream.Position{}, fmt.Errorf("%w: after: this hub's ledger does not hold what the cursor was made for (was it restored from a backup?); start again without after", errGone)
}

// lineWriter sends what has been written when there is nothing more for now.
type lineWriter struct {
	w        http.ResponseWriter
	control  *http.ResponseController
	patience time.Duration // with one write
	dirty    bool
}

func newLineWriter(w http.ResponseWriter, patience time.Duration) *lineWriter {
	w.Header().Set("Content-Type", "application/x-ndjson")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no")
	return &lineWriter{w: w, control: http.NewResponseController(w), patience: patience, dirty: true}
}

func (l *lineWriter) write(line []byte) error {
	l.dirty = true
	_ = l.control.SetWriteDeadline(time.Now().Add(l.patience))
	_, err := l.w.Write(line)
	return err
}

// flush sends what is waiting; at a tick an empty line when nothing is.
func (l *lineWriter) flush(tick bool) error {
	if !l.dirty && !tick {
		return nil
	}
	_ = l.control.SetWriteDeadline(time.Now().Add(l.patience))
	if !l.dirty {
		if _, err := l.w.Write([]byte("\n")); err != nil {
			return err
		}
	}
	l.dirty = false
	return l.control.Flush()
}
