package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"
)

// tokens are those of the clients.
type tokens struct {
	contributors []string // of two partners
	coordinator  string   // of a third
	viewer       string   // of a fourth
	collection   string   // the community's, over TAXII
	position     string   // where all this is there: see package cluster
}

// enrol lets the partners in. Nothing is wrong with the hubs yet.
func (r *run) enrol(ctx context.Context) error {
	admin := r.newSession("administrator", administrator, 0)
	for i, role := range []string{"contributor", "contributor", "coordinator", "viewer"} {
		var partner, issued struct{ ID, Token string }
		err := admin.must(ctx, "/api/v1/partners", fmt.Sprintf(`{"name":"Partner %d","sector":"healthcare","country":"GB","kind":"operator"}`, i), &partner)
		if err == nil {
			err = admin.must(ctx, "/api/v1/tokens", fmt.Sprintf(`{"partner":%q,"role":%q}`, partner.ID, role), &issued)
		}
		if err != nil {
			return err
		}
		switch role {
		case "contributor":
			r.tokens.contributors = append(r.tokens.contributors, issued.Token)
		case "coordinator":
			r.tokens.coordinator = issued.Token
		default:
			r.tokens.viewer = issued.Token
		}
	}
	r.tokens.position = admin.seen
	return r.findCollection(ctx)
}

// findCollection finds what the whole community may read.
func (r *run) findCollection(ctx context.Context) error {
	s := r.newSession("enrolled", r.tokens.contributors[0], 0)
	a, err := s.exchange(ctx, request{method: http.MethodGet, path: "/taxii2/default/collections/", media: taxiiMedia}, patience)
	var found struct {
		Collections []struct{ ID, Title string }
	}
	if err == nil {
		err = json.Unmarshal(a.text, &found, json.MatchCaseInsensitiveNames(true))
	}
	for _, c := range found.Collections {
		if c.Title == "community" {
			r.tokens.collection = c.ID
			return nil
		}
	}
	return fmt.Errorf("find the collection of the community: status %d, %w", a.status, err)
}

// must makes a call that has to be answered with 201: nodes may have to find out first
// which of them leads.
func (s *session) must(ctx context.Context, path, body string, out any) error {
	q := request{method: http.MethodPost, path: path, media: "application/json", body: []byte(body), key: s.uuid()}
	for began := time.Now(); ; s.rest(ctx, 10*pause) {
		a, err := s.exchange(ctx, q, patience)
		switch {
		case err != nil:
			return err
		case a.status == http.StatusCreated:
			return json.Unmarshal(a.text, out, json.MatchCaseInsensitiveNames(true))
		case a.status != http.StatusServiceUnavailable || time.Since(began) > patience:
			return fmt.Errorf("POST %s: status %d: %s", path, a.status, a.text)
		}
	}
}

// freeAddress is one where nobody listens now.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // it is there at once
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}
