package stix_test

import (
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/stix/pattern"
)

// bundle is observations as the vectors give them.
type bundle struct{ Objects []map[string]any }

// observed are the observations of bundles, which count as one bundle.
func observed(t *testing.T, bundles []bundle) []pattern.Observed {
	t.Helper()
	byID := map[any]pattern.Object{}
	for _, b := range bundles {
		for _, o := range b.Objects {
			byID[o["id"]] = o
		}
	}
	when := func(text any) time.Time {
		at, err := time.Parse(time.RFC3339Nano, text.(string))
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	var all []pattern.Observed
	for _, b := range bundles {
		for _, o := range b.Objects {
			if o["type"] != "observed-data" {
				continue
			}
			next := pattern.Observed{First: when(o["first_observed"]), Last: when(o["last_observed"]), Number: int(o["number_observed"].(float64))}
			for _, ref := range o["object_refs"].([]any) {
				if object, ok := byID[ref]; ok {
					next.Objects = append(next.Objects, object)
				}
			}
			all = append(all, next)
		}
	}
	return all
}

func TestReferenceMatcherAgrees(t *testing.T) {
	var file struct {
		Sets    map[string][]bundle `json:"observation_sets"`
		Vectors []struct{ Pattern, Observations, Expected, Source string }
	}
	vectors(t, "pattern-match.json", &file)
	var differ []string
	for _, r := range file.Vectors {
		got := "nomatch"
		p, err := pattern.Parse(r.Pattern)
		var program *pattern.Program
		if err == nil {
			program, err = pattern.Compile(p)
		}
		if err != nil {
			got = "error"
		} else if _, ok := program.Match(observed(t, file.Sets[r.Observations])); ok {
			got = "match"
		}
		if got != r.Expected {
			differ = append(differ, r.Source)
			tell(t, "%s: %s: %s (%v), want %s", r.Source, r.Pattern, got, err, r.Expected)
		}
	}
	documented(t, "pattern-match.json", len(file.Vectors), differ)
}

func TestReferenceEquivalenceAgrees(t *testing.T) {
	var rows []struct {
		P1, P2     string
		Equivalent bool
		Source     string
	}
	vectors(t, "pattern-equivalence.json", &rows)
	var differ []string
	for _, r := range rows {
		p1, err1 := pattern.Parse(r.P1)
		p2, err2 := pattern.Parse(r.P2)
		if got := err1 == nil && err2 == nil && pattern.Equivalent(p1, p2); got != r.Equivalent {
			differ = append(differ, r.Source)
			tell(t, "%s: %s, %s: %v (%v %v), want %v", r.Source, r.P1, r.P2, got, err1, err2, r.Equivalent)
		}
	}
	documented(t, "pattern-equivalence.json", len(rows), differ)
}
