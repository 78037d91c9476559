package taxii_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/taxii"
)

// silent is the body of an answer that stops in the middle.
type silent struct {
	request *http.Request
	text    io.Reader
}

func (s silent) Close() error { return nil }
func (s silent) Read(p []byte) (int, error) {
	if n, err := s.text.Read(p); err == nil {
		return n, nil
	}
	<-s.request.Context().Done()
	return 0, s.request.Context().Err()
}

// transport answers as the function does.
type transport func(r *http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// A server that falls silent, before its answer or within, is asked again, and
// given up in the end.
func TestServerThatFallsSilent(t *testing.T) {
	for name, answer := range map[string]transport{
		"within a page": func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusOK, ContentLength: -1, Header: http.Header{"Content-Type": {taxii.MediaType}},
				Body: silent{r, strings.NewReader(`{"objects":[{"n":1},`)}}, nil
		},
		"before its answer": func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				asked := 0
				c := serve(nil)
				c.Attempts = 3
				c.HTTP = &http.Client{Transport: transport(func(r *http.Request) (*http.Response, error) {
					asked++
					return answer(r)
				})}
				begin := time.Now()
				objects, _, err := pull(c, taxii.Cursor{})
				if err == nil || !strings.Contains(err.Error(), "gone silent") || asked != 3 || len(objects) > 1 {
					t.Errorf("asked %d times, %d objects, %v", asked, len(objects), err)
				}
				if waited := time.Since(begin); waited > 20*time.Minute {
					t.Errorf("waited %s", waited)
				}
			})
		})
	}
}

// The time that the caller takes for an object does not count against the
// server.
func TestSlowCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := scripted(func(_ int, w http.ResponseWriter, _ *http.Request) {
			write(w, `{"objects":[`+strings.Repeat(`{"pad":"`+strings.Repeat("a", 8<<10)+`"},`, 3)+`{}]}`)
		})
		n := 0
		_, err := c.Pull(t.Context(), hub+sharedURL, taxii.Cursor{}, func(jsontext.Value) error {
			n++
			time.Sleep(time.Hour)
			return nil
		})
		if err != nil || n != 4 {
			t.Errorf("%d objects, %v", n, err)
		}
	})
}

// limited is a backend that lets nobody in for a while.
type limited struct{ err error }

func (l limited) Session(*http.Request) (taxii.Session, error) { return nil, l.err }

// A rate limit, or a backlog that is full, says when to come again, to readers
// and to writers, and a client obeys.
func TestComeAgainLater(t *testing.T) {
	for _, status := range []int{http.StatusTooManyRequests, http.StatusServiceUnavailable} {
		h := handler(limited{&taxii.Error{Status: status, Title: "later", RetryAfter: 90 * time.Second}})
		for _, method := range []string{"GET", "POST"} {
			w := request(h, method, sharedURL+"/objects/", strings.NewReader(`{}`))
			if w.Code != status || w.Header().Get("Retry-After") != "90" || !strings.Contains(w.Body.String(), `"later"`) {
				t.Errorf("%s: answered %d %v %s", method, w.Code, w.Header(), w.Body)
			}
		}
		synctest.Test(t, func(t *testing.T) {
			c := serve(h)
			c.Attempts = 2
			begin := time.Now()
			_, err := c.Discover(t.Context())
			sent := (*taxii.Error)(nil)
			if waited := time.Since(begin); !errors.As(err, &sent) || sent.Status != status || waited < 90*time.Second || waited > 91*time.Second {
				t.Errorf("waited %s, %v", waited, err)
			}
		})
	}
}
