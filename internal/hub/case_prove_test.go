package hub_test

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/publiclog/proof"
)

// TestADossierIsNotMadeForEverybodyWhoAsks has the public case grow by a vote,
// which no coordinator has made public, and by replies.
func TestADossierIsNotMadeForEverybodyWhoAsks(t *testing.T) {
	dir := t.TempDir()
	r := startHub(t, dir)
	a, b := r.nation("Alpha", "GB"), r.nation("Beta", "US")
	s := r.tell(a, b)
	s.publish()
	first := s.verify()
	s.vote(b, attribution.Dissent)
	if !bytes.Equal(s.verify(), first) {
		t.Error("another dossier within the minute, because somebody asked")
	}
	if got := r.call(http.MethodGet, "/api/v1/cases/"+s.id+"/dossier", b.token, "", nil); got.status != http.StatusOK || !strings.Contains(got.body, "dissent") {
		t.Errorf("a partner is given an older one: %d", got.status)
	}
	if bytes.Equal(s.verify(), first) {
		t.Error("the newest is there, and an older one is served")
	}
	for _, text := range []string{"Without any evidence", "Still without"} {
		r.post("/api/v1/cases/replies", b.token, map[string]any{"case": s.id, "source": "https://news.example/1", "document": map[string]any{
			"case": s.id, "statement": s.statement, "from": "The accused", "relation": "denial", "text": text,
		}}, http.StatusCreated)
		if !bytes.Contains(s.verify(), []byte(text)) {
			t.Errorf("%q is not in the dossier at once", text)
		}
	}
	files, err := os.ReadDir(filepath.Join(dir, "dossiers"))
	if err != nil || len(files) != 2 {
		t.Errorf("%d files in the folder, want 2; %v", len(files), err)
	}
}

// TestAPartnerProvesItsVote keeps the proof of a dissent, and holds it against
// what the hub says of the record, and against other keys and words.
func TestAPartnerProvesItsVote(t *testing.T) {
	r := startHub(t, "")
	a, b := r.nation("Alpha", "GB"), r.nation("Beta", "US")
	s := r.tell(a, b)
	s.vote(b, attribution.Dissent)
	var list struct {
		Records []attribution.Opened `json:"records"`
		Indexes []int64              `json:"indexes"`
	}
	r.until("every record has its place on the log", func() bool {
		list.Records, list.Indexes = nil, nil
		r.get("/api/v1/cases/"+s.id+"/records", b.token, &list)
		return len(list.Indexes) == len(list.Records)
	})
	last := list.Records[len(list.Records)-1]
	path := fmt.Sprintf("/api/v1/cases/%s/records/%d/proof", s.id, last.Record.N)
	var document answer
	r.until("it is proved", func() bool {
		document = r.call(http.MethodGet, path, b.token, "", nil)
		return document.status != http.StatusServiceUnavailable
	})
	p, err := proof.ParseRecord([]byte(document.body))
	if err != nil || !proof.IsRecord([]byte(document.body)) {
		t.Fatalf("%d %v: %s", document.status, err, document.body)
	}
	got, err := proof.CheckRecord(p, r.keys())
	if err != nil {
		t.Fatal(err)
	}
	text, err := last.Record.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	if got.Commitment != attribution.Commit(last.Salt, text).String() || got.Index != list.Indexes[len(list.Indexes)-1] ||
		string(got.Case) != s.id || got.Record != last.Record.N || got.Kind != attribution.KindVote || string(got.By) != b.id || got.Party != "Beta" || got.At.IsZero() {
		t.Errorf("proved %+v", got)
	}
	for name, change := range map[string]func(*proof.Record){
		"another word": func(p *proof.Record) {
			p.Record.Body = bytes.Replace(p.Record.Body, []byte("dissent"), []byte("endorse"), 1)
		},
		"another number": func(p *proof.Record) { p.Record.N-- },
		"another salt":   func(p *proof.Record) { p.Salt[0]++ },
		"another place":  func(p *proof.Record) { p.Index-- },
		"no place":       func(p *proof.Record) { p.Index = -1 },
		"another size":   func(p *proof.Record) { p.Checkpoint = strings.Replace(p.Checkpoint, "\n", "\n1", 1) },
	} {
		q := p
		change(&q)
		if _, err := proof.CheckRecord(q, r.keys()); !errors.Is(err, proof.ErrNotProved) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, token := r.partner("Gamma", "finance", "FR", "coordinator")
	if got := r.call(http.MethodGet, path, token, "", nil); got.status != http.StatusNotFound || strings.Contains(got.body, secretWords) {
		t.Errorf("for a partner outside the audience: %d %s", got.status, got.body)
	}
}
