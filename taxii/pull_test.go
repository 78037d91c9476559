package taxii_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/taxii"
)

// A caller that keeps the cursor after each page, and dies at any moment, goes
// on with nothing missed and no page twice that it had kept.
func TestPullGoesOnAfterADeath(t *testing.T) {
	m := filled(25)
	died := errors.New("died")
	for object := 1; object <= 25; object++ {
		c := serve(handler(m))
		c.PageSize = 4
		var got []string
		var kept []byte
		n, from := 0, 0
		p := taxii.Pulling{
			Object: func(raw jsontext.Value) error {
				if n++; n == object {
					return died
				}
				got = append(got, string(raw))
				return nil
			},
			Page: func(next taxii.Cursor) (err error) {
				from = len(got)
				kept, err = json.Marshal(next)
				return err
			},
		}
		if _, err := c.PullWith(context.Background(), hub+sharedURL, taxii.Cursor{}, p); err != died {
			t.Fatalf("pull: %v, want the error as it is", err)
		}
		var since taxii.Cursor
		if kept != nil {
			if err := json.Unmarshal(kept, &since); err != nil {
				t.Fatal(err)
			}
		}
		got = got[:from] // the page that was not kept is given again
		if _, err := c.PullWith(context.Background(), hub+sharedURL, since, p); err != nil || !slices.Equal(got, raws(m.items)) {
			t.Errorf("died at object %d: %v, %d objects in the end, want %d, each once", object, err, len(got), len(m.items))
		}
	}
	c := serve(handler(m))
	c.PageSize = 10
	at, err := c.PullWith(context.Background(), hub+sharedURL, taxii.Cursor{}, taxii.Pulling{
		Object: func(jsontext.Value) error { return nil }, Page: func(taxii.Cursor) error { return died },
	})
	if err != died || at != (taxii.Cursor{}) {
		t.Errorf("a cursor that cannot be kept: %v, at %+v", err, at)
	}
}

func TestPullWithFilter(t *testing.T) {
	m := filled(10)
	for i := range 10 {
		m.put(indicator(i, 1))
	}
	c := serve(handler(m))
	c.PageSize = 3
	for want, f := range map[int]taxii.Filter{
		10: {}, 20: {Versions: taxii.Versions{All: true}}, 0: {Types: []string{"malware"}}, 2: {IDs: []string{m.items[1].ID, m.items[5].ID}},
		1: {IDs: []string{m.items[1].ID}, Versions: taxii.Versions{At: []time.Time{started}}},
	} {
		got := 0
		_, err := c.PullWith(context.Background(), hub+sharedURL, taxii.Cursor{}, taxii.Pulling{Filter: f, Object: func(jsontext.Value) error {
			got++
			return nil
		}})
		if err != nil || got != want {
			t.Errorf("%+v: %d objects, %v; want %d", f, got, err, want)
		}
	}
}

func TestLook(t *testing.T) {
	m := threeVersions()
	c := serve(handler(m))
	c.PageSize = 1
	ctx, id := context.Background(), m.items[1].ID
	if found, err := c.Collection(ctx, hub+sharedURL); err != nil || found.ID != shared || !found.CanRead {
		t.Errorf("collection: %+v, %v", found, err)
	}
	if found, err := c.Object(ctx, hub+sharedURL, id, taxii.Versions{All: true}); err != nil || len(found) != 3 {
		t.Errorf("object: %d versions, %v", len(found), err)
	}
	if found, err := c.Object(ctx, hub+sharedURL, id, taxii.Versions{}); err != nil || len(found) != 1 || string(found[0]) != string(m.items[3].Raw) {
		t.Errorf("object: %s, %v", found, err)
	}
	if found, err := c.Versions(ctx, hub+sharedURL, id); err != nil || len(found) != 3 || !found[2].Equal(started.Add(2*time.Minute)) {
		t.Errorf("versions: %v, %v", found, err)
	}
	if _, err := c.Versions(ctx, hub+sharedURL, "indicator--none"); !errors.Is(err, taxii.ErrNotFound) {
		t.Errorf("versions of nothing: %v", err)
	}
	var lines []taxii.ManifestRecord
	at, err := c.Manifest(ctx, hub+sharedURL, taxii.Cursor{AddedAfter: m.items[0].Added}, taxii.Filter{}, func(line taxii.ManifestRecord) error {
		lines = append(lines, line)
		return nil
	})
	want := taxii.ManifestRecord{ID: id, DateAdded: m.items[3].Added, Version: m.items[3].Version, MediaType: taxii.STIXMediaType}
	if err != nil || len(lines) != 1 || lines[0] != want || !at.AddedAfter.Equal(m.items[3].Added) {
		t.Errorf("manifest: %+v, at %+v, %v", lines, at, err)
	}
}

// A page is given out while it arrives, and what was given out before it broke
// off is not given out again.
func TestPagesAreStreamed(t *testing.T) {
	first, tries := make(chan struct{}), 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", taxii.MediaType)
		if tries++; tries == 1 {
			write(w, `{"objects":[`+strings.Repeat(" ", 8<<10)+`{"n":1},`)
			w.(http.Flusher).Flush()
			<-first // the rest is sent when the client has seen the first
			write(w, `{"n":2},{"n"`)
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}
		write(w, `{"objects":[{"n":1},{"n":2},{"n":3},{"n":4}]}`)
	}))
	defer server.Close()
	c := &taxii.Client{URL: server.URL + "/taxii2/", Token: "good"}
	var got []string
	_, err := c.Pull(context.Background(), server.URL+sharedURL, taxii.Cursor{}, func(raw jsontext.Value) error {
		if got = append(got, string(raw)); len(got) == 1 {
			close(first)
		}
		return nil
	})
	if want := `[{"n":1} {"n":2} {"n":3} {"n":4}]`; err != nil || fmt.Sprint(got) != want || tries != 2 {
		t.Errorf("after %d tries: %v, %v; want %s", tries, got, err, want)
	}
}
