package mispfeed_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
	"github.com/tocsin-project/tocsin/internal/mispfeed"
	"github.com/tocsin-project/tocsin/internal/views"
)

const author = access.PartnerID("identity--aaaaaaaa-0000-4000-8000-000000000001")

var stranger = access.Principal{Partner: "identity--aaaaaaaa-0000-4000-8000-000000000002", Role: access.Viewer, Communities: []string{access.DefaultCommunity}}

// node opens views of a ledger in a new directory and runs them.
func node(t testing.TB) *views.Views {
	t.Helper()
	dir, log := t.TempDir(), slog.New(slog.DiscardHandler)
	l, err := sqlite.Open(filepath.Join(dir, "ledger.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	v, err := views.Open(t.Context(), l, views.Config{Catalog: filepath.Join(dir, "catalog.db"), Clock: time.Now, Logger: log})
	if err != nil {
		t.Fatal(errors.Join(err, l.Close()))
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- v.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := errors.Join(<-ended, v.Close(), l.Close()); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return v
}

func contribute(t testing.TB, v *views.Views, text string) {
	t.Helper()
	contributeBy(t, v, author, text)
}

// events are MISP events of 100 indicators each.
func events(first, count int) string {
	var b strings.Builder
	b.WriteString(`{"response":[`)
	for e := first; e < first+count; e++ {
		if e > first {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"Event":{"uuid":"bbbbbbbb-0000-4000-8000-%012x","info":"event %d","date":"2024-01-01","timestamp":"1704100000","published":true,"Attribute":[`, e, e)
		for a := range 100 {
			if a > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, `{"uuid":"cccccccc-0000-4000-8000-%06x%06x","type":"domain","category":"Network activity","to_ids":true,"timestamp":"1704100000","value":"h%d.e%d.example","comment":"seen"}`, e, a, a, e)
		}
		b.WriteString("]}}")
	}
	return b.String() + "]}"
}

func ask(t testing.TB, f http.Handler, name string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	f.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/"+name, nil))
	return w
}

func newFeed(v *views.Views, newest int) *mispfeed.Feed {
	return mispfeed.New(mispfeed.Config{
		Views: v, Principal: func(context.Context) access.Principal { return stranger }, Events: newest, Clock: time.Now, Logger: slog.New(slog.DiscardHandler),
	})
}

// What the feed costs with 1,000 events of 100 attributes, some 100,000
// objects: the first question of a kind of reader, and those that follow.
func BenchmarkFeed(b *testing.B) {
	v := node(b)
	const contributions, each = 20, 50
	for i := range contributions {
		contribute(b, v, events(i*each, each))
	}
	want := func(b *testing.B, f http.Handler, name string) {
		b.Helper()
		if w := ask(b, f, name); w.Code != http.StatusOK || w.Body.Len() < 1000 {
			b.Fatalf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	b.Run("first manifest", func(b *testing.B) {
		for b.Loop() {
			want(b, newFeed(v, 0), "manifest.json")
		}
	})
	b.Run("index", func(b *testing.B) {
		var before, after runtime.MemStats
		for b.Loop() {
			runtime.GC()
			runtime.ReadMemStats(&before)
			f := newFeed(v, 0)
			want(b, f, "manifest.json")
			runtime.GC()
			runtime.ReadMemStats(&after)
			runtime.KeepAlive(f)
		}
		b.ReportMetric(float64(after.HeapAlloc-min(before.HeapAlloc, after.HeapAlloc))/(1<<20), "MiB/reader")
	})
	f := newFeed(v, 0)
	want(b, f, "manifest.json")
	b.Run("unchanged manifest", func(b *testing.B) {
		for b.Loop() {
			want(b, f, "manifest.json")
		}
	})
	fresh := contributions * each
	b.Run("manifest after one new event", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			contribute(b, v, events(fresh, 1))
			fresh++
			b.StartTimer()
			want(b, f, "manifest.json")
		}
	})
	b.Run("event", func(b *testing.B) {
		for b.Loop() {
			want(b, f, "bbbbbbbb-0000-4000-8000-000000000007.json")
		}
	})
	b.Run("first hashes", func(b *testing.B) {
		for b.Loop() {
			want(b, newFeed(v, 0), "hashes.csv")
		}
	})
}
