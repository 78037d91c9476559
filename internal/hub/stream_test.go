package hub_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/client"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/stream"
)

func (r *running) client(token string) *client.Client {
	r.t.Helper()
	c, err := client.New(r.URL(), token)
	if err != nil {
		r.t.Fatal(err)
	}
	return c
}

// backlog reads what a reader is told by now. The client checks n and chain.
func (r *running) backlog(token string, after stream.Mark, kinds ...ledger.Kind) []stream.Line {
	r.t.Helper()
	s, err := r.client(token).Backlog(patience(r.t), after, kinds...)
	if err != nil {
		r.t.Fatal(err)
	}
	defer s.Close()
	var lines []stream.Line
	for {
		line, err := s.Next()
		if errors.Is(err, io.EOF) {
			return lines
		}
		if err != nil {
			r.t.Fatal(err)
		}
		lines = append(lines, line)
	}
}

func markOf(l stream.Line) stream.Mark { return stream.Mark{Cursor: l.Cursor, N: l.N, Chain: l.Chain} }

// told is a line without its cursor, which is another each time.
func told(lines []stream.Line) []stream.Line {
	list := make([]stream.Line, len(lines))
	for i, l := range lines {
		l.Cursor = ""
		list[i] = l
	}
	return list
}

// contribute sends a plain list.
func (r *running) contribute(token, query string, values ...string) {
	r.t.Helper()
	a := r.call(http.MethodPost, "/api/v1/contributions?"+query, token, "text/plain", strings.NewReader(strings.Join(values, "\n")))
	if a.status != http.StatusCreated {
		r.t.Fatalf("contribute: %d %s", a.status, a.body)
	}
}

// Every reader has a gapless sequence and a chain of its own over what it may
// see; what it may not see leaves no trace in it.
func TestStreamOfEachReader(t *testing.T) {
	h := startHub(t, "")
	aID, a := h.partner("Bank 01", "financial-services", "DE", "contributor")
	bID, b := h.partner("Telco 01", "communications", "ES", "contributor")
	_, c := h.partner("Hospital 01", "healthcare", "GB", "contributor")
	quiet := told(h.backlog(c, stream.Mark{}))
	h.contribute(a, "tlp=red", "secret-of-a.example")
	h.contribute(a, "tlp=red&recipients="+bID, "for-b.example")
	h.token(aID, "viewer") // of administrators' business nobody is told
	h.post("/api/v1/protections", b, map[string]string{"value": "8.8.8.8", "polarity": "block", "reason": "x"}, http.StatusConflict)
	if diff := cmp.Diff(quiet, told(h.backlog(c, stream.Mark{}))); diff != "" {
		t.Errorf("what the third may not see left a trace (-before +after):\n%s", diff)
	}
	h.contribute(a, "tlp=amber", "for-all.example")
	for _, reader := range []struct {
		name, token string
		sees        []string
		not         []string
	}{
		{"a", a, []string{"secret-of-a", "for-b", "for-all"}, []string{"8.8.8.8"}},
		{"b", b, []string{"for-b", "for-all", "8.8.8.8"}, []string{"secret-of-a"}},
		{"c", c, []string{"for-all"}, []string{"secret-of-a", "for-b", "8.8.8.8"}},
		{"administrator", adminToken, []string{"for-all"}, []string{"secret-of-a", "for-b"}},
	} {
		lines := h.backlog(reader.token, stream.Mark{})
		var text strings.Builder
		for _, l := range lines {
			text.Write(l.Body)
		}
		for _, words := range reader.sees {
			if !strings.Contains(text.String(), words) {
				t.Errorf("%s is not told of %s", reader.name, words)
			}
		}
		for _, words := range append(reader.not, "token.issued") {
			if strings.Contains(text.String(), words) {
				t.Errorf("%s is told of %s", reader.name, words)
			}
		}
		// From each place in the middle the same lines come.
		for i := range lines {
			if diff := cmp.Diff(told(lines[i+1:]), told(h.backlog(reader.token, markOf(lines[i])))); diff != "" {
				t.Errorf("%s after line %d (-whole +resumed):\n%s", reader.name, i+1, diff)
			}
		}
	}
}

