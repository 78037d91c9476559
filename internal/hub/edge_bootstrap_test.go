package hub_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/client"
	"github.com/tocsin-project/tocsin/internal/edge"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/telemetry"
)

// An edge that has nothing yet finds what partners know by the hub's set and
// its word, and not what is for others.
func TestAnEdgeMatchesBeforeItKnows(t *testing.T) {
	h := startHub(t, "")
	_, bank := h.partner("Bank 01", "financial-services", "DE", "contributor")
	_, reader := h.partner("Hospital 01", "healthcare", "GB", "contributor")
	h.contribute(bank, "tlp=green", "evil.example", "198.51.100.0/24", "192.0.2.9")
	h.contribute(bank, "tlp=red", "secret.example")
	c, err := client.New(h.URL(), reader)
	if err != nil {
		t.Fatal(err)
	}
	b := edge.NewBootstrap(edge.BootstrapConfig{Hub: c, After: time.Nanosecond, Logger: slog.New(slog.NewTextHandler(testLog{t}, nil))})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); b.Run(ctx) }()
	defer func() { cancel(); <-ended }()
	if err := b.Ready(patience(t)); err != nil {
		t.Fatal(err)
	}
	answers := make(chan edge.Answer, 10)
	a := b.Asker(func(one edge.Answer) { answers <- one })
	event := &telemetry.Event{Source: netip.MustParseAddr("203.0.113.9")}
	for i, text := range []string{"secret.example", "evil.example", "sub.evil.example", "198.51.100.200", "192.0.2.9", "192.0.2.10"} {
		v, err := observable.Infer(text)
		if err != nil {
			t.Fatal(err)
		}
		event.Observables = append(event.Observables, telemetry.Seen{Value: v, Raw: text, Field: fmt.Sprint("f", i)})
	}
	if diff := cmp.Diff([]bool{false, true, false, true, true, false}, a.Ask(event, 1, nil)); diff != "" {
		t.Fatal(diff)
	}
	select {
	case one := <-answers:
		var found []string
		for _, hit := range one.Hits {
			found = append(found, hit.Field+" "+hit.Indicator.Text)
		}
		if diff := cmp.Diff([]string{"f1 evil.example", "f3 198.51.100.0/24", "f4 192.0.2.9"}, found); diff != "" || len(one.Open) > 0 {
			t.Errorf("%+v: %s", one, diff)
		}
	case <-patience(t).Done():
		t.Fatal("there is no answer")
	}
}
