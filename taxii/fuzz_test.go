package taxii_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/taxii"
)

func TestTimestamps(t *testing.T) {
	for text, want := range map[string]string{
		"2017-05-12T07:44:00Z":                "2017-05-12T07:44:00.000000Z",
		"2017-05-12T07:44:00.1Z":              "2017-05-12T07:44:00.100000Z",
		"2017-05-12T07:44:00.123456789Z":      "2017-05-12T07:44:00.123456Z",
		"2017-05-12T07:44:00.12345678912345Z": "2017-05-12T07:44:00.123456Z",
		"2017-05-12T09:44:00+02:00":           "2017-05-12T07:44:00.000000Z",
		"2017-05-12T09:44:00 02:00":           "2017-05-12T07:44:00.000000Z",
		"2017-05-12t07:44:00z":                "2017-05-12T07:44:00.000000Z",
		"":                                    "",
		"2017-05-12":                          "",
		"2017-05-12T07:44Z":                   "",
		"2017-05-12T07:44:00":                 "",
		"2017-05-12T07:44:60Z":                "",
		"2017-02-30T07:44:00Z":                "",
		"2017-05-12T07:44:00,5Z":              "",
		"0001-01-01T00:00:00+01:00":           "",
		"1494575040":                          "",
	} {
		got, err := taxii.ParseTimestamp(text)
		if err != nil {
			if want != "" {
				t.Errorf("%q: %v", text, err)
			}
			continue
		}
		if taxii.FormatTimestamp(got) != want {
			t.Errorf("%q is read as %s, want %q", text, taxii.FormatTimestamp(got), want)
		}
	}
}

func FuzzTimestamp(f *testing.F) {
	f.Add("2017-05-12T07:44:00.123456789Z")
	f.Add("9999-12-31T23:59:60-23:59")
	f.Fuzz(func(t *testing.T, text string) {
		at, err := taxii.ParseTimestamp(text)
		if err != nil {
			return
		}
		again, err := taxii.ParseTimestamp(taxii.FormatTimestamp(at))
		if err != nil || !again.Equal(at.Truncate(time.Microsecond)) {
			t.Errorf("%q is %s, which is read again as %s, %v", text, at, again, err)
		}
	})
}

func FuzzFilter(f *testing.F) {
	f.Add("added_after=2017-05-12T07:44:00Z&match[type]=indicator,malware&match[version]=last,first,2017-05-12T07:44:00.1Z")
	f.Add("match[id]=a&match[id]=b,,a&match[spec_version]=2.1&limit=3")
	f.Add("match[id]=b,,a,b&match[spec_version]=2.1&match[version]=all&limit=3&added_after=2017-05-12T07:44:00.1234567Z")
	f.Add("match[other]=1")
	fields := []string{"match[id]", "match[type]", "match[version]", "match[spec_version]"}
	f.Fuzz(func(t *testing.T, text string) {
		query, err := url.ParseQuery(text)
		if err != nil {
			return
		}
		filter, err := taxii.ParseFilter(query, fields...)
		if err != nil {
			return
		}
		again, err := taxii.ParseFilter(filter.Query(), fields...)
		if diff := cmp.Diff(filter, again); err != nil || diff != "" {
			t.Errorf("%q: %v (-read +read again):\n%s", text, err, diff)
		}
	})
}

// A next that was made up gives a page or a clear refusal, and never more
// than the limit.
func FuzzCursor(f *testing.F) {
	h := handler(filled(4))
	path := sharedURL + "/objects/"
	for _, query := range []string{"?limit=1", "?limit=2&match[version]=all", "?limit=1&added_after=2017-05-12T07:44:00Z&match[type]=indicator"} {
		f.Add(decoded[envelope](f, request(h, "GET", path+query, nil)).Next)
	}
	f.Add("eyJmb3IiOiIifQ")
	f.Fuzz(func(t *testing.T, next string) {
		w := request(h, "GET", path+"?next="+url.QueryEscape(next), nil)
		if w.Code != http.StatusOK && w.Code != http.StatusBadRequest {
			t.Errorf("next %q is answered %d %s", next, w.Code, w.Body)
		}
		decoded[map[string]any](t, w)
	})
}

func FuzzEnvelope(f *testing.F) {
	f.Add(`{"more":true,"next":"a","objects":[{"id":"x"},{}],"x_custom":[1]}`)
	f.Add(`{"objects":{}}`)
	f.Add(`{"type":"bundle"}`)
	f.Fuzz(func(t *testing.T, text string) {
		kept := 0
		e, err := taxii.ReadEnvelope(strings.NewReader(text), func(i int, raw jsontext.Value) error {
			if i != kept || raw.Kind() != '{' || !raw.IsValid() {
				t.Errorf("object %d is %q", i, raw)
			}
			kept++
			return nil
		})
		if err == nil && !jsontext.Value(text).IsValid() {
			t.Errorf("%q is taken, with %+v", text, e)
		}
	})
}

// Whatever the headers say, the answer is a TAXII resource.
func FuzzHeaders(f *testing.F) {
	f.Add("*/*", "application/taxii+json;version=2.1", "Bearer good")
	f.Add("text/html;q=0.1,application/*;q=0", "application/taxii+json; charset", "Basic Og==")
	h := handler(filled(1))
	f.Fuzz(func(t *testing.T, accept, contentType, authorization string) {
		w := request(h, "POST", sharedURL+"/objects/", strings.NewReader(`{}`), "Accept", accept, "Content-Type", contentType, "Authorization", authorization)
		if w.Code == http.StatusInternalServerError || w.Header().Get("Content-Type") != taxii.MediaType {
			t.Errorf("answered %d %v", w.Code, w.Header())
		}
		decoded[map[string]any](t, w)
	})
}

// Whatever a server answers, again and again, a pull comes to an end.
func FuzzAnswer(f *testing.F) {
	f.Add(uint16(200), "application/taxii+json;version=2.1", "2017-05-12T07:44:00Z", `{"more":true,"next":"a","objects":[{"id":"x"},{}]}`)
	f.Add(uint16(200), "application/json", "yesterday", `{"more":true,"next":7}`)
	f.Add(uint16(401), "text/html", "", `<html>`)
	f.Add(uint16(404), "", "", `{"title":7,"http_status":404}`)
	f.Fuzz(func(t *testing.T, status uint16, contentType, added, body string) {
		asked := 0
		c := serve(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			asked++
			w.Header()["Content-Type"] = []string{contentType}
			w.Header()["X-Taxii-Date-Added-Last"] = []string{added}
			w.WriteHeader(200 + int(status)%400)
			write(w, body)
		}))
		c.Attempts, c.MaxBytes = 1, 1<<16
		objects, at, err := pull(c, taxii.Cursor{})
		if asked > 250 {
			t.Errorf("asked %d times", asked)
		}
		if err != nil && (at != taxii.Cursor{}) && len(objects) == 0 && asked < 2 {
			t.Errorf("after nothing the cursor is %+v", at)
		}
	})
}
