package taxii_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/taxii"
)

// scripted is a server that misbehaves: it answers as the function says, given
// how many requests there were before.
func scripted(answer func(n int, w http.ResponseWriter, r *http.Request)) *taxii.Client {
	n := 0
	return serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", taxii.MediaType)
		answer(n, w, r)
		n++
	}))
}

func write(w http.ResponseWriter, body string) { _, _ = w.Write([]byte(body)) }

func TestPullFromServersThatMisbehave(t *testing.T) {
	dates := []string{"2020-01-01T00:00:00Z", "2020-01-02T00:00:00.1234567Z", "2020-01-03T00:00:00Z"}
	for name, test := range map[string]struct {
		answer func(n int, w http.ResponseWriter, r *http.Request)
		got    int
		fails  string
	}{
		"more without next goes on by date": {got: 3, answer: func(n int, w http.ResponseWriter, r *http.Request) {
			if after := r.URL.Query().Get("added_after"); n > 0 && after != []string{"2020-01-01T00:00:00.000000Z", "2020-01-02T00:00:00.1234567Z"}[n-1] {
				http.Error(w, "{}", http.StatusTeapot)
			}
			w.Header().Set("X-TAXII-Date-Added-Last", dates[n])
			write(w, `{"more":`+[]string{"true", "true", "false"}[n]+`,"objects":[{"n":`+strconv.Itoa(n)+`}]}`)
		}},
		"more without next or a later date": {got: 2, fails: "neither next nor", answer: func(n int, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-TAXII-Date-Added-Last", dates[0])
			write(w, `{"more":true,"objects":[{"n":`+strconv.Itoa(n)+`}]}`)
		}},
		"more without next or date": {got: 1, fails: "neither next nor", answer: func(_ int, w http.ResponseWriter, _ *http.Request) {
			write(w, `{"more":true,"objects":[{}]}`)
		}},
		"the same page for ever": {got: 1, fails: "same page", answer: func(_ int, w http.ResponseWriter, _ *http.Request) {
			write(w, `{"more":true,"next":"a","objects":[{}]}`)
		}},
		"the same page for ever, each with another next": {got: 2, fails: "same page", answer: func(n int, w http.ResponseWriter, _ *http.Request) {
			write(w, `{"more":true,"next":"`+strconv.Itoa(n)+`","objects":[{"a":1},{"a":2}]}`)
		}},
		"the same next for ever": {got: 2, fails: "same page", answer: func(n int, w http.ResponseWriter, _ *http.Request) {
			write(w, `{"more":true,"next":"a","objects":[{"n":`+strconv.Itoa(n)+`}]}`)
		}},
		"next goes round": {got: -1, fails: "same page", answer: func(n int, w http.ResponseWriter, _ *http.Request) {
			write(w, `{"more":true,"next":"`+string(rune('a'+n%7))+`","objects":[{"n":`+strconv.Itoa(n)+`}]}`)
		}},
		"pages go round": {got: -1, fails: "same page", answer: func(n int, w http.ResponseWriter, _ *http.Request) {
			write(w, `{"more":true,"next":"`+strconv.Itoa(n)+`","objects":[{"n":`+strconv.Itoa(n%7)+`}]}`)
		}},
		"next is ignored, and the date is not": {got: 3, answer: func(_ int, w http.ResponseWriter, r *http.Request) {
			n := 0
			for n < 3 && r.URL.Query().Get("added_after") >= "2020-01-0"+strconv.Itoa(n+1) {
				n++
			}
			w.Header().Set("X-TAXII-Date-Added-Last", dates[min(n, 2)])
			write(w, `{"more":`+strconv.FormatBool(n < 2)+`,"next":"a","objects":[{"n":`+strconv.Itoa(n)+`}]}`)
		}},
		"the last object again, for its nanoseconds": {got: 2, answer: func(n int, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-TAXII-Date-Added-Last", dates[1])
			write(w, []string{`{"more":true,"next":"a","objects":[{"n":1},{"n":2}]}`, `{"more":false,"objects":[{"n":1}]}`}[n])
		}},
		"empty pages for ever": {got: 0, fails: "same page", answer: func(n int, w http.ResponseWriter, _ *http.Request) {
			write(w, `{"more":true,"next":"`+strings.Repeat("a", n)+`b"}`)
		}},
		"an empty page in between": {got: 2, answer: func(n int, w http.ResponseWriter, _ *http.Request) {
			write(w, []string{`{"more":true,"next":"a","objects":[{}]}`, `{"more":true,"next":"b"}`, `{"objects":[{}]}`}[n])
		}},
		"a next that is forgotten each time": {got: -1, fails: "404", answer: func(n int, w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("next") != "" {
				w.WriteHeader(http.StatusNotFound)
				return
			}
			write(w, `{"more":true,"next":"`+strconv.Itoa(n)+`","objects":[{}]}`)
		}},
		"a next that is forgotten each time, with dates": {got: 4, answer: func(_ int, w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("next") != "" {
				w.WriteHeader(http.StatusNotFound)
				return
			}
			n := 0
			for n < 3 && r.URL.Query().Get("added_after") >= "2020-01-0"+strconv.Itoa(n+1) {
				n++
			}
			w.Header().Set("X-TAXII-Date-Added-Last", dates[min(n, 2)])
			write(w, `{"more":`+strconv.FormatBool(n < 2)+`,"next":"a","objects":[{"n":`+strconv.Itoa(n)+`}]}`)
		}},
		"a next that is forgotten": {got: 3, answer: func(n int, w http.ResponseWriter, r *http.Request) {
			switch {
			case n == 0:
				write(w, `{"more":true,"next":"a","objects":[{}]}`)
			case r.URL.Query().Get("next") != "":
				w.WriteHeader(http.StatusNotFound)
			default:
				write(w, `{"objects":[{},{}]}`)
			}
		}},
		"a login page": {fails: "text/html", answer: func(_ int, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			write(w, `<html>`)
		}},
		"a login page elsewhere": {fails: "redirects to https://login.example", answer: func(_ int, w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://login.example/", http.StatusFound)
		}},
		"a type that is only JSON": {got: 1, answer: func(_ int, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json; charset=utf-8")
			write(w, `{"objects":[{}]}`)
		}},
		"a type that says nothing": {got: 1, answer: func(_ int, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			write(w, `{"objects":[{}]}`)
		}},
		"no type": {got: 1, answer: func(_ int, w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = nil
			write(w, `{"objects":[{}]}`)
		}},
		"text that is no JSON": {fails: "not valid", answer: func(_ int, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			write(w, `please sign in`)
		}},
		"TAXII 2.0": {fails: "TAXII 2.0", answer: func(_ int, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/vnd.oasis.stix+json; version=2.0")
			write(w, `{"type":"bundle","id":"bundle--1","objects":[{}]}`)
		}},
		"TAXII 2.0 by another name": {fails: "bundle", answer: func(_ int, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			write(w, `{"type":"bundle","id":"bundle--1","objects":[{}]}`)
		}},
		"nulls, and a number for next": {got: 2, answer: func(n int, w http.ResponseWriter, r *http.Request) {
			if n == 1 && r.URL.Query().Get("next") != "17" {
				w.WriteHeader(http.StatusTeapot)
			}
			write(w, []string{`{"more":true,"next":17,"objects":[{"n":1}]}`, `{"more":true,"next":"17x","objects":null}`, `{"more":null,"next":null,"objects":[{"n":2}]}`}[min(n, 2)])
		}},
		"a date that is none": {got: 1, answer: func(_ int, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-TAXII-Date-Added-Last", "yesterday")
			write(w, `{"objects":[{}]}`)
		}},
		"duplicate keys": {fails: "duplicate", answer: func(_ int, w http.ResponseWriter, _ *http.Request) {
			write(w, `{"objects":[{"id":"a","id":"b"}]}`)
		}},
		"too much, and less if asked for less": {got: 5, answer: func(_ int, w http.ResponseWriter, r *http.Request) {
			limit, from := 5, 0
			if n, err := strconv.Atoi(r.URL.Query().Get("limit")); err == nil {
				limit = n
			}
			if n, err := strconv.Atoi(r.URL.Query().Get("next")); err == nil {
				from = n
			}
			var objects []string
			for i := from; i < min(from+limit, 5); i++ {
				objects = append(objects, `{"x":"`+strconv.Itoa(i)+strings.Repeat("a", 300)+`"}`)
			}
			write(w, `{"more":`+strconv.FormatBool(from+limit < 5)+`,"next":"`+strconv.Itoa(from+limit)+`","objects":[`+strings.Join(objects, ",")+`]}`)
		}},
		"too much, whatever is asked for": {got: 3, fails: "smaller pages", answer: func(_ int, w http.ResponseWriter, _ *http.Request) {
			write(w, `{"objects":[{"n":1},{"n":2},{"n":3},{"x":"`+strings.Repeat("a", 1000)+`"}]}`)
		}},
		"too much": {fails: "smaller pages", answer: func(_ int, w http.ResponseWriter, _ *http.Request) {
			write(w, `{"objects":[{"x":"`+strings.Repeat("a", 1000)+`"}]}`)
		}},
		"a refusal": {fails: "403 Forbidden: no: ask first", answer: func(_ int, w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusForbidden)
			write(w, `{"title":"no","description":"ask first","http_status":"403"}`)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			c := scripted(test.answer)
			c.MaxBytes = 1000
			got, _, err := pull(c, taxii.Cursor{})
			if test.got >= 0 && len(got) != test.got {
				t.Errorf("got %d objects, want %d", len(got), test.got)
			}
			if len(got) > 1000 {
				t.Errorf("got %d objects before the end", len(got))
			}
			if (err == nil) != (test.fails == "") || err != nil && !strings.Contains(err.Error(), test.fails) {
				t.Errorf("error %v, want %q", err, test.fails)
			}
		})
	}
}

func TestAnswerThatBreaksOff(t *testing.T) {
	n := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", taxii.MediaType)
		if n++; n == 1 {
			w.Header().Set("Content-Length", "1000")
			write(w, `{"objects":[{"x":1},`)
			return
		}
		write(w, `{"objects":[{"x":1},{"x":2}]}`)
	}))
	defer server.Close()
	c := &taxii.Client{URL: server.URL + "/taxii2/", Token: "good"}
	var got []string
	_, err := c.Pull(context.Background(), server.URL+sharedURL, taxii.Cursor{}, func(raw jsontext.Value) error {
		got = append(got, string(raw))
		return nil
	})
	if err != nil || len(got) != 2 {
		t.Errorf("got %q, %v; want both objects once", got, err)
	}
}
