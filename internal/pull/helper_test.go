package pull_test

import (
	"context"
	"errors"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/dial"
	"github.com/tocsin-project/tocsin/internal/intake"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
	"github.com/tocsin-project/tocsin/internal/pull"
	"github.com/tocsin-project/tocsin/stix"
)

const partner = access.PartnerID("identity--7b1e3a52-4c0d-4a43-9a52-0e3f1c9b2d11")

// hub is what a Puller needs of one, on a ledger of its own.
type hub struct {
	t      *testing.T
	path   string
	ledger *sqlite.Ledger

	mu     sync.Mutex
	known  map[string]bool // contributions
	refuse error           // of Contribute, if not nil
	wrote  chan struct{}   // is told of each step that is recorded, if not nil
}

func newHub(t *testing.T) *hub {
	t.Helper()
	h := &hub{t: t, path: filepath.Join(t.TempDir(), "ledger"), known: map[string]bool{}}
	h.open()
	t.Cleanup(func() { h.ledger.Close() })
	return h
}

func (h *hub) open() {
	h.t.Helper()
	l, err := sqlite.Open(h.path, sqlite.Options{})
	if err != nil {
		h.t.Fatal(err)
	}
	h.ledger = l
}

// restart closes the ledger and opens it again.
func (h *hub) restart() {
	h.t.Helper()
	if err := h.ledger.Close(); err != nil {
		h.t.Fatal(err)
	}
	h.open()
}

func (h *hub) append(ctx context.Context, drafts ...ledger.Draft) ([]ledger.Entry, error) {
	es, err := h.ledger.Append(ctx, ledger.Any, drafts...)
	if h.wrote != nil && drafts[0].Kind == pull.KindPulled {
		h.wrote <- struct{}{}
	}
	return es, err
}

func (h *hub) contribute(ctx context.Context, _ access.PartnerID, o intake.Outcome) (bool, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.refuse != nil {
		return false, h.refuse
	}
	if h.known[o.ID] {
		return true, nil
	}
	_, err := h.append(ctx, o.Drafts...)
	h.known[o.ID] = err == nil
	return false, err
}

// puller gives a Puller that may connect to loopback.
func (h *hub) puller(sources ...pull.Config) *pull.Puller {
	h.t.Helper()
	return h.pullerWith(dial.Policy{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}, sources...)
}

func (h *hub) pullerWith(policy dial.Policy, sources ...pull.Config) *pull.Puller {
	h.t.Helper()
	p, err := pull.New(sources, pull.Deps{
		Ledger: h.ledger, Append: h.append, Contribute: h.contribute, Policy: policy,
		Partner: func(name string) (access.PartnerID, bool) { return partner, name == "cert" || name == string(partner) },
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return p
}

// objects gives the ids of all objects that were contributed, in order.
func (h *hub) objects() (ids []string) {
	h.t.Helper()
	for e, err := range h.ledger.Read(h.t.Context(), 0, contribution.KindAccepted) {
		if err != nil {
			h.t.Fatal(err)
		}
		var part contribution.Part
		if err := json.Unmarshal(e.Body, &part); err != nil {
			h.t.Fatal(err)
		}
		if e.Actor != string(partner) {
			h.t.Errorf("entry %d is by %s", e.Seq, e.Actor)
		}
		for _, raw := range part.Objects {
			head, err := stix.ParseHeader(raw)
			if err != nil {
				h.t.Fatal(err)
			}
			ids = append(ids, head.ID)
		}
	}
	return ids
}

// pulled gives what was recorded of pulls.
func (h *hub) pulled() (steps []pull.Pulled) {
	h.t.Helper()
	for e, err := range h.ledger.Read(h.t.Context(), 0, pull.KindPulled) {
		if err != nil {
			h.t.Fatal(err)
		}
		var step pull.Pulled
		if err := json.Unmarshal(e.Body, &step); err != nil {
			h.t.Fatal(err)
		}
		if e.Actor != "hub" || e.Audience != "" {
			h.t.Errorf("entry %d is by %q for %q", e.Seq, e.Actor, e.Audience)
		}
		steps = append(steps, step)
	}
	return steps
}

func once(t *testing.T, p *pull.Puller, name string) {
	t.Helper()
	if err := p.Once(t.Context(), name); err != nil {
		t.Fatal(err)
	}
}

// wantError fails the test unless err is of the kind and says all parts.
func wantError(t *testing.T, err, kind error, parts ...string) {
	t.Helper()
	if err == nil || kind != nil && !errors.Is(err, kind) {
		t.Fatalf("error is %v, want one of the kind %v", err, kind)
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			t.Fatalf("error %q does not say %q", err, p)
		}
	}
}
