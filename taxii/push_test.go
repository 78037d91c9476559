package taxii_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/taxii"
)

// sized are objects of the lengths in bytes.
func sized(lengths ...int) (objects []jsontext.Value) {
	for i, n := range lengths {
		text := fmt.Sprintf(`{"id":"x--%d","created":"2017-05-12T07:44:00Z","pad":""}`, i)
		objects = append(objects, jsontext.Value(text[:len(text)-2]+strings.Repeat("a", n-len(text))+`"}`))
	}
	return objects
}

// Objects are sent in as few requests as the server's max_content_length
// allows, each shorter than that; what fits into none is reported.
func TestPushIsSplit(t *testing.T) {
	m := filled(0) // takes 4096 bytes
	var lengths []int
	c := serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			if lengths = append(lengths, int(r.ContentLength)); r.Header.Get("Content-Type") != taxii.MediaType {
				t.Errorf("type %q", r.Header.Get("Content-Type"))
			}
		}
		handler(m).ServeHTTP(w, r)
	}))
	s, err := c.Push(context.Background(), hub+sharedURL, sized(2040, 2040, 5000, 100, 4081, 4082))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{14 + 2040 + 1 + 2040, 14 + 100, 14 + 4081}, lengths); diff != "" {
		t.Errorf("lengths of the requests (-want +got):\n%s", diff)
	}
	if s.State != taxii.Complete || len(s.Successes) != 4 || s.Counts.Successes != 4 || len(s.Failures) != 2 || s.Counts.Failures != 2 {
		t.Fatalf("status %+v", s)
	}
	if f := s.Failures[0]; f.ID != "x--2" || !f.Version.Equal(started) || !strings.Contains(f.Message, "not sent") {
		t.Errorf("the long object: %+v", f)
	}
	if _, err := c.Push(context.Background(), hub+sharedURL, []jsontext.Value{jsontext.Value(`{}`), jsontext.Value(`[]`)}); err == nil || !strings.Contains(err.Error(), "object 1") || len(lengths) != 3 {
		t.Errorf("an object that is none: %v", err)
	}
	if _, err := c.Push(context.Background(), hub+"/elsewhere/", sized(60)); err == nil || !strings.Contains(err.Error(), "CollectionURL") {
		t.Errorf("a URL of no collection: %v", err)
	}
}

// A server may refuse what it said that it takes.
func TestPushIsSplitAfter413(t *testing.T) {
	taken := map[string]int{}
	c := serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", taxii.MediaType)
		if r.Method == http.MethodGet {
			w.WriteHeader(http.StatusForbidden) // it does not even say
			return
		}
		if r.ContentLength > 300 {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
			return
		}
		_, err := taxii.ReadEnvelope(r.Body, func(_ int, raw jsontext.Value) error {
			taken[string(raw)[:13]]++
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		w.WriteHeader(http.StatusAccepted)
		write(w, `{"id":"1","status":"complete","total_count":1,"success_count":1,"failure_count":0,"pending_count":0}`)
	}))
	s, err := c.Push(context.Background(), hub+sharedURL, sized(100, 100, 100, 100, 100, 290, 100))
	if err != nil || len(taken) != 6 || len(s.Failures) != 1 || s.Failures[0].ID != "x--5" {
		t.Errorf("%v: taken %v, status %+v", err, taken, s)
	}
	for id, times := range taken {
		if times != 1 {
			t.Errorf("%s is taken %d times", id, times)
		}
	}
}

// A push waits until the server is done with it.
func TestPushWaitsForPending(t *testing.T) {
	status := func(state string, succeeded, pending int) string {
		return fmt.Sprintf(`{"id":"7","status":%q,"request_timestamp":"then","total_count":2,"success_count":%d,"failure_count":0,"pending_count":%d}`, state, succeeded, pending)
	}
	synctest.Test(t, func(t *testing.T) {
		polls := 0
		c := scripted(func(_ int, w http.ResponseWriter, r *http.Request) {
			switch {
			case r.Method == http.MethodPost:
				_, _ = io.Copy(io.Discard, r.Body)
				w.WriteHeader(http.StatusAccepted)
				write(w, status("pending", 0, 2))
			case strings.HasSuffix(r.URL.Path, "/status/7/"):
				if polls++; polls < 5 {
					write(w, status("pending", 1, 1))
				} else {
					write(w, status("complete", 2, 0))
				}
			default:
				write(w, `{"title":"x","versions":["application/taxii+json;version=2.1"],"max_content_length":1000}`)
			}
		})
		begin := time.Now()
		s, err := c.Push(t.Context(), hub+sharedURL, sized(60, 60))
		if want := (taxii.Status{ID: "7", State: taxii.Complete, Counts: taxii.Counts{Successes: 2}}); err != nil || !cmp.Equal(want, s) {
			t.Errorf("%v: status %+v", err, s)
		}
		if waited := time.Since(begin); polls != 5 || waited < 3*time.Second || waited > 60*time.Second {
			t.Errorf("asked %d times in %s", polls, waited)
		}

		polls = -1 << 20 // it will not be done
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		s, err = c.Push(ctx, hub+sharedURL, sized(60, 60))
		if !errors.Is(err, context.DeadlineExceeded) || s.State != taxii.Pending || s.ID != "7" {
			t.Errorf("with a deadline: %v, %+v", err, s)
		}
		if _, err = c.Push(t.Context(), hub+sharedURL, sized(60, 60)); err == nil || !strings.Contains(err.Error(), "ask for status 7 later") {
			t.Errorf("without: %v", err)
		}
	})
}

func TestPushIsNotRepeatedInTheDark(t *testing.T) {
	posts := 0
	c := serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			posts++
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		handler(filled(0)).ServeHTTP(w, r)
	}))
	if _, err := c.Push(context.Background(), hub+sharedURL, sized(60)); err == nil || posts != 1 {
		t.Errorf("sent %d times, %v", posts, err)
	}
	// A redirect would make a question of it.
	c = serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			http.Redirect(w, r, "/taxii2/", http.StatusFound)
			return
		}
		handler(filled(0)).ServeHTTP(w, r)
	}))
	if _, err := c.Push(context.Background(), hub+sharedURL, sized(60)); err == nil || !strings.Contains(err.Error(), "redirects") {
		t.Errorf("redirected: %v", err)
	}
}