// A cursor is good for its reader and its kinds alone.
func TestStreamCursors(t *testing.T) {
	h := startHub(t, "")
	aID, a := h.partner("Bank 01", "financial-services", "DE", "contributor")
	_, b := h.partner("Telco 01", "communications", "ES", "contributor")
	lines := h.backlog(a, stream.Mark{})
	last := lines[len(lines)-1].Cursor
	for name, c := range map[string]struct {
		token, query string
		status       int
	}{
		"its own":             {a, "after=" + last, 200},
		"another's":           {b, "after=" + last, 400},
		"another role":        {h.token(aID, "viewer"), "after=" + last, 400},
		"a second token":      {h.token(aID, "contributor"), "after=" + last, 200},
		"other kinds":         {a, "kinds=partner.joined&after=" + last, 400},
		"changed":             {a, "after=" + last[:20] + "A" + last[21:], 400},
		"no cursor at all":    {a, "after=latest", 400},
		"nobody's":            {"nonsense", "after=" + last, 401},
		"kinds in any order":  {a, "kinds=x,partner.joined,x", 200},
		"kinds that are none": {a, "kinds=,%20,", 200},
	} {
		if got := h.call(http.MethodGet, "/api/v1/stream?follow=false&"+c.query, c.token, "", nil); got.status != c.status {
			t.Errorf("%s: status %d, want %d: %s", name, got.status, c.status, got.body)
		}
	}
	joined := h.backlog(a, stream.Mark{}, access.KindPartnerJoined)
	for _, l := range joined {
		if l.Kind != access.KindPartnerJoined {
			t.Errorf("asked for %s, told of %s", access.KindPartnerJoined, l.Kind)
		}
	}
	if len(joined) != 2 {
		t.Errorf("%d partners joined, told of %d", 2, len(joined))
	}
}

// A reader that may no longer read is told nothing more, although its
// connection is open.
func TestStreamEndsWithTheToken(t *testing.T) {
	for _, how := range []string{"revoked", "dismissed"} {
		t.Run(how, func(t *testing.T) {
			h := startHub(t, "")
			id, token := h.partner("Bank 01", "financial-services", "DE", "viewer")
			other, _ := h.partner("Telco 01", "communications", "ES", "viewer")
			s, err := h.client(token).Follow(patience(t), stream.Mark{})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			for range 2 { // both partners
				if _, err := s.Next(); err != nil {
					t.Fatal(err)
				}
			}
			path := "/api/v1/partners/" + id + "/dismissal"
			if how == "revoked" {
				var list struct {
					Tokens []access.Token `json:"tokens"`
				}
				h.get("/api/v1/tokens", adminToken, &list)
				for _, one := range list.Tokens {
					if string(one.Partner) == id {
						path = "/api/v1/tokens/" + one.ID + "/revocation"
					}
				}
			}
			h.post(path, adminToken, map[string]string{"reason": "left"}, http.StatusNoContent)
			h.post("/api/v1/partners/"+other+"/dismissal", adminToken, map[string]string{"reason": "left"}, http.StatusNoContent)
			if line, err := s.Next(); err == nil {
				t.Errorf("after the token was %s the stream told of %s", how, line.Body)
			}
		})
	}
}

// A reader that takes nothing does not hold up another, or the hub.
func TestASlowReaderHarmsNobody(t *testing.T) {
	h := startHub(t, "")
	_, token := h.partner("Bank 01", "financial-services", "DE", "contributor")
	slow, err := net.Dial("tcp", strings.TrimPrefix(h.URL(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close()
	fmt.Fprintf(slow, "GET /api/v1/stream HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer %s\r\n\r\n", token)
	quick, err := h.client(token).Follow(patience(t), stream.Mark{})
	if err != nil {
		t.Fatal(err)
	}
	defer quick.Close()
	// More than the slow reader's buffers take, and more than the hub keeps in memory.
	pad := []byte(`{"pad":"` + strings.Repeat("x", 900_000) + `"}`)
	for n := uint64(1); n < 20; n++ {
		line, err := quick.Next()
		if err != nil || line.N != n {
			t.Fatalf("line %d of the quick reader is %d, %v", n, line.N, err)
		}
		if _, err := h.Views.Append(patience(t), ledger.Draft{Kind: "test.pad", Actor: access.Hub, Audience: access.ToCommunity(access.Green).String(), Body: pad}); err != nil {
			t.Fatal(err)
		}
	}
}

// Two hundred followers are all told, and each has a chain of its own.
func TestManyFollowers(t *testing.T) {
	h := startHub(t, "")
	_, token := h.partner("Bank 01", "financial-services", "DE", "contributor")
	const followers = 200
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	var wg sync.WaitGroup
	ready := make(chan struct{}, followers)
	for i := range followers {
		wg.Go(func() {
			s, err := h.client(token).Follow(ctx, stream.Mark{})
			if err != nil {
				t.Errorf("follower %d: %v", i, err)
				ready <- struct{}{}
				return
			}
			defer s.Close()
			for n := range 2 {
				line, err := s.Next()
				if n == 0 {
					ready <- struct{}{}
				}
				if err != nil || line.N != uint64(n+1) {
					t.Errorf("follower %d: line %d, %v", i, line.N, err)
					return
				}
			}
		})
	}
	for range followers {
		<-ready
	}
	h.contribute(token, "", "evil.example")
	wg.Wait()
}
