package federation_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/tocsin-project/tocsin/internal/federation"
	"github.com/tocsin-project/tocsin/internal/translog"
)

// The other hub's log may grow; it may not shrink, nor become another.
func TestTheOthersLogGoesOn(t *testing.T) {
	keyFile := filepath.Join(t.TempDir(), "log.key")
	grow := func(l *translog.Log, from, to int, what string) {
		t.Helper()
		var list [][]byte
		for i := range to - from {
			list = append(list, fmt.Appendf(nil, "%s %d", what, from+i))
		}
		if _, err := l.Append(t.Context(), list...); err != nil {
			t.Fatal(err)
		}
	}
	open := func() *translog.Log {
		t.Helper()
		l, err := translog.OpenFile(t.TempDir(), keyFile, "hub.example/log")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		return l
	}
	var served atomic.Pointer[translog.Log]
	one := open()
	served.Store(one)
	server := httptest.NewServer(http.StripPrefix("/log", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		served.Load().Handler().ServeHTTP(w, r)
	})))
	defer server.Close()
	keys := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(keys, []byte("log "+one.Keys()[0]+"\nquorum none\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f := follower(t, ours, func(c *federation.Config) { c.URL, c.Trust = server.URL, keys })
	for _, size := range []int{0, 1, 300, 300, 700, 66_000} {
		if have := int(one.Tree().Size); size > have {
			grow(one, have, size, "entry")
		}
		if err := f.Look(t.Context()); err != nil {
			t.Fatalf("at size %d: %v", size, err)
		}
		if got := f.Log(); got.Size != int64(size) || !got.Seen.Equal(now) {
			t.Errorf("it is known as %+v, of size %d", got, size)
		}
	}
	fork := open()
	for _, size := range []int{0, 300, 66_000, 66_001} { // smaller, of the same size, and larger
		if have := int(fork.Tree().Size); size > have {
			grow(fork, have, size, "other")
		}
		served.Store(fork)
		if err := f.Look(t.Context()); !errors.Is(err, federation.ErrContrary) {
			t.Errorf("another log of size %d: %v", size, err)
		}
	}
	served.Store(one)
	if err := f.Look(t.Context()); err != nil {
		t.Errorf("the log as it was: %v", err)
	}
	stranger := follower(t, ours, func(c *federation.Config) { c.URL, c.Trust = server.URL, keys+"-none" })
	if err := stranger.Look(t.Context()); err == nil || errors.Is(err, federation.ErrContrary) {
		t.Errorf("without a trust file: %v", err)
	}
	server.Close()
	if err := f.Look(t.Context()); err == nil || errors.Is(err, federation.ErrContrary) {
		t.Errorf("a log that is not to be reached: %v", err)
	}
}
