package taxii_test

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/taxii"
)

// lost is a backend that names a default root which is not in its list.
type lost struct{ *memory }

func (l lost) Session(*http.Request) (taxii.Session, error) { return l, nil }
func (l lost) Discovery(context.Context) (taxii.Discovery, error) {
	return taxii.Discovery{Title: "a server", Default: "default", APIRoots: []string{"other"}}, nil
}

// maxBytes is a backend that returns the error of a body as it is.
type maxBytes struct{ *memory }

func (m maxBytes) Session(*http.Request) (taxii.Session, error) { return m, nil }
func (m maxBytes) Add(_ context.Context, _, _ string, body io.Reader) (taxii.Status, error) {
	_, err := taxii.ReadEnvelope(body, func(int, jsontext.Value) error { return nil })
	return taxii.Status{}, err
}

// walk follows next from a URL and returns the pages.
func walk(t testing.TB, h http.Handler, target string) (pages []envelope) {
	t.Helper()
	base, _, _ := strings.Cut(target, "?")
	for {
		w := request(h, "GET", target, nil)
		if w.Code != http.StatusOK {
			t.Fatalf("GET %s: %d %s", target, w.Code, w.Body)
		}
		page := decoded[envelope](t, w)
		pages = append(pages, page)
		if dates := w.Header().Get("X-TAXII-Date-Added-First") != ""; dates != (len(page.Objects) > 0) {
			t.Errorf("GET %s: %d objects, date headers %v", target, len(page.Objects), dates)
		}
		if !page.More {
			return pages
		}
		if page.Next == "" || len(page.Objects) == 0 {
			t.Fatalf("GET %s: more without next or objects", target)
		}
		target = base + "?next=" + page.Next // as clients do: all filters dropped
	}
}

func TestFiltersStayWithNext(t *testing.T) {
	m := filled(10)
	for i := range 10 {
		m.put(indicator(i, 1)) // a later version of each
	}
	h := handler(m)
	for query, want := range map[string]int{
		"limit=3":                                     10,
		"limit=3&match[version]=all":                  20,
		"limit=3&match[version]=first":                10,
		"limit=3&match[version]=first,last":           20,
		"limit=3&match[type]=malware":                 0,
		"limit=3&match[type]=malware,indicator":       10,
		"limit=3&match[spec_version]=2.0":             0,
		"limit=1&match[version]=2017-05-12T07:45:00Z": 10,
		// Added at .000001 to .000020: strictly after the eighteenth.
		"limit=1&added_after=2017-05-12T07:44:00.000018Z":                            2,
		"limit=1&added_after=2017-05-12T07:44:00.0000179Z":                           3,
		"limit=1&added_after=2017-05-12T07:44:00.000018Z&match[version]=first":       0,
		"limit=1&added_after=" + url.QueryEscape("2017-05-12T09:44:00.000018+02:00"): 2,
		"limit=1&added_after=2017-05-12T09:44:00.000018+02:00":                       2,
		"limit=1&match[id]=indicator--00000000-0000-4000-8000-000000000003":          1,
	} {
		got := 0
		for _, page := range walk(t, h, sharedURL+"/objects/?"+query) {
			got += len(page.Objects)
		}
		if got != want {
			t.Errorf("%s: %d objects, want %d", query, got, want)
		}
		manifest := 0
		for _, page := range walk(t, h, sharedURL+"/manifest/?"+query) {
			manifest += len(page.Objects)
		}
		if manifest != want {
			t.Errorf("%s: %d records, want %d", query, manifest, want)
		}
	}
}

