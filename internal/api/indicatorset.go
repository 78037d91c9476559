package api

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/zeebo/xxh3"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/catalog"
	"github.com/tocsin-project/tocsin/internal/hashset"
)

// The limits of sets. To choose one takes a second for ten million indicators
// and little memory; to send one takes as long as its reader, and holds on to
// the index as it was.
const (
	setsChosen    = 1
	setsSent      = 8
	setPatience   = 20 * time.Second // of a reader with the index, and with others before it
	setSending    = 15 * time.Minute // 53 MB at half a megabit a second
	setRetryAfter = 15 * time.Second
)

// sets hands out the fingerprints of what indicators name.
type sets struct {
	index    *indicatorIndex
	choosing chan struct{}
	sending  chan struct{}
}

func (a *API) indicators() {
	s := &sets{
		index:    &indicatorIndex{catalog: a.Views.Catalog, ended: a.Ended},
		choosing: make(chan struct{}, setsChosen), sending: make(chan struct{}, setsSent),
	}
	a.mux.HandleFunc("GET "+prefix+"/indicators/set", func(w http.ResponseWriter, r *http.Request) {
		if err := s.serve(a, w, r); err != nil {
			a.writeProblem(w, err)
		}
	})
	a.huma.OpenAPI().AddOperation(&huma.Operation{
		OperationID: "indicator-set", Method: http.MethodGet, Path: "/indicators/set",
		Summary: "Fingerprints of all values that indicators name",
		Description: "For who has to match telemetry before all indicators have come by the change stream: at most 6 bytes each. " +
			"In the set are the values of the newest versions that are released to the caller, are not revoked and have not ended, of patterns that are lists of values; " +
			"and of each length of prefixes among them the fingerprint of the type prefix-length and the text TYPE/LENGTH, such as ipv4-addr/24. " +
			"A fingerprint is a reason to ask (indicators/lookup), not an answer. While the set is being made the answer is 503. Needs the role viewer.",
		Parameters: []*huma.Param{{Name: "If-None-Match", In: "header", Description: "the ETag of the set that is there already", Schema: &huma.Schema{Type: huma.TypeString}}},
		Responses: map[string]*huma.Response{
			"200": {Description: "sorted 64-bit fingerprints in Golomb-Rice code, with a checksum", Content: map[string]*huma.MediaType{"application/octet-stream": {}}},
			"304": {Description: "The set is the same"}, "default": a.failures(),
		},
	})
	a.lookup(s)
}

func setsBusy(why string) error {
	return later(huma.Error503ServiceUnavailable(why+": try again later"), setRetryAfter)
}

// ready is the index, brought up to date if that is soon done.
func (s *sets) ready(ctx context.Context, patience time.Duration) (*indexed, error) {
	x, err := s.index.refreshed(ctx, patience)
	switch {
	case err != nil:
		return nil, err
	case x == nil:
		return nil, setsBusy("the hub is reading all indicators for the first time")
	}
	return x, nil
}

// serve answers with the caller's set. Neither the set nor a copy of the index
// is made for it: of each version a bit says that it is the caller's, and the
// index is passed twice, to count and to send.
func (s *sets) serve(a *API, w http.ResponseWriter, r *http.Request) error {
	who := principal(r.Context())
	if !who.AtLeast(access.Viewer) {
		return fmt.Errorf("%w: this needs the role %s, the token has %s", errForbidden, access.Viewer, who.Role)
	}
	c, err := s.choose(r.Context(), a, who)
	if err != nil {
		return err
	}
	unchanged := same(r.Header.Values("If-None-Match"), c.tag)
	if !unchanged && r.Method != http.MethodHead {
		select {
		case s.sending <- struct{}{}:
			defer func() { <-s.sending }()
		default:
			return setsBusy("the hub is sending sets to others")
		}
	}
	h := w.Header()
	h.Set("ETag", c.tag)
	// What one reader is released another may not be, and it may be taken back
	// at any time: no cache answers without asking.
	h.Set("Cache-Control", "private, no-cache")
	h.Set("Vary", "Authorization")
	if unchanged {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	h.Set("Content-Type", "application/octet-stream")
	h.Set("X-Content-Type-Options", "nosniff")
	if r.Method == http.MethodHead {
		return nil
	}
	control := http.NewResponseController(w)
	_ = control.SetWriteDeadline(time.Now().Add(setSending))
	defer func() { _ = control.SetWriteDeadline(time.Time{}) }()
	if err := c.send(w); err != nil {
		breakOff()
	}
	return nil
}

// choose finds out what is the caller's.
func (s *sets) choose(ctx context.Context, a *API, who access.Principal) (*chosenSet, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*setPatience)
	defer cancel()
	x, err := s.ready(ctx, setPatience)
	if err != nil {
		return nil, err
	}
	select {
	case s.choosing <- struct{}{}:
		defer func() { <-s.choosing }()
	case <-ctx.Done():
		return nil, setsBusy("the hub is making sets for others")
	}
	return chooseSet(ctx, x, a.Views.Catalog, who, a.Clock())
}

