package client

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/hashset"
	"github.com/tocsin-project/tocsin/internal/observable"
)

func setOf(t *testing.T, fingerprints ...uint64) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := hashset.NewWriter(&out, uint64(len(fingerprints)))
	for _, f := range fingerprints {
		err = errors.Join(err, w.Add(f))
	}
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// A set that is damaged, cut off, too large or never ends is an error, and
// there is then no set; the next that is sound is taken.
func TestIndicatorSetIsWholeOrNone(t *testing.T) {
	whole := setOf(t, 1, 2, 1<<63)
	damaged := bytes.Clone(whole)
	damaged[len(damaged)/2] ^= 4
	huge := bytes.Clone(whole)
	huge[16+4] = 1 // 2^32 of them
	var serve http.HandlerFunc
	c := fakeHub(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"a"`)
		serve(w, r)
	})
	c.patience = 50 * time.Millisecond
	send := func(text []byte, after func(*http.Request)) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write(text)
			_ = http.NewResponseController(w).Flush()
			if after != nil {
				after(r)
			}
		}
	}
	for name, tt := range map[string]struct {
		serve http.HandlerFunc
		want  error // nil: any
	}{
		"cut off":             {send(whole[:len(whole)-3], nil), hashset.ErrInvalid},
		"broken off":          {send(whole[:len(whole)-3], func(*http.Request) { panic(http.ErrAbortHandler) }), nil},
		"whole, broken off":   {send(whole, func(*http.Request) { panic(http.ErrAbortHandler) }), nil},
		"damaged":             {send(damaged, nil), hashset.ErrInvalid},
		"something behind it": {send(append(bytes.Clone(whole), 0), nil), hashset.ErrInvalid},
		"too large":           {send(huge, nil), hashset.ErrInvalid},
		"a page":              {send([]byte(strings.Repeat("<html>", 9)), nil), hashset.ErrInvalid},
		"nothing":             {send(nil, nil), hashset.ErrInvalid},
		"silence":             {send(whole[:9], func(r *http.Request) { <-r.Context().Done() }), errSilent},
	} {
		serve = tt.serve
		if set, _, err := c.IndicatorSet(t.Context(), ""); err == nil || set != nil || tt.want != nil && !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, %v", name, set, err)
		}
	}
	serve = send(whole, nil)
	set, tag, err := c.IndicatorSet(t.Context(), "")
	if err != nil || set.Len() != 3 || tag != `"a"` {
		t.Errorf("%v, %s, %v", set, tag, err)
	}
	serve = func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
		}
	}
	if set, same, err := c.IndicatorSet(t.Context(), tag); err != nil || set != nil || same != tag {
		t.Errorf("not modified: %v, %s, %v", set, same, err)
	}
}

// Fingerprints are written with all their digits.
func TestNamedBy(t *testing.T) {
	c := fakeHub(t, func(w http.ResponseWriter, r *http.Request) {
		var text bytes.Buffer
		if _, err := text.ReadFrom(r.Body); err != nil || text.String() != `{"fingerprints":["0000000000000001","ffffffffffffffff"]}` {
			t.Errorf("asked: %s, %v", &text, err)
		}
		fmt.Fprint(w, `{"indicators":[{"id":"indicator--1","type":"domain-name","value":"evil.example","fingerprint":"0000000000000001"}]}`)
	})
	named, err := c.NamedBy(t.Context(), []uint64{1, 1<<64 - 1})
	if want := (Named{"indicator--1", observable.Value{Type: observable.Domain, Text: "evil.example"}}); err != nil || len(named) != 1 || named[0] != want {
		t.Errorf("%v, %v", named, err)
	}
}
