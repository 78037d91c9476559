package main

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/tocsin-project/tocsin/internal/chaos/history"
)

// readObject reads whether an object is there.
func (s *session) readObject(ctx context.Context, id string) {
	r := history.Read{Session: s.name, Key: id, Invoked: s.now(), Fresh: s.fresh}
	var found struct {
		ID     string `json:"id"`
		Object struct {
			ID      string `json:"id"`
			Name    string `json:"name"`
			Pattern string `json:"pattern"`
		} `json:"object"`
	}
	status, told := s.ask(ctx, "/api/v1/objects/"+id, &found)
	if !told {
		return
	}
	if status == http.StatusOK {
		r.Version = 1
		if o := found.Object; found.ID != id || o.ID != id || o.Pattern != "[domain-name:value = '"+o.Name+"']" {
			s.defect("%s: %s is %+v", s.name, id, found)
		}
	}
	s.read(r)
}

// readDecision reads which decision of a value is the latest.
func (s *session) readDecision(ctx context.Context, value string) {
	r := history.Read{Session: s.name, Key: value, Invoked: s.now(), Fresh: s.fresh}
	var found struct {
		Protections []struct {
			Value  string `json:"value"`
			State  string `json:"state"`
			Reason string `json:"reason"`
		} `json:"protections"`
	}
	if _, told := s.ask(ctx, "/api/v1/protections?value="+url.QueryEscape(value), &found); !told {
		return
	}
	for _, p := range found.Protections {
		version, err := strconv.Atoi(p.Reason)
		if want := [2]string{"revoked", "active"}[version%2]; p.Value != value || err != nil || p.State != want {
			s.defect("%s: of %s it reads %+v", s.name, value, p)
		}
		r.Version = max(r.Version, version)
	}
	if len(found.Protections) > 1 {
		s.defect("%s: %s has %d decisions at once: %+v", s.name, value, len(found.Protections), found.Protections)
	}
	s.read(r)
}

// readKey reads what a write wrote.
func (s *session) readKey(ctx context.Context, w history.Write) {
	if w.Decides {
		s.readDecision(ctx, w.Key)
	} else {
		s.readObject(ctx, w.Key)
	}
}

// reader reads what others write, the newest above all.
func (s *session) reader(ctx context.Context) {
	for ctx.Err() == nil {
		w, found := s.oneWritten(func(n int) int { return n - 1 - min(s.rng.IntN(n), s.rng.IntN(200)) })
		if found {
			s.readKey(ctx, w)
		}
		if s.rng.IntN(20) == 0 {
			s.at = s.rng.IntN(len(s.bases)) // as a load balancer does
		}
		s.rest(ctx, time.Duration(s.rng.IntN(12))*time.Millisecond)
	}
}
