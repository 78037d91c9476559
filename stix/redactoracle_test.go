package stix_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/stix"
)

// leaves are the strings in a value by their selectors.
func leaves(prefix string, value any, all map[string]string) map[string]string {
	switch v := value.(type) {
	case string:
		all[prefix] = v
	case []any:
		for i, e := range v {
			leaves(fmt.Sprintf("%s.[%d]", prefix, i), e, all)
		}
	case map[string]any:
		for name, e := range v {
			leaves(strings.TrimPrefix(prefix+"."+name, "."), e, all)
		}
	}
	return all
}

// within are all selectors that lead to something that contains the leaves.
func within(all map[string]string) []string {
	found := map[string]bool{}
	for selector := range all {
		for s := selector; s != ""; s = s[:max(strings.LastIndexByte(s, '.'), 0)] {
			found[s] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// An oracle: every string of a random object has a text of its own, random
// parts of it are hidden, and others marked as green. What is left are just the
// strings that no hidden selector leads to, and each green selector leads to
// what it led to before.
func TestRedactHidesWhatIsMarkedAndNothingElse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := 0
		text := func() string { n++; return fmt.Sprintf("text %d", n) }
		var value func(depth int) any
		value = func(depth int) any {
			switch kind := rapid.IntRange(0, 2).Draw(t, "kind"); {
			case kind == 1 && depth > 0:
				var list []any
				for range rapid.IntRange(1, 3).Draw(t, "length") {
					list = append(list, value(depth-1))
				}
				return list
			case kind == 2 && depth > 0:
				members := map[string]any{}
				for i := range rapid.IntRange(1, 3).Draw(t, "members") {
					members[fmt.Sprintf("key_%d", i)] = value(depth - 1)
				}
				return members
			}
			return text()
		}
		own := map[string]any{"x_one": value(3), "x_two": value(3), "labels": []any{text(), text()}}
		before := leaves("", own, map[string]string{})
		selectors := rapid.SliceOfN(rapid.SampledFrom(within(before)), 1, 4)
		hidden, green := selectors.Draw(t, "hidden"), selectors.Draw(t, "green")

		object := map[string]any{"granular_markings": []any{
			map[string]any{"marking_ref": greenMarking, "selectors": green},
			map[string]any{"marking_ref": redMarking, "selectors": hidden},
		}}
		maps.Copy(object, own)
		rest, err := json.Marshal(object, json.Deterministic(true))
		if err != nil {
			t.Fatal(err)
		}
		raw := jsontext.Value(toolStart + `"name":"n",` + string(rest[1:]))
		out, removed, err := hideRed(raw)
		if err != nil || !removed {
			t.Fatalf("%s: %v %v", raw, removed, err)
		}

		covered := func(selector string, by []string) bool {
			return slices.ContainsFunc(by, func(s string) bool { return selector == s || strings.HasPrefix(selector, s+".") })
		}
		want, marked := map[string]bool{}, map[string]bool{}
		for selector, s := range before {
			if !covered(selector, hidden) {
				want[s] = true
				marked[s] = covered(selector, green)
			}
		}
		var after map[string]any
		if err := json.Unmarshal(out, &after); err != nil {
			t.Fatalf("%s: %v", out, err)
		}
		markings := greenSelectors(after["granular_markings"])
		for _, name := range []string{"granular_markings", "type", "spec_version", "id", "created", "modified", "name"} {
			delete(after, name)
		}
		got, gotMarked := map[string]bool{}, map[string]bool{}
		for selector, s := range leaves("", after, map[string]string{}) {
			got[s] = true
			gotMarked[s] = covered(selector, markings)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%s\n%s (-want +got)\n%s", raw, out, diff)
		}
		if diff := cmp.Diff(marked, gotMarked); diff != "" {
			t.Fatalf("green of %s\n%s (-want +got)\n%s", raw, out, diff)
		}
		for _, f := range stix.ValidateRaw(out) {
			if f.Level == stix.LevelError {
				t.Fatalf("%s: %v", out, f.Err)
			}
		}
		if _, _, err := hideRed(out); errors.Is(err, stix.ErrWithheld) {
			t.Fatalf("%s is withheld: %v", out, err)
		}
	})
}

func greenSelectors(markings any) (all []string) {
	list, _ := markings.([]any)
	for _, m := range list {
		for _, s := range m.(map[string]any)["selectors"].([]any) {
			all = append(all, s.(string))
		}
	}
	return all
}
