package taxii_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/taxii"
)

// Range belongs to TAXII 2.0: it is not looked at.
func TestRangeIsIgnored(t *testing.T) {
	h := handler(filled(5))
	for _, value := range []string{"items 0-1", "items=0-1", "bytes=0-1", "items 90-99"} {
		w := request(h, "GET", sharedURL+"/objects/", nil, "Range", value)
		if got := len(decoded[envelope](t, w).Objects); w.Code != 200 || got != 5 || w.Header().Get("Content-Range") != "" {
			t.Errorf("Range %q: answered %d with %d objects, %v", value, w.Code, got, w.Header())
		}
	}
}

// bare is a backend that leaves out what it can, and has an alias.
type bare struct{ *memory }

func (b bare) Session(*http.Request) (taxii.Session, error) { return b, nil }
func (b bare) Root(context.Context, string) (taxii.APIRoot, error) {
	return taxii.APIRoot{Title: "bare", Versions: []string{"application/taxii+json;version=3.0"}}, nil
}

func (b bare) Collections(context.Context, string) ([]taxii.Collection, error) {
	return []taxii.Collection{{ID: shared, Title: "shared", Alias: "high-value"}}, nil
}

// What the specification requires is there, whatever the backend leaves out:
// clients fail on a null, and on a collection that answers under another id.
func TestRequiredProperties(t *testing.T) {
	h := handler(bare{filled(0)})
	for path, want := range map[string]string{
		"/taxii2/default/":                        `{"title":"bare","versions":["application/taxii+json;version=3.0","application/taxii+json;version=2.1"],"max_content_length":10485760}`,
		"/taxii2/default/collections/":            `{"collections":[{"id":"` + shared + `","title":"shared","can_read":false,"can_write":false}]}`,
		"/taxii2/default/collections/" + shared:   `{"id":"` + shared + `","title":"shared","can_read":false,"can_write":false}`,
		"/taxii2/default/collections/high-value/": "",
	} {
		w := request(h, "GET", path, nil)
		if want == "" && w.Code != 404 || want != "" && w.Body.String() != want {
			t.Errorf("%s: answered %d %s, want %s", path, w.Code, w.Body, want)
		}
	}
}

// A page of nothing is an empty object, and has no dates.
func TestNothing(t *testing.T) {
	h := handler(filled(1))
	object := sharedURL + "/objects/indicator--00000000-0000-4000-8000-000000000000/"
	for path, want := range map[string]string{
		sharedURL + "/objects/?match[type]=malware":   `{"more":false}`,
		sharedURL + "/manifest/?match[type]=malware":  `{}`,
		object + "?match[spec_version]=2.0":           `{"more":false}`,
		object + "versions/?match[spec_version]=2.0":  `{}`,
		"/taxii2/other/collections/":                  `{}`,
		sharedURL + "/objects/?added_after=&limit=":   "",
		sharedURL + "/objects/?unknown=1&next=&foo[]": "",
	} {
		w := request(h, "GET", path, nil)
		if want != "" && w.Body.String() != want || w.Code != 200 {
			t.Errorf("%s: answered %d %s, want %s", path, w.Code, w.Body, want)
		}
		if dates := w.Header().Get("X-TAXII-Date-Added-First") + w.Header().Get("X-TAXII-Date-Added-Last"); (dates != "") != (want == "") {
			t.Errorf("%s: dates %s", path, dates)
		}
	}
}

// The manifest and the versions page like the objects, by next alone.
func TestListingsPage(t *testing.T) {
	m := threeVersions()
	h := handler(m)
	for path, want := range map[string]int{
		sharedURL + "/manifest/?limit=1&match[version]=all":                      4,
		sharedURL + "/objects/" + m.items[1].ID + "/versions/?limit=1":           3,
		sharedURL + "/objects/" + m.items[1].ID + "/?limit=1&match[version]=all": 3,
	} {
		var got []string
		base, _, _ := strings.Cut(path, "?")
		for target, pages := path, 0; ; pages++ {
			w := request(h, "GET", target, nil)
			page := decoded[struct {
				More     bool     `json:"more"`
				Next     string   `json:"next"`
				Versions []string `json:"versions"`
				Objects  []any    `json:"objects"`
			}](t, w)
			if len(page.Versions)+len(page.Objects) != 1 || w.Header().Get("X-TAXII-Date-Added-First") != w.Header().Get("X-TAXII-Date-Added-Last") {
				t.Fatalf("%s: page %d is %s", path, pages, w.Body)
			}
			got = append(got, w.Header().Get("X-TAXII-Date-Added-Last"))
			if !page.More {
				break
			}
			target = base + "?next=" + page.Next
		}
		if len(got) != want || !slices.IsSorted(got) {
			t.Errorf("%s: pages added at %v, want %d in order", path, got, want)
		}
	}
}

// Whole batches are added at one moment: next goes by place, and not by date.
func TestEqualDates(t *testing.T) {
	m := filled(20)
	for i := range m.items {
		m.items[i].Added = started
	}
	got := 0
	for _, page := range walk(t, handler(m), sharedURL+"/objects/?limit=3") {
		got += len(page.Objects)
	}
	if got != 20 {
		t.Errorf("%d objects, want 20", got)
	}
	c := serve(handler(m))
	c.PageSize = 3
	if objects, _, err := pull(c, taxii.Cursor{}); err != nil || len(objects) != 20 {
		t.Errorf("pulled %d objects, %v", len(objects), err)
	}
}
