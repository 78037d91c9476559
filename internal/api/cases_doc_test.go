package api_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/publiclog/proof"
	"github.com/tocsin-project/tocsin/internal/signature"
)

// documented is one call of an operation, with a token and what it needs.
type documented struct {
	id, token, query, body string
	path                   map[string]string
}

// fakeLog is a public log that says what the document has to describe.
type fakeLog struct{}

func (fakeLog) Status() proof.Status {
	return proof.Status{Origin: "log.example", Size: 1, Root: "AA==", Quorum: "none", Ledger: &proof.Committed{}, Witnesses: []proof.Witness{{Name: "w", Key: "k"}}}
}

func (fakeLog) Keys() (string, error) { return "quorum none\n", nil }

func (fakeLog) Contribution(_ context.Context, id string, entries []ledger.Seq) (proof.Contribution, error) {
	e := proof.Entry{Record: []byte{1}, Key: []byte{2}, Size: int64(len(entries)), Path: [][]byte{{3}}, Leaf: "l", LogPath: [][]byte{{4}}}
	return proof.Contribution{Format: proof.Format, ID: id, Entries: []proof.Entry{e}, Checkpoint: "c"}, nil
}

func (fakeLog) Index(ledger.Seq) (int64, bool) { return 3, true }

func (fakeLog) ProveRecord(k attribution.Kept) (proof.Record, error) {
	return proof.Record{Format: proof.RecordFormat, Record: k.Record, Salt: k.Salt, Path: [][]byte{{4}}, Checkpoint: "c"}, nil
}

func (fakeLog) Dossier(context.Context, attribution.CaseID) ([]byte, error) { return []byte("PK"), nil }

func (fakeLog) Renew(attribution.CaseID) {}

func (fakeLog) Rotate(context.Context, string) (string, error) { return "v", nil }

// judging is every act in a case from the first vector to the last seal: the
// calls, in the order in which a case takes them. Its partner's policy is its own.
func (s *site) judging(partner, token, contribution, contributor string) []documented {
	s.t.Helper()
	const item = "evidence--22222222-2222-4222-8222-222222222222"
	salt, digest := attribution.Salt{1}, attribution.Digest{2}
	var opened struct {
		ID attribution.CaseID `json:"id"`
	}
	s.must("POST", "/cases", token, caseOf("Whose hand?", partner), &opened)
	s.must("POST", "/cases/evidence", token, map[string]any{
		"case": opened.ID, "id": item, "title": "Sealed", "kind": "intelligence", "seal": attribution.Seal(salt, digest).Named(), "source": "a partner",
		"reliability": "B", "credibility": 2, "relevance": "H", "forgeability": "L",
	}, nil)
	signer, err := signature.Generate()
	if err != nil {
		s.t.Fatal(err)
	}
	s.must("POST", "/keys", token, map[string]string{"act": "register", "key": signer.Public().String()}, nil)
	statement := func(text string) map[string]any {
		return map[string]any{"case": opened.ID, "document": map[string]any{
			"act": "finding", "finding": "one", "text": text, "likelihood": "likely", "confidence": "low", "cites": []string{item},
		}}
	}
	var put struct {
		Digest string `json:"digest"`
	}
	s.must("POST", "/cases/statements", token, statement("It was one"), &put)
	ballot := attribution.Ballot{Case: opened.ID, Statement: put.Digest, Partner: access.PartnerID(partner), Vote: attribution.Endorse, Words: "Yes", Confidence: "high"}
	message, err := ballot.Message()
	if err != nil {
		s.t.Fatal(err)
	}
	vector := attribution.Vector{"one": 3, "unknown": 1}
	seal, err := attribution.SealVector(salt, vector)
	if err != nil {
		s.t.Fatal(err)
	}
	text := func(v map[string]any) string {
		v["case"] = opened.ID
		return marshal(s.t, v)
	}
	second, err := signature.Generate()
	if err != nil {
		s.t.Fatal(err)
	}
	path := map[string]string{"id": string(opened.ID), "evidence": item, "number": "1"}
	age := base64.StdEncoding.EncodeToString([]byte("age-encryption.org/v1\n..."))
	return []documented{
		{id: "commit-vector", token: token, body: text(map[string]any{"round": 1, "seal": seal.Named()})},
		{id: "close-round", token: token, body: text(map[string]any{"round": 1})},
		{id: "reveal-vector", token: token, body: text(map[string]any{"round": 1, "salt": salt, "vector": vector})},
		{id: "put-statement", token: token, body: text(statement("It was one, we think"))},
		{id: "vote", token: token, body: text(map[string]any{"document": ballot, "key": signer.Public().String(), "signature": signer.Sign(message)})},
		{id: "publish-statement", token: token, body: text(map[string]any{"statement": put.Digest})},
		{id: "record-reply", token: token, body: text(map[string]any{"source": "https://news.example", "document": map[string]any{
			"case": opened.ID, "statement": put.Digest, "from": "The accused", "relation": "denial", "text": "No",
		}})},
		{id: "deposit-evidence", token: token, body: text(map[string]any{"evidence": item, "ciphertext": age, "to": []string{partner}})},
		{id: "deposits", token: token, path: path}, {id: "deposit", token: token, path: path},
		{id: "unseal-evidence", token: token, body: text(map[string]any{"evidence": item, "salt": salt, "digest": digest.Named()})},
		{id: "mark-evidence", token: token, body: text(map[string]any{"evidence": item, "status": "withdrawn", "reason": "a mistake"})},
		{id: "case-records", token: token, path: path, query: "after=2"}, {id: "record-proof", token: token, path: path}, {id: "case-dossier", token: token, path: path},
		{id: "act-on-key", token: adminToken, body: marshal(s.t, map[string]string{"act": "register", "partner": partner, "key": second.Public().String()})},
		{id: "list-keys", token: token}, {id: "log", token: token}, {id: "log-keys"}, {id: "rotate-log-key", token: adminToken, body: "{}"},
		{id: "contribution-proof", token: contributor, path: map[string]string{"id": contribution}},
	}
}

// What another act has overtaken is told to be void, and not to be a record.
func TestAnActThatChangesNothingIsNotARecord(t *testing.T) {
	s := newSite(t, nil)
	cert, token := s.partner("CERT 01", "coordinator")
	var opened struct {
		ID string `json:"id"`
	}
	s.must("POST", "/cases", token, caseOf("Who?", cert), &opened)
	hypothesis := fmt.Sprintf(`{"case":%q,"id":"three","title":"Three"}`, opened.ID)
	s.must("POST", "/cases/hypotheses", token, jsonText(hypothesis), nil)
	for path, body := range map[string]string{
		"/cases/hypotheses":  hypothesis,
		"/cases/rounds":      fmt.Sprintf(`{"case":%q,"round":1}`, opened.ID),
		"/cases/commitments": fmt.Sprintf(`{"case":%q,"round":2,"seal":"sha256:%064d"}`, opened.ID, 0),
	} {
		if got := s.call("POST", path, token, "application/json", strings.NewReader(body)); got.Code != 409 {
			t.Errorf("%s: %d %s", path, got.Code, got.Body)
		}
	}
	var records struct {
		Records []struct{} `json:"records"`
	}
	s.must("GET", "/cases/"+opened.ID+"/records", token, nil, &records)
	if len(records.Records) != 2 {
		t.Errorf("%d records, want 2", len(records.Records))
	}
}
