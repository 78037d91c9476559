package page_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/signature"
	"github.com/tocsin-project/tocsin/stix"
)

// teller makes the records of a case: the same ones in every run.
type teller struct {
	t       testing.TB
	records []attribution.Opened
	head    string
	digest  string // of the last statement
	version int
}

const caseID = attribution.CaseID("case--00000000-0000-4000-8000-000000000c05")

func partner(n int) access.PartnerID {
	return access.PartnerID(fmt.Sprintf("identity--00000000-0000-4000-8000-%012d", n))
}

var called = map[int]string{1: "Northland CERT", 2: "Westland agency", 3: "Southland agency", 4: "Hospital trust", 5: "University laboratory"}

func evidenceID(n int) attribution.EvidenceID {
	return attribution.EvidenceID(fmt.Sprintf("evidence--00000000-0000-4000-8000-%012d", n))
}

func named(content string) string { return attribution.Digest(sha256.Sum256([]byte(content))).Named() }

// key is the n-th signer's: of the partners, and from 90 on of the accused.
func key(n int) (private ed25519.PrivateKey, text string) {
	seed := sha256.Sum256(fmt.Appendf(nil, "key %d of these tests", n))
	private = ed25519.NewKeyFromSeed(seed[:])
	return private, "ed25519:" + base64.StdEncoding.EncodeToString(private.Public().(ed25519.PublicKey))
}

func (s *teller) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// tell makes the next record.
func (s *teller) tell(kind ledger.Kind, by int, body any) {
	s.t.Helper()
	text, err := json.Marshal(body)
	s.must(err)
	text, err = stix.Canonical(text)
	s.must(err)
	n := len(s.records) + 1
	if n == 1 {
		s.head = attribution.NoRecord
	}
	at := time.Date(2024, 3, 4, 9, 0, 0, 0, time.UTC).Add(time.Duration(n) * 95 * time.Minute)
	r := attribution.Record{At: attribution.Time{Time: at}, Body: text, By: partner(by), Case: caseID, Kind: kind, N: n, Prev: s.head}
	salt := attribution.Salt(sha256.Sum256(fmt.Appendf(nil, "salt %d", n)))
	written, err := r.Bytes()
	s.must(err)
	s.head = attribution.Commit(salt, written).String()
	s.records = append(s.records, attribution.Opened{Record: r, Salt: salt})
}

func (s *teller) rate(by int, evidence int, h attribution.HypothesisID, v attribution.Value, likelihood float64, reason string) {
	s.t.Helper()
	s.tell(attribution.KindRating, by, attribution.Rating{
		Case: caseID, Party: called[by], Evidence: evidenceID(evidence), Hypothesis: h, Value: v, Likelihood: likelihood, Reason: reason,
	})
}

func (s *teller) state(by int, d attribution.Document) {
	s.t.Helper()
	d.Case, d.Question, d.Policy = caseID, opening(s.t).Question, opening(s.t).Policy.String()
	d.Basis = attribution.Basis{N: len(s.records), Commitment: s.head}
	digest, err := d.Digest()
	s.must(err)
	s.digest, s.version = digest.String(), d.Version
	s.tell(attribution.KindStatement, by, attribution.Motion{Case: caseID, Party: called[by], Document: d})
}

func (s *teller) vote(by int, choice attribution.Choice, c attribution.Confidence, words string) {
	s.t.Helper()
	private, text := key(by)
	b := attribution.Ballot{Case: caseID, Statement: s.digest, Partner: partner(by), Vote: choice, Words: words, Confidence: c}
	if by == 1 {
		b.Occurred = "4 March 2024, in the afternoon"
	}
	message, err := b.Message()
	s.must(err)
	s.tell(attribution.KindVote, by, attribution.Vote{
		Case: caseID, Party: called[by], Document: b, Key: text, Signature: signature.Signature{Ed25519: ed25519.Sign(private, message)},
	})
}

func (s *teller) publish(by int) {
	s.t.Helper()
	s.tell(attribution.KindPublished, by, attribution.Publication{Case: caseID, Party: called[by], Statement: s.digest})
}

func (s *teller) reply(by int, relation attribution.Relation, text, source string, signer int) {
	s.t.Helper()
	a := attribution.Answer{Case: caseID, Statement: s.digest, From: "Ministry of Eastland", Relation: relation, Text: text}
	r := attribution.Reply{Case: caseID, Party: called[by], Source: source}
	if signer > 0 {
		a.Occurred = "on the next day"
		private, public := key(signer)
		message, err := a.Message()
		s.must(err)
		r.Key, r.Signature = public, ed25519.Sign(private, message)
	}
	r.Document = a
	s.tell(attribution.KindReply, by, r)
}

// replay is the case after so many records; all of them for 0.
func replay(t testing.TB, records []attribution.Opened, n int) *attribution.Case {
	t.Helper()
	if n == 0 {
		n = len(records)
	}
	c, err := attribution.Replay(records[:n])
	if err != nil {
		t.Fatal(err)
	}
	return c
}
