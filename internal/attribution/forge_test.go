package attribution_test

import (
	"crypto/sha256"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
)

// records are the case's as a dossier has them.
func (s *story) records() []attribution.Opened {
	s.t.Helper()
	kept, err := s.state.Records(principal(1, access.Viewer), s.id)
	if err != nil {
		s.t.Fatal(err)
	}
	opened := make([]attribution.Opened, len(kept))
	for i, k := range kept {
		opened[i] = attribution.Opened{Record: k.Record, Salt: k.Salt}
	}
	return opened
}

// members of a body, as a hostile hub edits them.
type members = map[string]any

// forge is the case's records as a hostile hub would show them: edited, left
// out, and then numbered, linked and committed to anew. edit is told of each
// record's kind and says whether it stays. With follow, statements are given the
// new commitment of their basis.
func (s *story) forge(edit func(r *attribution.Record, body members) (keep bool), follow bool) []attribution.Opened {
	s.t.Helper()
	var forged []attribution.Opened
	commits := []attribution.Digest{{}}
	for _, o := range s.records() {
		r := o.Record
		var body members
		if err := json.Unmarshal(r.Body, &body); err != nil {
			s.t.Fatal(err)
		}
		if !edit(&r, body) {
			continue
		}
		if document, ok := body["document"].(members); ok && follow {
			if basis, ok := document["basis"].(members); ok {
				n := min(int(basis["n"].(float64)), len(commits)-1)
				basis["n"], basis["commitment"] = n, commits[n].String()
			}
		}
		r.Body = canonical(s.t, body)
		r.N, r.Prev = len(commits), commits[len(commits)-1].String()
		text, err := r.Bytes()
		if err != nil {
			s.t.Fatal(err)
		}
		commits = append(commits, attribution.Commit(o.Salt, text))
		forged = append(forged, attribution.Opened{Record: r, Salt: o.Salt})
	}
	return forged
}

func canonical(t testing.TB, document any) jsontext.Value {
	t.Helper()
	text, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	value := jsontext.Value(text)
	if err := value.Canonicalize(); err != nil {
		t.Fatal(err)
	}
	return value
}

func sealOf(text string, salt attribution.Salt) string {
	return attribution.Seal(salt, sha256.Sum256([]byte(text))).Named()
}

func digestOf(text string) string { return attribution.Digest(sha256.Sum256([]byte(text))).Named() }

// anyKey is the authority of those who do not test it.
func anyKey(access.PartnerID, string) bool { return true }
