package hub_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/stix"
	"github.com/tocsin-project/tocsin/taxii"
)

func (r *running) taxii(token string) *taxii.Client {
	return &taxii.Client{URL: r.URL() + "/taxii2/", Token: token, Attempts: 1}
}

// community is the URL of the one collection, as a client finds it.
func (r *running) community(c *taxii.Client) string {
	r.t.Helper()
	d, err := c.Discover(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	list, err := c.Collections(r.t.Context(), d.Default)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, one := range list {
		if one.Title == "community" && one.CanRead {
			return taxii.CollectionURL(d.Default, one.ID)
		}
	}
	r.t.Fatalf("no collection community among %+v", list)
	return ""
}

func (r *running) pull(c *taxii.Client) map[string]int {
	r.t.Helper()
	got := map[string]int{}
	_, err := c.Pull(r.t.Context(), r.community(c), taxii.Cursor{}, func(raw jsontext.Value) error {
		head, err := stix.ParseHeader(raw)
		got[head.ID]++
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return got
}

func indicator(n int, marking string) (id string, raw jsontext.Value) {
	id = fmt.Sprintf("indicator--%08d-1111-4111-8111-111111111111", n)
	if marking != "" {
		marking = `,"object_marking_refs":["` + marking + `"]`
	}
	return id, jsontext.Value(strings.TrimSuffix(strings.Replace(goodIndicator, "indicator--11111111-1111-4111-8111-111111111111", id, 1), "}") + marking + "}")
}

// tlpRed is TLP 2.0's RED as a STIX marking (OASIS, tlp-marking-definition-extension).
const tlpRed = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"

func TestTAXII(t *testing.T) {
	h := startHub(t, "")
	_, a := h.partner("Bank 01", "financial-services", "DE", "contributor")
	bID, b := h.partner("Telco 01", "communications", "ES", "contributor")
	author, reader := h.taxii(a), h.taxii(b)
	reader.PageSize = 7

	var objects []jsontext.Value
	want := map[string]int{}
	for i := range 20 {
		id, raw := indicator(i, "")
		objects, want[id] = append(objects, raw), 1
	}
	red, raw := indicator(99, tlpRed)
	objects = append(objects, raw, jsontext.Value(`{"type":"indicator","id":"indicator--1"}`))
	status, err := author.Push(t.Context(), h.community(author), objects)
	if err != nil {
		t.Fatal(err)
	}
	if len(status.Successes) != 21 || len(status.Failures) == 0 || status.State != taxii.Complete {
		t.Errorf("of 21 good objects and one bad: %d successes, failures %v, %s", len(status.Successes), status.Failures, status.State)
	}
	discovery, err := author.Discover(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if again, err := author.Status(t.Context(), discovery.Default, status.ID); err != nil || len(again.Successes) != 21 {
		t.Errorf("status asked for: %+v, %v", again, err)
	}
	if _, err := reader.Status(t.Context(), discovery.Default, status.ID); err == nil {
		t.Error("another partner is told what became of a push")
	}
	if got := h.pull(reader); len(got) != len(want) || got[red] != 0 {
		t.Errorf("the other pulls %d objects, %d times the RED one; want %d and none", len(got), got[red], len(want))
	}
	if got := h.pull(author); len(got) != len(want)+1 || got[red] != 1 {
		t.Errorf("the author pulls %d objects, %d times its own RED one; want %d and once", len(got), got[red], len(want)+1)
	}
	for id, times := range h.pull(reader) {
		if times != 1 {
			t.Errorf("%s comes %d times", id, times)
		}
	}

	viewer := h.taxii(h.token(bID, "viewer"))
	if _, err := viewer.Push(t.Context(), h.community(viewer), objects[:1]); status403(err) != nil {
		t.Errorf("a viewer's push: %v", status403(err))
	}
	stranger := h.taxii("nonsense")
	var refused *taxii.Error
	if _, err := stranger.Discover(t.Context()); !errors.As(err, &refused) || refused.Status != http.StatusUnauthorized {
		t.Errorf("a wrong token: %v", err)
	}
}

func status403(err error) error {
	var refused *taxii.Error
	if errors.As(err, &refused) && refused.Status == http.StatusForbidden {
		return nil
	}
	return fmt.Errorf("want 403, got: %w", err)
}

// A redirect would make clients lose their token.
func TestTAXIIDoesNotRedirect(t *testing.T) {
	h := startHub(t, "")
	_, token := h.partner("Bank 01", "financial-services", "DE", "contributor")
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return errors.New("redirected") }}
	for _, path := range []string{"/taxii2", "/taxii2/", "/taxii2/default", "/taxii2/default/"} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.URL()+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.SetBasicAuth("anybody", token)
		request.Header.Set("Accept", taxii.MediaType)
		response, err := client.Do(request)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		response.Body.Close()
		if response.StatusCode != http.StatusOK {
			t.Errorf("%s: status %d", path, response.StatusCode)
		}
	}
}
