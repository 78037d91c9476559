package response_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/response"
)

const (
	aContribution = "contribution--00000000-0000-5000-8000-000000000001"
	aProtection   = "protection--00000000-0000-5000-8000-000000000001"
)

var evidence = []struct {
	text string
	sort response.EvidenceSort // "" is refused
	says string
}{
	{"ticket 17: all hosts patched", response.InWords, ""},
	{"two lines\nof words", response.InWords, ""},
	{"protection was lifted", response.InWords, ""},
	{"https://status.example/17", response.AtURL, ""},
	{"https://", "", "URL"},
	{"https://user:password@status.example/", "", "password"},
	{"sha256:" + strings.Repeat("0a", 32), response.ByDigest, ""},
	{"sha256:" + strings.Repeat("0a", 31), "", "64"},
	{aContribution, response.OfContributed, ""},
	{"contribution--17", "", "UUID"},
	{aContribution + " and more", "", "UUID"},
	{aProtection, response.OfProtection, ""},
	{"receipt:" + aProtection + ":nft", response.OfReceipt, ""},
	{"receipt:" + aProtection, "", "outlet"},
	{"receipt:nft", "", "protection's id"},
	{" ", "", "evidence"},
	{strings.Repeat("x", 5000), "", "evidence"},
}

func TestParseEvidence(t *testing.T) {
	for _, c := range evidence {
		sort, _, err := response.ParseEvidence(c.text)
		if c.sort == "" {
			refused(t, c.text, err, access.ErrInvalid, c.says)
		} else if err != nil || sort != c.sort {
			t.Errorf("%q: %s %v, want %s", c.text, sort, err, c.sort)
		}
	}
	if _, r, err := response.ParseEvidence("receipt:" + aProtection + ":a:b"); err != nil || r.ID != aProtection || r.Outlet != "a:b" {
		t.Errorf("receipt: %+v %v", r, err)
	}
}

func FuzzParseEvidence(f *testing.F) {
	for _, c := range evidence {
		f.Add(c.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		sort, r, err := response.ParseEvidence(text)
		named := sort == response.OfContributed || sort == response.OfProtection || sort == response.OfReceipt
		if err == nil && named != (r.ID != "") || err != nil && sort != "" {
			t.Errorf("%q: %s %+v %v", text, sort, r, err)
		}
	})
}

// A reference is asked about before it counts, and what is said of its sort is
// the board's own word.
func TestForgedEvidence(t *testing.T) {
	s := newStory(t)
	id := s.open(0, coordinator, response.Opening{Kind: response.Patch, Title: "Patch", AskedOf: asked(2)})
	s.commit(time.Minute, 2, response.Promise{Action: id})
	done := func(evidence string) error {
		d, err := s.state.Done(context.Background(), principal(2, access.Contributor), response.Completion{Action: id, Evidence: evidence, Sort: response.OfReceipt})
		if err == nil {
			s.add(2*time.Minute, d, nil)
		}
		return err
	}
	refused(t, "nobody checks", done(aContribution), access.ErrInvalid, "cannot be checked")
	s.state.Consult(nil, func(_ context.Context, who access.Principal, r response.Reference) error {
		if r.Sort == response.OfContributed && r.ID == aContribution && who.Partner == partnerID(2) {
			return nil
		}
		return fmt.Errorf("%w: evidence: %s is not its own", access.ErrNotFound, r.ID)
	})
	other := strings.Replace(aContribution, "1", "2", 1)
	refused(t, "another's", done(other), access.ErrNotFound, other)
	refused(t, "a receipt that there is not", done("receipt:"+aProtection+":nft"), access.ErrNotFound, aProtection)
	if a := s.get(2*time.Minute, id); len(a.History) != 2 {
		t.Errorf("forged evidence left a trace: %+v", a.History)
	}
	if err := done(aContribution); err != nil {
		t.Fatal(err)
	}
	if c := s.get(3*time.Minute, id).Commitments[0]; c.Sort != response.OfContributed || c.Status != response.Done {
		t.Errorf("%+v", c)
	}
	refused(t, "done twice", done("once more"), access.ErrConflict, "already")
}
