package api

import (
	"context"
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

const (
	// keepAlive is the beat at which a stream that has nothing to say sends
	// an empty line, so that both ends learn of a connection that is gone.
	keepAlive = 15 * time.Second
	// slowest is how long a reader may take to accept what is sent.
	slowest = 30 * time.Second
)

func (a *API) stream() {
	a.mux.HandleFunc("GET "+prefix+"/stream", a.serveStream)
	a.huma.OpenAPI().AddOperation(&huma.Operation{
		OperationID: "stream", Method: http.MethodGet, Path: "/stream",
		Summary:     "Follow the change stream",
		Description: "One JSON line an entry that is released to the caller, from the beginning or after a cursor; empty lines keep the connection alive. Needs the role viewer.",
		Parameters: []*huma.Param{
			{Name: "after", In: "query", Description: "the cursor of the last line that was read", Schema: &huma.Schema{Type: huma.TypeString}},
			{Name: "kinds", In: "query", Description: "only these kinds of entry, separated by commas; a cursor belongs to its kinds", Schema: &huma.Schema{Type: huma.TypeString}},
			{Name: "follow", In: "query", Description: "false: end when there is nothing more for now", Schema: &huma.Schema{Type: huma.TypeBoolean}},
		},
		Responses: map[string]*huma.Response{"200": {Description: "JSON lines", Content: map[string]*huma.MediaType{"application/x-ndjson": {}}}},
	})
}

func (a *API) serveStream(w http.ResponseWriter, r *http.Request) {
	who := principal(r.Context())
	kinds, reader := streamReader(who, r.URL.Query().Get("kinds"))
	at, err := a.streamStart(r, reader)
	if err != nil {
		writeProblem(w, err)
		return
	}
	out := newLineWriter(w)
	next := a.Codec.Writer(reader, at)
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(a.Ended, cancel)()
	entries := a.Views.Follow(ctx, at.Seq, r.URL.Query().Get("follow") != "false", keepAlive, out.flush)
	release := newReleaser(who)
	for e, err := range entries {
		if err != nil {
			return // the reader resumes with its last cursor
		}
		if len(kinds) > 0 && !slices.Contains(kinds, e.Kind) || !release.may(e) {
			continue
		}
		line, err := next.Next(e)
		if err != nil || out.write(line) != nil {
			return
		}
	}
}

// streamReader is what a cursor is bound to: who reads, and what of it.
func streamReader(who access.Principal, list string) ([]ledger.Kind, string) {
	var kinds []ledger.Kind
	for k := range strings.SplitSeq(list, ",") {
		if k = strings.TrimSpace(k); k != "" {
			kinds = append(kinds, ledger.Kind(k))
		}
	}
	slices.Sort(kinds)
	return kinds, fmt.Sprintf("%s %s %v", who.Partner, who.Role, kinds)
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
	for e, err := range a.Views.Ledger.Read(r.Context(), at.Seq-1) {
		if err != nil {
			return stream.Position{}, err
		}
		if at.Matches(e) {
			return at, nil
		}
		break
	}
	return stream.Position{}, fmt.Errorf("%w: after: this hub's ledger does not hold what the cursor was made for (was it restored from a backup?); start again without after", errGone)
}

// releaser remembers which audiences the reader may see.
type releaser struct {
	who  access.Principal
	seen map[releaseKey]bool
}

type releaseKey struct{ actor, audience string }

func newReleaser(who access.Principal) *releaser {
	return &releaser{who: who, seen: map[releaseKey]bool{}}
}

func (r *releaser) may(e ledger.Entry) bool {
	key := releaseKey{e.Actor, e.Audience}
	may, known := r.seen[key]
	if !known {
		a, err := access.ParseAudience(e.Audience)
		may = err == nil && r.who.MaySee(access.PartnerID(e.Actor), a)
		r.seen[key] = may
	}
	return may
}

// lineWriter sends what has been written when there is nothing more for now.
type lineWriter struct {
	w       http.ResponseWriter
	control *http.ResponseController
	dirty   bool
}

func newLineWriter(w http.ResponseWriter) *lineWriter {
	w.Header().Set("Content-Type", "application/x-ndjson")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no")
	return &lineWriter{w: w, control: http.NewResponseController(w), dirty: true}
}

func (l *lineWriter) write(line []byte) error {
	l.dirty = true
	_ = l.control.SetWriteDeadline(time.Now().Add(slowest))
	_, err := l.w.Write(line)
	return err
}

// flush sends what is waiting; at a tick an empty line when nothing is.
func (l *lineWriter) flush(tick bool) error {
	if !l.dirty && !tick {
		return nil
	}
	_ = l.control.SetWriteDeadline(time.Now().Add(slowest))
	if !l.dirty {
		if _, err := l.w.Write([]byte("\n")); err != nil {
			return err
		}
	}
	l.dirty = false
	return l.control.Flush()
}
