package client

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

// bubble has pauses take no time: what answers is no server but a function.
func bubble(t *testing.T, answer func(r *http.Request) (*http.Response, error)) *Client {
	t.Helper()
	c, err := New("http://hub.example", "secret")
	if err != nil {
		t.Fatal(err)
	}
	c.http = &http.Client{Transport: roundTrip(answer)}
	return c
}

type roundTrip func(*http.Request) (*http.Response, error)

func (r roundTrip) RoundTrip(request *http.Request) (*http.Response, error) { return r(request) }

func answered(r *http.Request, status int, kind, text string) *http.Response {
	recorder := httptest.NewRecorder()
	recorder.Header().Set("Content-Type", kind)
	recorder.Header().Set("Retry-After", "1")
	recorder.WriteHeader(status)
	_, _ = recorder.WriteString(text)
	response := recorder.Result()
	response.Request = r
	return response
}

const busyProblem = `{"type":"https://hub.example/docs#key-under-way","status":409,"title":"Conflict","detail":"under way"}`

// A call whose answer is lost is sent again with the same key, until it is answered.
func TestALostAnswerIsAskedForAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var keys []string
		c := bubble(t, func(r *http.Request) (*http.Response, error) {
			keys = append(keys, r.Header.Get("Idempotency-Key"))
			switch len(keys) {
			case 1:
				return nil, errors.New("connection reset")
			case 2:
				return answered(r, http.StatusConflict, "application/problem+json", busyProblem), nil
			}
			return answered(r, http.StatusCreated, "application/json", `{"id":"1"}`), nil
		})
		var out struct {
			ID string `json:"id"`
		}
		if err := c.Post(t.Context(), "/actions", map[string]string{"a": "b"}, &out); err != nil || out.ID != "1" {
			t.Fatalf("%v, %q", err, out.ID)
		}
		if len(keys) != 3 || len(slices.Compact(slices.Clone(keys))) != 1 || !strings.HasPrefix(keys[0], `"`) {
			t.Errorf("the keys: %q", keys)
		}
		if err := c.Delete(t.Context(), "/clients/1"); err != nil || keys[3] == keys[0] || keys[3] == "" {
			t.Errorf("another call: %v, %q", err, keys)
		}
	})
}

// What the hub refuses is not sent again; nor what counts once by itself, which has
// no key; and a hub that is never there is given up.
func TestWhatIsNotAskedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		var key string
		refuses := bubble(t, func(r *http.Request) (*http.Response, error) {
			calls++
			return answered(r, http.StatusConflict, "application/problem+json", `{"type":"about:blank","status":409,"title":"Conflict"}`), nil
		})
		if err := refuses.Post(t.Context(), "/actions", nil, nil); err == nil || calls != 1 {
			t.Errorf("%d calls, %v", calls, err)
		}
		calls = 0
		lost := bubble(t, func(r *http.Request) (*http.Response, error) {
			calls++
			key = r.Header.Get("Idempotency-Key")
			return nil, errors.New("connection reset")
		})
		if err := lost.Report(t.Context(), "/receipts", nil, nil); err == nil || calls != 1 || key != "" {
			t.Errorf("%d calls with the key %q, %v", calls, key, err)
		}
		calls = 0
		if err := lost.Post(t.Context(), "/actions", nil, nil); err == nil || calls != len(pauses)+1 {
			t.Errorf("%d calls, %v", calls, err)
		}
	})
	c, err := New("http://127.0.0.1:1", "secret")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Put(t.Context(), "/clients/1"); err == nil || !unsent(err) {
		t.Errorf("nobody is there: %v", err)
	}
}

func TestPagesFollowMore(t *testing.T) {
	var calls atomic.Int32
	c := fakeHub(t, func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		switch after := r.URL.Query().Get("after"); {
		case r.URL.Query().Get("state") != "open":
			http.Error(w, "the query is lost", http.StatusBadRequest)
		case after == "":
			fmt.Fprint(w, `{"things":[{"n":1},{"n":2}],"more":"a+b","other":[7]}`)
		case after == "a+b":
			fmt.Fprint(w, `{"things":[],"more":"c"}`)
		case after == "c":
			fmt.Fprint(w, `{"things":[{"n":3}]}`)
		case after == "loop":
			fmt.Fprint(w, `{"things":[{"n":4}],"more":"loop"}`)
		}
	})
	type thing struct {
		N int `json:"n"`
	}
	var all []thing
	if err := Collect(t.Context(), c, "/things?state=open", "things", &all); err != nil || !slices.Equal(all, []thing{{1}, {2}, {3}}) {
		t.Errorf("%v, %v", all, err)
	}
	calls.Store(0)
	for one, err := range Pages[thing](t.Context(), c, "/things?state=open", "things") {
		if err != nil || one.N != 1 {
			t.Errorf("%v, %v", one, err)
		}
		break
	}
	if calls.Load() != 1 {
		t.Errorf("%d pages were read for one item", calls.Load())
	}
	if err := Collect(t.Context(), c, "/things?state=open&after=loop", "things", &all); err == nil {
		t.Error("an answer that leads to itself is followed")
	}
	if err := Collect(t.Context(), c, "/things", "things", &all); err == nil {
		t.Error("a refusal is not told")
	}
}
