package hub_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/dossier"
	"github.com/tocsin-project/tocsin/internal/hub"
	"github.com/tocsin-project/tocsin/internal/publiclog/proof"
	"github.com/tocsin-project/tocsin/internal/signature"
	"github.com/tocsin-project/tocsin/internal/trust"
	"github.com/tocsin-project/tocsin/internal/witness"
)

// nation is a partner that votes, with a key that the hub never sees.
type nation struct {
	id, token string
	signer    signature.Signer
}

func (r *running) nation(name, country string) nation {
	r.t.Helper()
	id, token := r.partner(name, "government", country, "coordinator")
	signer, err := signature.Generate()
	if err != nil {
		r.t.Fatal(err)
	}
	r.post("/api/v1/keys", token, map[string]string{"act": "register", "key": signer.Public().String()}, http.StatusCreated)
	return nation{id, token, signer}
}

// secretWords are in every text of the case, so that they can be looked for.
const secretWords = "northwind"

// story is a case on its way, told through the API alone.
type story struct {
	*running
	a, b      nation
	id        string
	statement string
}

// tell opens a case and brings it to a statement that both have endorsed.
// The audience is the members of a community of their own.
func (r *running) tell(a, b nation) *story {
	s := &story{running: r, a: a, b: b}
	r.post("/api/v1/communities", adminToken, map[string]string{"id": "nations", "title": "Nations"}, http.StatusCreated)
	for _, n := range []nation{a, b} {
		if got := r.call(http.MethodPut, "/api/v1/communities/nations/members/"+n.id, adminToken, "", nil); got.status >= 300 {
			r.t.Fatalf("join: %d %s", got.status, got.body)
		}
	}
	var opened struct {
		ID string `json:"id"`
	}
	r.decode(r.post("/api/v1/cases", a.token, map[string]any{
		"question": "Who did it to " + secretWords + "?", "policy": "all of [" + a.id + ", " + b.id + "]", "tlp": "amber+strict", "community": "nations",
		"hypotheses": []any{map[string]string{"id": "one", "title": "Group " + secretWords}},
	}, http.StatusCreated), &opened)
	s.id = opened.ID
	item := "evidence--" + "11111111-1111-4111-8111-111111111111"
	r.post("/api/v1/cases/evidence", a.token, map[string]any{
		"case": s.id, "id": item, "title": "Code " + secretWords, "kind": "technical", "source": "a report on " + secretWords,
		"reliability": "B", "credibility": 2, "relevance": "H", "forgeability": "L",
	}, http.StatusCreated)
	for _, n := range []nation{a, b} {
		r.post("/api/v1/cases/ratings", n.token, map[string]any{"ratings": []any{
			map[string]any{"case": s.id, "evidence": item, "hypothesis": "one", "value": "CC", "reason": "fits " + secretWords, "likelihood": 0.8},
			map[string]any{"case": s.id, "evidence": item, "hypothesis": "unknown", "value": "I", "reason": "does not"},
		}}, http.StatusCreated)
	}
	s.propose("finding", item)
	s.vote(a, attribution.Endorse)
	s.vote(b, attribution.Endorse)
	return s
}

func (s *story) propose(act, item string) {
	s.t.Helper()
	var put struct {
		Digest   string               `json:"digest"`
		Document attribution.Document `json:"document"`
	}
	s.decode(s.post("/api/v1/cases/statements", s.a.token, map[string]any{"case": s.id, "document": map[string]any{
		"act": act, "finding": "one", "text": "It was " + secretWords, "likelihood": "likely", "confidence": "moderate", "cites": []string{item},
	}}, http.StatusCreated), &put)
	if digest, err := put.Document.Digest(); err != nil || digest.String() != put.Digest {
		s.t.Fatalf("the digest of the document is %s, the hub says %s", digest, put.Digest)
	}
	s.statement = put.Digest
}

func (s *story) vote(n nation, choice attribution.Choice) {
	s.t.Helper()
	ballot := attribution.Ballot{
		Case: attribution.CaseID(s.id), Statement: s.statement, Partner: access.PartnerID(n.id), Vote: choice, Words: "We agree on " + secretWords, Confidence: "high",
	}
	text, err := ballot.Message()
	if err != nil {
		s.t.Fatal(err)
	}
	s.post("/api/v1/cases/votes", n.token, map[string]any{
		"case": s.id, "document": ballot, "key": n.signer.Public().String(), "signature": n.signer.Sign(text),
	}, http.StatusCreated)
}

func (s *story) publish() {
	s.t.Helper()
	s.post("/api/v1/cases/publications", s.a.token, map[string]string{"case": s.id, "statement": s.statement}, http.StatusCreated)
}

// keys is the hub's own keys file.
func (r *running) keys() trust.File {
	r.t.Helper()
	a := r.call(http.MethodGet, "/api/v1/log/keys", "", "", nil)
	f, err := trust.Parse([]byte(a.body), false)
	if err != nil || a.status != http.StatusOK {
		r.t.Fatalf("the hub's keys: %d %v\n%s", a.status, err, a.body)
	}
	return f
}

// verify wants the public dossier of the case to hold.
func (s *story) verify() []byte {
	s.t.Helper()
	a := s.call(http.MethodGet, "/dossiers/"+s.id+".zip", "", "", nil)
	if a.status != http.StatusOK || a.header.Get("Content-Type") != "application/zip" {
		s.t.Fatalf("the dossier: %d %s", a.status, a.body)
	}
	keys := s.keys()
	report := dossier.Verify([]byte(a.body), dossier.Options{Trust: []byte(keys.String())})
	if report.Verdict != dossier.Verified {
		s.t.Fatalf("the dossier is %s: %+v", report.Verdict, report.Checks)
	}
	return []byte(a.body)
}

// cosigner is a witness in this process.
type cosigner struct {
	*witness.Witness
	config hub.WitnessConfig
}

// witnessOf starts a witness that accepts the log with these keys.
func witnessOf(t *testing.T, name string, logs ...string) cosigner {
	t.Helper()
	w, err := witness.Open(witness.Config{Data: t.TempDir(), Name: name + ".example/w", Logs: logs, Clock: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(w.Handler())
	t.Cleanup(func() {
		server.Close()
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return cosigner{w, hub.WitnessConfig{Name: name, Key: w.VerifierKey(), URL: server.URL}}
}

func (r *running) logStatus() (s proof.Status) {
	r.t.Helper()
	r.get("/api/v1/log", adminToken, &s)
	return s
}

// until waits for something to become true, and fails after a long time.
func (r *running) until(what string, is func() bool) {
	r.t.Helper()
	for end := time.Now().Add(30 * time.Second); !is(); {
		if time.Now().After(end) {
			r.t.Fatalf("%s: not within 30 seconds; the log: %+v", what, r.logStatus())
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// published reads every file of a folder whose words anybody may read.
func folderText(t *testing.T, dir string) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		fmt.Fprintf(&all, "%s\n%s\n", path, text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}
