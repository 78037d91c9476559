package taxii_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/taxii"
)

const hub = "https://hub.example"

// local makes the connections of a client: it calls a handler.
type local struct{ http.Handler }

func (l local) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	l.ServeHTTP(w, r)
	return w.Result(), nil
}

// serve is a client of a handler.
func serve(h http.Handler) *taxii.Client {
	return &taxii.Client{URL: hub + "/taxii2/", Token: "good", HTTP: &http.Client{Transport: local{h}}}
}

// pull collects what a pull gives.
func pull(c *taxii.Client, since taxii.Cursor) (got []string, at taxii.Cursor, err error) {
	at, err = c.Pull(context.Background(), hub+sharedURL, since, func(raw jsontext.Value) error {
		got = append(got, string(raw))
		return nil
	})
	return got, at, err
}

func raws(items []taxii.Item) (raw []string) {
	for _, item := range items {
		raw = append(raw, string(item.Raw))
	}
	return raw
}

func TestClientFindsItsWay(t *testing.T) {
	ctx := context.Background()
	m := filled(0)
	for _, c := range []*taxii.Client{serve(handler(m)), {URL: hub + "/taxii2", User: "any", Token: "good", HTTP: &http.Client{Transport: local{handler(m)}}}} {
		d, err := c.Discover(ctx)
		want := taxii.Discovery{Title: "a server", Default: hub + "/taxii2/default/", APIRoots: []string{hub + "/taxii2/default/", hub + "/taxii2/other/"}}
		if diff := cmp.Diff(want, d); err != nil || diff != "" {
			t.Fatalf("discovery: %v (-want +got):\n%s", err, diff)
		}
		root, err := c.Root(ctx, d.Default)
		if err != nil || root.MaxContentLength != 4096 {
			t.Errorf("root: %+v, %v", root, err)
		}
		collections, err := c.Collections(ctx, d.Default)
		if err != nil || len(collections) != 4 || taxii.CollectionURL(d.Default, collections[0].ID) != hub+sharedURL+"/" {
			t.Errorf("collections: %+v, %v", collections, err)
		}
	}
}

func TestPushAndPull(t *testing.T) {
	m := filled(0)
	c := serve(handler(m))
	_, version, raw := indicator(1, 0)
	status, err := c.Push(context.Background(), hub+sharedURL, []jsontext.Value{raw, jsontext.Value(`{}`)})
	want := taxii.Status{
		ID: "2d086da7-4bdc-4f91-900e-d77486753710", State: taxii.Complete, Requested: started,
		Successes: []taxii.StatusDetail{{ID: "indicator--00000000-0000-4000-8000-000000000001", Version: version}},
		Failures:  []taxii.StatusDetail{{Version: started, Message: "object 1 is not valid"}},
		Counts:    taxii.Counts{Successes: 1, Failures: 1},
	}
	if diff := cmp.Diff(want, status); err != nil || diff != "" {
		t.Errorf("push: %v (-want +got):\n%s", err, diff)
	}
	if got, _, err := pull(c, taxii.Cursor{}); err != nil || !slices.Equal(got, []string{string(raw)}) {
		t.Errorf("pull: %q, %v", got, err)
	}
	if _, err := c.Status(context.Background(), hub+"/taxii2/default/", "none"); !errors.Is(err, taxii.ErrNotFound) {
		t.Errorf("status of nothing: %v", err)
	}
}

func TestPullGoesOn(t *testing.T) {
	m := filled(25)
	c := serve(handler(m))
	c.PageSize = 10
	first, at, err := pull(c, taxii.Cursor{})
	if err != nil || !slices.Equal(first, raws(m.items)) {
		t.Fatalf("pull: %d objects, %v", len(first), err)
	}
	if got, _, err := pull(c, at); err != nil || len(got) != 0 {
		t.Errorf("with nothing new: %d objects, %v", len(got), err)
	}
	m.put(indicator(30, 0))
	if got, _, err := pull(c, at); err != nil || !slices.Equal(got, raws(m.items[25:])) {
		t.Errorf("with one new: %q, %v", got, err)
	}
}

func TestPullResumesAfterTheLastWholePage(t *testing.T) {
	m := filled(25)
	c := serve(handler(m))
	c.PageSize = 10
	stop, n := errors.New("stop"), 0
	at, err := c.Pull(context.Background(), hub+sharedURL, taxii.Cursor{}, func(jsontext.Value) error {
		if n++; n == 15 {
			return stop
		}
		return nil
	})
	if !errors.Is(err, stop) {
		t.Fatal(err)
	}
	if rest, _, err := pull(c, at); err != nil || !slices.Equal(rest, raws(m.items[10:])) {
		t.Errorf("resumed: %d objects, %v; want the 15 after the first page", len(rest), err)
	}
}
