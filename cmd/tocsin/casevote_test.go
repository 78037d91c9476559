package main

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/dossier/dossiertest"
	"github.com/tocsin-project/tocsin/internal/signature"
)

// fakeHub shows a case to a partner, and takes down what it is sent.
type fakeHub struct {
	partner *dossiertest.Partner
	records []attribution.Opened
	shown   map[string]any
	sent    [][]byte
}

func (h *fakeHub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var answer any = map[string]any{"id": h.partner.ID, "name": h.partner.Name}
	switch path := strings.TrimPrefix(r.URL.Path, "/api/v1"); {
	case r.Method == http.MethodPost:
		body, _ := io.ReadAll(r.Body) // a test sees what is missing
		h.sent = append(h.sent, body)
		answer = acted{h.records[0].Record.Case, len(h.records) + 1, attribution.NoRecord}
	case strings.HasSuffix(path, "/records"):
		after := 0
		if r.URL.Query().Get("after") != "0" {
			after = len(h.records)
		}
		answer = map[string]any{"records": h.records[after:]}
	case strings.HasPrefix(path, "/cases/"):
		answer = h.shown
	}
	_ = json.MarshalWrite(w, answer) // a test sees what is missing
}

// honestView is what an honest hub shows of the records.
func honestView(t *testing.T, records []attribution.Opened) map[string]any {
	t.Helper()
	c, err := attribution.Replay(records)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(scoredCase{*c, c.Scores()})
	if err != nil {
		t.Fatal(err)
	}
	var shown map[string]any
	if err := json.Unmarshal(text, &shown); err != nil {
		t.Fatal(err)
	}
	return shown
}

// proposed is a case with a statement that waits for votes, and an item contested
// since.
func proposed(t *testing.T) *dossiertest.Case {
	c := dossiertest.NewCase(t)
	item := c.Evidence("Shared code", c.Partners[0], nil)
	c.Rate(c.Partners[0], item, "lazarus", "C", 0)
	c.Rate(c.Partners[1], item, "criminals", "I", 0)
	c.Propose(c.Partners[0], []string{item}, nil)
	c.Add("case.mark", c.Partners[2], dossiertest.Body{"evidence": item, "status": "contested", "reason": "It is copied."})
	return c
}

// voteAt runs "tocsin case vote" against the hub.
func voteAt(t *testing.T, hub *fakeHub, key string, flags ...string) (status int, said string) {
	t.Helper()
	server := httptest.NewServer(hub)
	defer server.Close()
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("some-token\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	args := append([]string{
		"case", "vote", string(hub.records[0].Record.Case), "endorse", "--words", "We have looked.", "--confidence", "high",
		"--key", key, "--yes", "--hub", server.URL, "--token-file", token,
	}, flags...)
	var out, err bytes.Buffer
	status = run(t.Context(), args, strings.NewReader(""), &out, &err)
	return status, err.String()
}

func keyFile(t *testing.T) (path string, signer signature.Signer) {
	t.Helper()
	signer, err := signature.Generate()
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "vote.key")
	if err := signer.Write(path); err != nil {
		t.Fatal(err)
	}
	return path, signer
}

// What is sent is the signed ballot on the digest of what was shown, and nothing
// of the secret key.
func TestVoteIsSignedHere(t *testing.T) {
	c := proposed(t)
	hub := &fakeHub{partner: c.Partners[3], records: c.Records, shown: honestView(t, c.Records)}
	path, signer := keyFile(t)
	if status, said := voteAt(t, hub, path); status != statusDone || len(hub.sent) != 1 {
		t.Fatalf("status %d, %d votes: %s", status, len(hub.sent), said)
	}
	var v attribution.Vote
	if err := json.Unmarshal(hub.sent[0], &v); err != nil {
		t.Fatal(err)
	}
	want := attribution.Ballot{
		Case: attribution.CaseID(c.Case), Statement: c.Statement, Partner: c.Partners[3].ID, Vote: attribution.Endorse, Words: "We have looked.", Confidence: "high",
	}
	if v.Document != want {
		t.Errorf("signed %+v, want %+v", v.Document, want)
	}
	message, err := want.Message()
	if err != nil {
		t.Fatal(err)
	}
	if err := signer.Public().Verify(message, v.Signature); err != nil {
		t.Error(err)
	}
	secret, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, word, _ := strings.Cut(strings.TrimSpace(string(secret)), ":")
	if bytes.Contains(hub.sent[0], []byte(word)) {
		t.Error("the secret key is sent")
	}
}

