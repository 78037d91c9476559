package feed_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tocsin-project/tocsin/internal/feed"
)

// outlet is a source whose only list can be changed and broken.
type outlet struct {
	doc *feed.Document
	err error

	asked feed.Query
}

func (o *outlet) source(_ context.Context, q feed.Query) (*feed.Document, error) {
	if q.Name != "domains.txt" {
		return nil, fmt.Errorf("outlet %s: %w", q.Name, feed.ErrNotFound)
	}
	o.asked = q
	return o.doc, o.err
}

func (o *outlet) ask(method, path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	feed.Handler(o.source).ServeHTTP(w, r)
	return w
}

func TestHandler(t *testing.T) {
	changed := time.Date(2017, 5, 12, 10, 12, 0, 0, time.UTC)
	o := &outlet{doc: feed.NewDocument([]byte("evil.example\n"), 42, changed, 3)}
	first := o.ask("GET", "/domains.txt")
	if first.Code != 200 || first.Body.String() != "evil.example\n" {
		t.Fatalf("GET: %d %q", first.Code, first.Body)
	}
	etag := first.Header().Get("ETag")
	for name, want := range map[string]string{
		"Last-Modified": "Fri, 12 May 2017 10:12:00 GMT", "Tocsin-Serial": "42", "Tocsin-Left": "3",
		"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "private, no-cache", "Content-Length": "13",
	} {
		if got := first.Header().Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if head := o.ask("HEAD", "/domains.txt"); head.Code != 200 || head.Body.Len() != 0 || head.Header().Get("ETag") != etag {
		t.Errorf("HEAD: %d, %d bytes, ETag %s", head.Code, head.Body.Len(), head.Header().Get("ETag"))
	}
	if w := o.ask("GET", "/domains.txt", "If-None-Match", etag); w.Code != 304 || w.Body.Len() != 0 {
		t.Errorf("same ETag: %d", w.Code)
	}
	if w := o.ask("GET", "/domains.txt", "If-Modified-Since", "Fri, 12 May 2017 10:12:00 GMT"); w.Code != 304 {
		t.Errorf("not modified since: %d", w.Code)
	}
	o.doc = feed.NewDocument(nil, 43, changed, 0) // everything was recalled: an empty list, and a true one
	if w := o.ask("GET", "/domains.txt", "If-None-Match", etag); w.Code != 200 || w.Body.Len() != 0 {
		t.Errorf("changed, same time: %d %q", w.Code, w.Body)
	}
}

func TestHandlerNeverGivesAnEmptyListForAnError(t *testing.T) {
	o := &outlet{err: errors.New("the view is being rebuilt")}
	w := o.ask("GET", "/domains.txt")
	if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "the view is being rebuilt") || w.Header().Get("Retry-After") == "" {
		t.Errorf("broken source: %d %q", w.Code, w.Body)
	}
	if w.Header().Get("ETag") != "" || w.Header().Get("Last-Modified") != "" {
		t.Errorf("a failure must not look like a version of the list: %v", w.Header())
	}
	if w := o.ask("GET", "/other.txt"); w.Code != 404 || !strings.Contains(w.Body.String(), `"other.txt"`) {
		t.Errorf("unknown list: %d %q", w.Code, w.Body)
	}
	if w := o.ask("POST", "/domains.txt"); w.Code != 405 || w.Header().Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: %d, Allow %q", w.Code, w.Header().Get("Allow"))
	}
}

// A reader that asks by time alone must see a recall in the same second as
// the push.
func TestRecallWithinTheSecondIsSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(300 * time.Millisecond) // the bubble's clock starts on a full second
		o := &outlet{doc: feed.NewDocument([]byte("evil.example\n"), 1, time.Now(), 0)}
		pushed := o.ask("GET", "/domains.txt")
		if got := pushed.Header().Get("Last-Modified"); got != "" {
			t.Fatalf("the second is not over, but Last-Modified is %s", got)
		}
		seen := time.Now().UTC().Format(http.TimeFormat)
		time.Sleep(300 * time.Millisecond)
		o.doc = feed.NewDocument(nil, 2, time.Now(), 0)
		time.Sleep(time.Second)
		if w := o.ask("GET", "/domains.txt", "If-Modified-Since", seen); w.Code != 200 || w.Body.Len() != 0 {
			t.Errorf("after the recall: %d %q", w.Code, w.Body)
		}
		modified := o.ask("GET", "/domains.txt").Header().Get("Last-Modified")
		if w := o.ask("GET", "/domains.txt", "If-Modified-Since", modified); w.Code != 304 {
			t.Errorf("unchanged since %s: %d", modified, w.Code)
		}
	})
}
