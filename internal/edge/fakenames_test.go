package edge_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/client"
	"github.com/tocsin-project/tocsin/internal/edge"
	"github.com/tocsin-project/tocsin/internal/hashset"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/telemetry"
)

// namer is a hub of indicators, each named by its value's text.
type namer struct {
	mu     sync.Mutex
	values []observable.Value
	others []client.Named // are named whatever was asked
	away   error
	pace   time.Duration // of an answer
	calls  int           // for names
	asked  int           // fingerprints
	sets   int
}

func (n *namer) set(change func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	change()
}

// IndicatorSet implements edge.Names.
func (n *namer) IndicatorSet(_ context.Context, have string) (*hashset.Set, string, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.sets++; n.away != nil {
		return nil, "", n.away
	}
	tag := fmt.Sprint(len(n.values))
	if have == tag {
		return nil, tag, nil
	}
	var all []uint64
	for _, v := range n.values {
		all = append(all, hashset.Fingerprint(string(v.Type), v.Text))
		if p, ok := v.Prefix(); ok && !p.IsSingleIP() {
			all = append(all, hashset.PrefixLength(string(v.Type), p.Bits()))
		}
	}
	slices.Sort(all)
	all = slices.Compact(all)
	var text bytes.Buffer
	w, err := hashset.NewWriter(&text, uint64(len(all)))
	for _, f := range all {
		err = errors.Join(err, w.Add(f))
	}
	if err = errors.Join(err, w.Close()); err != nil {
		return nil, "", err
	}
	set, err := hashset.Load(&text, hashset.Most)
	return set, tag, err
}

// NamedBy implements edge.Names.
func (n *namer) NamedBy(ctx context.Context, fingerprints []uint64) ([]client.Named, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.calls++
	n.asked += len(fingerprints)
	if n.away != nil {
		return nil, n.away
	}
	named := slices.Clone(n.others)
	for _, v := range n.values {
		if slices.Contains(fingerprints, hashset.Fingerprint(string(v.Type), v.Text)) {
			named = append(named, client.Named{ID: v.Text, Value: v})
		}
	}
	n.mu.Unlock()
	defer n.mu.Lock()
	select {
	case <-time.After(n.pace):
		return named, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// answers gathers what is told.
type answers struct {
	mu  sync.Mutex
	all []edge.Answer
}

func (a *answers) take(one edge.Answer) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.all = append(a.all, one)
}

func (a *answers) list() []edge.Answer {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.all)
}

func values(t rapid.TB, texts ...string) (all []observable.Value) {
	for _, text := range texts {
		v, err := observable.Infer(text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
	return all
}

// shown is an event with observables.
func shown(t rapid.TB, texts ...string) *telemetry.Event {
	e := &telemetry.Event{Source: netip.MustParseAddr("203.0.113.9"), Time: day}
	for i, v := range values(t, texts...) {
		e.Observables = append(e.Observables, telemetry.Seen{Value: v, Raw: texts[i], Field: fmt.Sprint("f", i)})
	}
	return e
}

// bootstrapped has one run until the end of the test; it is to be called in a
// bubble.
func bootstrapped(t *testing.T, n *namer) (*edge.Bootstrap, *edge.Asker, *answers) {
	b := edge.NewBootstrap(edge.BootstrapConfig{Hub: n, Logger: slog.New(slog.DiscardHandler)})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		b.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
	})
	heard := &answers{}
	time.Sleep(2 * time.Second) // of the bubble's time: the stream has had its time
	synctest.Wait()
	return b, b.Asker(heard.take), heard
}

func found(a edge.Answer) (ids []string) {
	for _, h := range a.Hits {
		ids = append(ids, h.Indicator.ID+" "+h.Field)
	}
	return ids
}