// A hub that does not tell the same story everywhere gets no signature.
func TestVoteRefusesALyingHub(t *testing.T) {
	honest := proposed(t)
	last := len(honest.Records)
	rewritten := func(kind, from, to string) []attribution.Opened {
		return honest.Edit(func(r *attribution.Record, body dossiertest.Body) bool {
			text := strings.Replace(string(r.Body), from, to, 1)
			if string(r.Kind) == kind {
				clear(body)
				if err := json.Unmarshal([]byte(text), &body); err != nil {
					t.Fatal(err)
				}
			}
			return true
		}).Records
	}
	flipped := slices.Clone(honest.Records)
	flipped[2].Record.Body = []byte(strings.Replace(string(flipped[2].Record.Body), "As the report", "As a report", 1))
	salted := slices.Clone(honest.Records)
	salted[1].Salt[0] ^= 1
	otherText := rewritten("case.statement", "We find that", "We deny that")
	without := honest.Edit(func(r *attribution.Record, _ dossiertest.Body) bool { return r.Kind != "case.mark" }).Records
	for name, lie := range map[string]struct {
		records []attribution.Opened
		shown   func(map[string]any) // changes what an honest hub shows
		flags   []string
		want    string
	}{
		"a word of a record is another":            {records: flipped, want: "record 4 (case.rating): invalid: prev is"},
		"a salt is another":                        {records: salted, want: "record 3 (case.rating): invalid: prev is"},
		"a rating was rewritten, with all after":   {records: rewritten("case.rating", "As the report", "As a report"), want: "basis: the commitment to record 4"},
		"the opening was rewritten, with all":      {records: rewritten("case.opened", "May 2017", "June 2017"), want: "question is not the one"},
		"an item nobody filed before the basis":    {records: append(slices.Clone(honest.Records[:1]), honest.Records[2:]...), want: "record 2 "},
		"another text than is shown":               {records: otherText, want: "it shows a case of"},
		"another text, shown as well":              {records: otherText, shown: func(s map[string]any) { maps.Copy(s, honestView(t, otherText)) }, flags: []string{"--statement", honest.Statement}, want: "the case has no statement " + honest.Statement},
		"the newest record is kept back":           {records: honest.Records[:last-1], want: "more than the 5 records that it hands out"},
		"a record is left out that is shown":       {records: without, want: "more than the 5 records"},
		"a record is handed out that is not shown": {records: honest.Records, shown: func(s map[string]any) { maps.Copy(s, honestView(t, without)) }, want: "it shows a case of 5 records"},
		"other scores than the ratings give": {records: honest.Records, shown: func(s map[string]any) {
			ranking := s["scores"].(map[string]any)["ranking"].([]any)
			ranking[0].(map[string]any)["inconsistency"] = "-9.000000"
		}, want: "its scores are not what the ratings give"},
		"other grades than were filed": {records: honest.Records, shown: func(s map[string]any) {
			s["evidence"].([]any)[0].(map[string]any)["reliability"] = "A"
		}, want: "where the records say"},
		"another statement than was put": {records: honest.Records, shown: func(s map[string]any) {
			s["statements"].([]any)[0].(map[string]any)["document"].(map[string]any)["likelihood"] = "unlikely"
		}, want: "where the records say"},
	} {
		t.Run(name, func(t *testing.T) {
			shown := honestView(t, honest.Records)
			if lie.shown != nil {
				lie.shown(shown)
			}
			hub := &fakeHub{partner: honest.Partners[3], records: lie.records, shown: shown}
			path, _ := keyFile(t)
			status, said := voteAt(t, hub, path, lie.flags...)
			if status != statusFailed || len(hub.sent) != 0 || !strings.Contains(said, lie.want) {
				t.Errorf("status %d, %d votes were sent, want a refusal with %q: %s", status, len(hub.sent), lie.want, said)
			}
			if lie.flags == nil && !strings.Contains(said, "Sign nothing") {
				t.Errorf("nobody is warned: %s", said)
			}
		})
	}
}
