package dossier_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/dossier/dossiertest"
)

// body is a part of a record's body.
type body = map[string]any

// document is the document of a statement, vote or reply.
func document(b body) body { return b["document"].(map[string]any) }

// TestLyingHub is what a hub can do that has the log's key, and witnesses that
// honestly cosign the log that it shows them, but not the voters' keys: it
// rewrites the case and logs it anew. The checks that find it out are listed,
// all of them; the others hold.
func TestLyingHub(t *testing.T) {
	c := dossiertest.Small(t)
	honest := unpack(t, publish(t, c))
	trust := c.Keys()
	for name, lie := range map[string]struct {
		records func(r *attribution.Record, b body) bool // nil: as they are
		files   func(files map[string][]byte)
		want    string
	}{
		"nothing": {},
		"a dissenting vote turned": {
			records: func(r *attribution.Record, b body) bool {
				if r.Kind == "case.vote" && document(b)["vote"] == "dissent" {
					document(b)["vote"] = "endorse"
				}
				return true
			},
			want: "records votes scores page stix",
		},
		"a word of a vote changed": {
			records: func(r *attribution.Record, b body) bool {
				if r.Kind == "case.vote" {
					document(b)["words"] = "We agree with all our hearts."
				}
				return true
			},
			want: "records votes policy scores page stix",
		},
		"the statement edited after the votes": {
			records: func(r *attribution.Record, b body) bool {
				if r.Kind == "case.statement" {
					document(b)["confidence"] = "high"
				}
				return true
			},
			want: "records votes policy scores page stix",
		},
		"a rating within the basis changed after the votes": {
			records: func(r *attribution.Record, b body) bool {
				if r.Kind == "case.rating" && b["value"] == "I" {
					b["value"] = "II"
				}
				return true
			},
			want: "records scores page stix",
		},
		"publication without those who had to agree": {
			records: func(r *attribution.Record, b body) bool {
				return r.Kind != "case.vote" || document(b)["vote"] != "endorse" || r.By != c.Partners[3].ID
			},
			want: "records policy scores page stix",
		},
		"a signed reply changed": {
			records: func(r *attribution.Record, b body) bool {
				if r.Kind == "case.reply" && b["key"] != nil {
					document(b)["text"] = "We did it."
				}
				return true
			},
			want: "records replies scores page stix",
		},
		"a seal opened to something else": {
			records: func(r *attribution.Record, b body) bool {
				if r.Kind == "case.unsealed" {
					b["digest"] = dossiertest.Named([]byte("another report"))
				}
				return true
			},
			want: "records seals scores page stix",
		},
		"evidence cited that came after the basis": {
			records: func(r *attribution.Record, b body) bool {
				if r.Kind == "case.statement" {
					document(b)["basis"] = body{"n": 3, "commitment": c.Commitment(3)}
				}
				return true
			},
			want: "records votes policy scores page stix",
		},
		"a reply left out": {
			records: func(r *attribution.Record, _ body) bool { return r.Kind != "case.reply" },
			want:    "page stix",
		},
		"the page lies":   {files: replace("index.html", "moderate", "high"), want: "page"},
		"the scores lie":  {files: replace("scores.json", `"decisive":false`, `"decisive":true`), want: "scores"},
		"a number lies":   {files: replace("scores.json", `"weight":"2.000000"`, `"weight":"1.000000"`), want: "scores"},
		"STIX lies":       {files: replace("stix.json", "attributed-to", "related-to"), want: "stix"},
		"STIX leaves out": {files: replace("stix.json", "strongly-disagree", "strongly-agree"), want: "stix"},
	} {
		t.Run(name, func(t *testing.T) {
			files := make(map[string][]byte)
			for name, content := range honest {
				if slices.Contains([]string{"index.html", "keyacts.jsonl", "keys.txt", "records.jsonl", "scores.json", "stix.json"}, name) {
					files[name] = content
				}
			}
			chain := c.Chain
			if lie.records != nil {
				chain = c.Edit(lie.records)
				files["records.jsonl"] = chain.Lines()
			}
			if lie.files != nil {
				lie.files(files)
			}
			forged := c
			if lie.records != nil {
				forged = c.Under(chain)
			}
			r := verify(t, forged.Pack(files, 2), trust)
			if diff := cmp.Diff(lie.want, strings.Join(failed(r), " ")); diff != "" {
				t.Errorf("failed (-want +got):\n%s%s", diff, table(r))
			}
		})
	}
}

// replace is a change of the first occurrence of a text in a file.
func replace(name, old, with string) func(map[string][]byte) {
	return func(files map[string][]byte) {
		if !bytes.Contains(files[name], []byte(old)) {
			panic(name + " has no " + old)
		}
		files[name] = bytes.Replace(files[name], []byte(old), []byte(with), 1)
	}
}