func TestObjectAndVersions(t *testing.T) {
	m := filled(2)
	for v := range 4 {
		m.put(indicator(1, v+1))
	}
	h := handler(m)
	object := sharedURL + "/objects/indicator--00000000-0000-4000-8000-000000000001/"
	if pages := walk(t, h, object); len(pages) != 1 || len(pages[0].Objects) != 1 || !strings.Contains(string(pages[0].Objects[0]), "07:48:00") {
		t.Errorf("the object is %v, want its last version", pages)
	}
	if pages := walk(t, h, object+"?match[version]=all&limit=2"); len(pages) != 3 {
		t.Errorf("all versions are %d pages of two, want 3", len(pages))
	}
	// A filter that excludes a known object gives an empty envelope, not 404.
	if w := request(h, "GET", object+"?added_after=2030-01-01T00:00:00Z", nil); w.Code != 200 || w.Body.String() != `{"more":false}` {
		t.Errorf("excluded object: %d %s", w.Code, w.Body)
	}
	got := decoded[struct {
		More     bool     `json:"more"`
		Next     string   `json:"next"`
		Versions []string `json:"versions"`
	}](t, request(h, "GET", object+"versions/?limit=3", nil))
	if !got.More || got.Next == "" || len(got.Versions) != 3 || got.Versions[0] != "2017-05-12T07:44:00.000000Z" {
		t.Errorf("versions are %+v", got)
	}
}

func TestNextBelongsToItsResource(t *testing.T) {
	h := handler(filled(5))
	next := decoded[envelope](t, request(h, "GET", sharedURL+"/objects/?limit=1", nil)).Next
	for _, other := range []string{sharedURL + "/manifest/", "/taxii2/default/collections/" + archive + "/objects/"} {
		if w := request(h, "GET", other+"?next="+next, nil); w.Code != http.StatusBadRequest {
			t.Errorf("%s takes the cursor of another resource: %d", other, w.Code)
		}
	}
	page := decoded[envelope](t, request(h, "GET", sharedURL+"/objects/?limit=3&next="+next, nil))
	if len(page.Objects) != 3 {
		t.Errorf("limit beside next gives %d objects, want 3", len(page.Objects))
	}
}

func TestPageIsCapped(t *testing.T) {
	h := handler(filled(7))
	h.MaxPage = 4
	for _, query := range []string{"", "?limit=1000000", "?limit=99999999999999999999999999"} {
		w := request(h, "GET", sharedURL+"/objects/"+query, nil)
		page := decoded[envelope](t, w)
		if len(page.Objects) != 4 || !page.More {
			t.Errorf("%s: %d objects, more %v", query, len(page.Objects), page.More)
		}
		if first, last := w.Header().Get("X-TAXII-Date-Added-First"), w.Header().Get("X-TAXII-Date-Added-Last"); first != "2017-05-12T07:44:00.000001Z" || last != "2017-05-12T07:44:00.000004Z" {
			t.Errorf("%s: dates %s and %s", query, first, last)
		}
	}
	head := request(h, "HEAD", sharedURL+"/objects/", nil)
	if head.Code != 200 || head.Header().Get("X-TAXII-Date-Added-Last") == "" {
		t.Errorf("HEAD: %d %v", head.Code, head.Header())
	}
}

// Whatever is added between the pages, and however large they are, a reader
// gets every version once, in order, as the bytes that were stored.
func TestPagesAreComplete(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		m := &memory{}
		h := handler(m)
		target, got := sharedURL+"/objects/?match[version]=all", []string(nil)
		for more := true; more; {
			for range rapid.IntRange(0, 5).Draw(r, "added") {
				if len(m.items) < 40 {
					m.put(indicator(rapid.IntRange(0, 8).Draw(r, "object"), len(m.items)))
				}
			}
			q, err := url.ParseQuery(target[strings.Index(target, "?")+1:])
			if err != nil {
				r.Fatal(err)
			}
			q.Set("limit", rapid.StringMatching(`[1-9]`).Draw(r, "limit"))
			w := request(h, "GET", sharedURL+"/objects/?"+q.Encode(), nil)
			page := decoded[envelope](t, w)
			for _, o := range page.Objects {
				got = append(got, string(o))
			}
			if more = page.More; more {
				target = sharedURL + "/objects/?next=" + page.Next
			}
		}
		var want []string
		for _, item := range m.items {
			want = append(want, string(item.Raw))
		}
		if !slices.Equal(got, want) {
			r.Fatalf("got %d objects, want %d, each once and in order", len(got), len(want))
		}
	})
}
