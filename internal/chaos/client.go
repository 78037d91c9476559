package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/chaos/history"
)

const administrator = "the administrator of hubs that suffer"

// session is one client: it calls one hub as long as that answers, then another, and
// remembers nothing but where it read and the position that it was told.
type session struct {
	name  string
	token string
	bases []string // of all hubs
	at    int      // which of them it calls
	seen  string   // the position that the last answer named, if it named one
	fresh bool     // there is one hub, which knows all that it acknowledged
	*journal
	rng  *rand.Rand
	http *http.Client
}

// answer is what a hub said.
type answer struct {
	status int
	text   []byte
}

// call sends one request and reads the answer to its end, if that comes before the
// session has gone away, which it does as people and programs do: after some seconds,
// and sometimes at once. An error says that nobody knows what became of it.
func (s *session) call(ctx context.Context, q request) (answer, error) {
	wait := 500*time.Millisecond + time.Duration(s.rng.Int64N(int64(6*time.Second)))
	if q.method != http.MethodGet && s.rng.IntN(12) == 0 {
		wait = time.Duration(s.rng.Int64N(int64(30 * time.Millisecond))) // and whatever becomes of it is not heard
	}
	return s.exchange(ctx, q, wait)
}

func (s *session) exchange(ctx context.Context, q request, patience time.Duration) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	response, err := s.open(ctx, q)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, text}, err
}

// request is what is sent, however often.
type request struct {
	method, path string
	media        string
	body         []byte
	key          string // it is to be carried out once
}

// open sends a request to the hub that the session calls.
func (s *session) open(ctx context.Context, q request) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, q.method, s.bases[s.at]+q.path, bytes.NewReader(q.body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+s.token)
	if q.media != "" {
		r.Header.Set("Content-Type", q.media)
		r.Header.Set("Accept", q.media)
	}
	if q.key != "" {
		r.Header.Set("Idempotency-Key", `"`+q.key+`"`)
	}
	if s.seen != "" {
		r.Header.Set(positionHeader, s.seen)
	}
	response, err := s.http.Do(r)
	if err == nil {
		s.seen = cmp.Or(response.Header.Get(positionHeader), s.seen)
	}
	return response, err
}

// positionHeader has a node of several answer by what its client has seen: see package cluster.
const positionHeader = "Tocsin-Position"

// elsewhere has the session call another hub, if there is one, after a moment.
func (s *session) elsewhere(ctx context.Context) {
	s.at = s.rng.IntN(len(s.bases))
	s.rest(ctx, 5*time.Millisecond+time.Duration(s.rng.IntN(40))*time.Millisecond)
}

func (s *session) rest(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// write sends a request until the hub says that it is carried out, or, if the session
// is to give up, until the first answer that does not say so. It says whether it was
// acknowledged.
func (s *session) write(ctx context.Context, w history.Write, q request, giveUp bool, carriedOut func(answer) (bool, string)) bool {
	w.Session = s.name
	number := s.sent(w)
	for ctx.Err() == nil {
		a, err := s.call(ctx, q)
		if err == nil {
			done, refused := carriedOut(a)
			switch {
			case done:
				s.acked(number)
				return true
			case refused != "":
				s.defect("%s: %s %s is refused: %d %s", s.name, q.method, q.path, a.status, refused)
				return false
			}
		}
		if giveUp {
			return false
		}
		s.elsewhere(ctx)
	}
	return false
}

// ask reads JSON from a hub into out, and gives the status; false: there was no answer
// that says anything.
func (s *session) ask(ctx context.Context, path string, out any) (status int, told bool) {
	a, err := s.call(ctx, request{method: http.MethodGet, path: path})
	switch {
	case err != nil || a.status >= 500 || a.status == http.StatusTooManyRequests:
		s.elsewhere(ctx)
		return a.status, false
	case a.status == http.StatusOK:
		if err := json.Unmarshal(a.text, out); err != nil {
			s.defect("%s: GET %s: %v in %.200s", s.name, path, err, a.text)
			return a.status, false
		}
	case a.status != http.StatusNotFound:
		s.defect("%s: GET %s: %d %.200s", s.name, path, a.status, a.text)
		return a.status, false
	}
	return a.status, true
}

// newSession is a client with a token that starts at the hub with that number.
func (r *run) newSession(name, token string, at int) *session {
	return &session{
		name: name, token: token, bases: r.bases(), at: at % len(r.members), seen: r.tokens.position, fresh: len(r.members) == 1, journal: r.journal,
		rng: rand.New(rand.NewPCG(r.seed, uint64(len(name))<<32|uint64(at))),
		http: &http.Client{Transport: &http.Transport{
			DialContext:         (&net.Dialer{Timeout: 2 * time.Second}).DialContext,
			MaxIdleConnsPerHost: 4, IdleConnTimeout: 10 * time.Second,
		}},
	}
}

// uuid is drawn from the session's own source.
func (s *session) uuid() string {
	a, b := s.rng.Uint64(), s.rng.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", a>>32, a>>16&0xffff, a&0xfff, b>>52, b&0xffffffffffff)
}