// same says whether one of the tags is the tag; the comparison is the weak one
// (RFC 9110, section 13.1.2).
func same(lists []string, tag string) bool {
	for _, list := range lists {
		for one := range strings.SplitSeq(list, ",") {
			if one = strings.TrimSpace(one); one == "*" || strings.TrimPrefix(one, "W/") == tag {
				return true
			}
		}
	}
	return false
}

// chosenSet is what of an index is one caller's at a moment.
type chosenSet struct {
	*indexed
	shown  []uint64 // a bit for each version
	second int64    // since 1970
	n      uint64   // fingerprints
	// tag is a hash of them: what was added for others, or names nothing new,
	// leaves the set as it was, and what ends with time does not.
	tag string
}

func chooseSet(ctx context.Context, x *indexed, c *catalog.Catalog, who access.Principal, now time.Time) (*chosenSet, error) {
	out := &chosenSet{indexed: x, shown: make([]uint64, x.last/64+1), second: now.Unix()}
	err := c.Shown(ctx, who, "indicator", func(n catalog.Number) {
		if n <= x.last {
			out.shown[n/64] |= 1 << (n % 64)
		}
	})
	if err != nil {
		return nil, err
	}
	sum := xxh3.New()
	buffer := make([]byte, 0, 8<<10)
	for fingerprint := range out.each {
		out.n++
		if buffer = binary.LittleEndian.AppendUint64(buffer, fingerprint); len(buffer) == cap(buffer) {
			_, _ = sum.Write(buffer) // a hash takes all
			buffer = buffer[:0]
		}
	}
	_, _ = sum.Write(buffer)
	whole := sum.Sum128().Bytes()
	out.tag = `"` + hex.EncodeToString(whole[:]) + `"`
	return out, nil
}

// each yields the fingerprints in order, each once.
func (c *chosenSet) each(yield func(uint64) bool) {
	runs := make([][]named, 0, len(c.runs))
	for _, run := range c.runs {
		if run = c.next(run); len(run) > 0 {
			runs = append(runs, run)
		}
	}
	before, any := uint64(0), false
	for len(runs) > 0 {
		least := 0
		for i := 1; i < len(runs); i++ {
			if runs[i][0].fingerprint < runs[least][0].fingerprint {
				least = i
			}
		}
		fingerprint := runs[least][0].fingerprint
		if !any || fingerprint != before {
			if !yield(fingerprint) {
				return
			}
			before, any = fingerprint, true
		}
		if runs[least] = c.next(runs[least][1:]); len(runs[least]) == 0 {
			runs = append(runs[:least], runs[least+1:]...)
		}
	}
}

// next leaves out what is not the caller's, or has ended.
func (c *chosenSet) next(run []named) []named {
	for i := range run {
		if n := &run[i]; c.shown[n.version/64]>>(n.version%64)&1 == 1 && !n.ended(c.second) {
			return run[i:]
		}
	}
	return nil
}

func (c *chosenSet) send(w http.ResponseWriter) error {
	out, err := hashset.NewWriter(w, c.n)
	if err != nil {
		return err
	}
	for fingerprint := range c.each {
		if err := out.Add(fingerprint); err != nil {
			return err
		}
	}
	return out.Close()
}
