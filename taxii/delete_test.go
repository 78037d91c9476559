package taxii_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/taxii"
)

// threeVersions is a backend with an object of three versions, a minute apart,
// and another object.
func threeVersions() *memory {
	m := filled(2)
	m.put(indicator(1, 1))
	m.put(indicator(1, 2))
	return m
}

func TestDelete(t *testing.T) {
	objects := sharedURL + "/objects/"
	object := objects + "indicator--00000000-0000-4000-8000-000000000001/"
	for query, left := range map[string]int{
		"":                     1, // all versions: after it the object must not be found (section 5.7)
		"?match[version]=all":  1,
		"?match[version]=last": 3,
		"?match[version]=first,2017-05-12T07:45:00.000Z":     2,
		"?match[version]=first&match[spec_version]=2.0":      4,
		"?match[version]=first&match[spec_version]=2.1":      3,
		"?match[version]=2017-05-12T07:45:00.001Z":           4,
		"?match[spec_version]=2.1":                           1,
		"?match[version]=last,first,2017-05-12T07:45:00.00Z": 1,
	} {
		h := handler(threeVersions())
		w := request(h, "DELETE", object+query, nil)
		if want := map[bool]int{false: 200, true: 404}[left == 4]; w.Code != want {
			t.Errorf("%s: answered %d, want %d", query, w.Code, want)
		}
		if w.Code == 200 && (w.Body.Len() != 0 || w.Header().Get("Content-Type") != taxii.MediaType) {
			t.Errorf("%s: answered %q %v", query, w.Body, w.Header())
		}
		rest := decoded[envelope](t, request(h, "GET", objects+"?match[version]=all", nil))
		if len(rest.Objects) != left {
			t.Errorf("%s: %d versions are left, want %d", query, len(rest.Objects), left)
		}
		if left > 1 {
			continue
		}
		for _, path := range []string{object, object + "versions/"} {
			if w := request(h, "GET", path, nil); w.Code != http.StatusNotFound {
				t.Errorf("%s: afterwards %s is answered %d", query, path, w.Code)
			}
		}
	}
}

func TestClientDeletes(t *testing.T) {
	m := threeVersions()
	c := serve(handler(m))
	ctx, id := context.Background(), "indicator--00000000-0000-4000-8000-000000000001"
	if err := c.Delete(ctx, hub+sharedURL, id, taxii.Versions{At: []time.Time{started.Add(time.Minute)}}); err != nil || len(m.items) != 3 {
		t.Errorf("one version: %v, %d left", err, len(m.items))
	}
	if err := c.Delete(ctx, hub+sharedURL, id, taxii.Versions{}); err != nil || len(m.items) != 1 {
		t.Errorf("all versions: %v, %d left", err, len(m.items))
	}
	if err := c.Delete(ctx, hub+sharedURL, id, taxii.Versions{}); !errors.Is(err, taxii.ErrNotFound) {
		t.Errorf("once more: %v", err)
	}
	if err := c.Delete(ctx, hub+inboxURL, id, taxii.Versions{}); !errors.Is(err, taxii.ErrForbidden) {
		t.Errorf("from an inbox: %v", err)
	}
}
