package catalog_test

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/catalog"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/stix"
)

const (
	wannaCry     = "malware--75ecdbf1-c2bb-4afc-a3f9-c8da4de8c661"
	lazarusGroup = "intrusion-set--c93fccb1-e8e8-42cf-ae33-2ad1d183913a"
)

// attack is the objects of the ATT&CK enterprise bundle. The bundle is not in
// the repository: without it the test is skipped.
func attack(t testing.TB) []jsontext.Value {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "..", "..", "shared", "data", "enterprise-attack.json.gz"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the ATT&CK bundle ../shared/data/enterprise-attack.json.gz is not there")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var bundle struct {
		Objects []jsontext.Value `json:"objects"`
	}
	if err := json.UnmarshalRead(unzipped, &bundle); err != nil {
		t.Fatal(err)
	}
	return bundle.Objects
}

// imported is one contribution of the objects, as a ledger's entries of at
// most 512 KiB.
func imported(t testing.TB, objects []jsontext.Value) *chain {
	t.Helper()
	log := &chain{}
	part, size := contribution.Part{ID: "contribution--attack", Source: "stix"}, 0
	flush := func() {
		part.Part++
		log.add(t, contribution.KindAccepted, alpha, green, part)
		part.Objects, size = nil, 0
	}
	for _, raw := range objects {
		if size += len(raw); size > 1<<19 {
			flush()
		}
		part.Objects = append(part.Objects, raw)
	}
	flush()
	return log
}

// TestAttack asks for what is known. It takes all malware and groups, and of
// the other objects those about WannaCry and a twentieth: under the race
// detector the whole bundle takes a minute. BenchmarkApplyAttack takes it all.
func TestAttack(t *testing.T) {
	ctx, who := context.Background(), member(bravo)
	all := attack(t)
	headers, about := make([]stix.Header, len(all)), map[string]bool{}
	for i, raw := range all {
		h, err := stix.ParseHeader(raw)
		if err != nil {
			t.Fatal(err)
		}
		if headers[i] = h; h.SourceRef == wannaCry || h.TargetRef == wannaCry {
			about[h.ID], about[h.SourceRef], about[h.TargetRef] = true, true, true
		}
	}
	var kept []jsontext.Value
	for i, h := range headers {
		if i%20 == 0 || about[h.ID] || h.Type == "malware" || h.Type == "intrusion-set" {
			kept = append(kept, all[i])
		}
	}
	c := folded(t, imported(t, kept))
	counts, err := c.Counts(ctx)
	if err != nil || counts.Objects != int64(len(kept)) || counts.Notes != 0 {
		t.Errorf("counts are %+v, %v; want %d objects", counts, err, len(kept))
	}
	for _, q := range []string{"WannaCry", "wannacry", "S0366", "WannaCr"} {
		found, err := c.Search(ctx, who, q, 10)
		if err != nil || len(found) == 0 || found[0].ID != wannaCry {
			t.Errorf("search %q finds first %s, %v; want %s", q, names(found), err, wannaCry)
		}
	}
	if found, err := c.Search(ctx, who, "lazarus", 5); err != nil || len(found) == 0 || found[0].ID != lazarusGroup {
		t.Errorf("search lazarus finds first %s, %v", names(found), err)
	}
	relations, err := c.Related(ctx, who, wannaCry)
	if err != nil || len(relations) != 17 {
		t.Errorf("WannaCry has %d relations, %v; want 17", len(relations), err)
	}
	attributed := false
	for _, r := range relations {
		attributed = attributed || r.Other.ID == lazarusGroup && r.Type == "uses" && !r.Outgoing
	}
	if !attributed {
		t.Errorf("no relation says that Lazarus Group uses WannaCry: %+v", relations)
	}
}

func names(objects []catalog.Object) string {
	s := ""
	for _, o := range objects {
		s += fmt.Sprintf("%s %q; ", o.ID, o.Name)
	}
	return s
}

func BenchmarkApplyAttack(b *testing.B) {
	log := imported(b, attack(b))
	for b.Loop() {
		c, err := catalog.Open(filepath.Join(b.TempDir(), "catalog.db"))
		if err != nil {
			b.Fatal(err)
		}
		apply(b, c, log.entries)
		if err := c.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAttack(b *testing.B) {
	c := folded(b, imported(b, attack(b)))
	ctx, who := context.Background(), member(bravo)
	for _, q := range []string{"WannaCry", "the", "a", "windows command shell"} {
		b.Run("search "+q, func(b *testing.B) {
			for b.Loop() {
				if _, err := c.Search(ctx, who, q, 20); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("related", func(b *testing.B) {
		for b.Loop() {
			if _, err := c.Related(ctx, who, lazarusGroup); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("object", func(b *testing.B) {
		for b.Loop() {
			if _, err := c.Object(ctx, who, wannaCry); err != nil {
				b.Fatal(err)
			}
		}
	})
	for _, without := range []bool{false, true} {
		b.Run(fmt.Sprintf("page of 1000, without bytes %v", without), func(b *testing.B) {
			for b.Loop() {
				page, err := c.Page(ctx, who, catalog.PageQuery{After: 10_000, Limit: 1000, WithoutRaw: without})
				if err != nil || len(page.Objects) != 1000 {
					b.Fatal(len(page.Objects), err)
				}
			}
		})
	}
	b.Run("digest", func(b *testing.B) {
		for b.Loop() {
			digest(b, c)
		}
	})
}
