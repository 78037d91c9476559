package warninglist_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"golang.org/x/net/publicsuffix"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/warninglist"
)

// written are lists by the names of their folders, as MISP writes them.
type written map[string]struct {
	Name string   `json:"name"`
	Type string   `json:"type"`
	List []string `json:"list"`
}

func (w written) write(t rapid.TB, dir string) {
	for folder, list := range w {
		data, err := json.Marshal(list)
		if err == nil {
			err = os.MkdirAll(filepath.Join(dir, folder), 0o700)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, folder, "list.json"), data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// names are few, so that they meet; some lie under public suffixes of both
// sections (co.uk, github.io).
var names = rapid.Custom(func(t *rapid.T) string {
	labels := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "ab", "xn--bcher-kva"}), 1, 3).Draw(t, "labels")
	return strings.Join(labels, ".") + "." + rapid.SampledFrom([]string{"example", "co.uk", "github.io", "test"}).Draw(t, "suffix")
})

// speaks is the rule in the plainest words: of which lists an entry is the name
// itself, or below it, or above it with no stranger's land between.
func speaks(owned, parents []string, name string) bool {
	suffix := func(n string) string { s, _ := publicsuffix.PublicSuffix(n); return s }
	for _, entry := range slices.Concat(owned, parents) {
		// What is above a public suffix, and it itself, is another guard's.
		if entry == name || strings.HasSuffix(entry, "."+name) && len(name) > len(suffix(entry)) {
			return true
		}
	}
	for at := name; ; {
		_, above, found := strings.Cut(at, ".")
		if !found || above == suffix(name) || slices.Contains(parents, above) {
			return false
		}
		if slices.Contains(owned, above) {
			return true
		}
		at = above
	}
}

func TestNamesAreMatchedLabelByLabel(t *testing.T) {
	dir := t.TempDir()
	round := 0
	rapid.Check(t, func(t *rapid.T) {
		round++
		dir := filepath.Join(dir, fmt.Sprint(round))
		owned := rapid.SliceOfN(names, 1, 6).Draw(t, "owned")
		parents := rapid.SliceOfN(names, 0, 3).Draw(t, "parents")
		lists := written{}
		// Whatever type the list gives itself.
		for folder, entries := range map[string][]string{"sites": owned, "dynamic-dns": parents} {
			list := lists[folder]
			list.Name, list.Type, list.List = folder, rapid.SampledFrom([]string{"string", "hostname", "substring"}).Draw(t, "type"), slices.Clone(entries)
			for i, entry := range list.List {
				list.List[i] = rapid.SampledFrom([]string{"", ".", "*."}).Draw(t, "head") + entry
			}
			lists[folder] = list
		}
		lists.write(t, dir)
		loaded, problems, err := warninglist.Load(dir)
		if err != nil || problems.Any() {
			t.Fatal(err, problems)
		}
		for range 8 {
			v, err := observable.New(observable.Domain, names.Draw(t, "asked"))
			if err != nil {
				t.Fatal(err)
			}
			want := speaks(owned, parents, v.Text)
			if hit, got := loaded.Check(v); got != want {
				t.Fatalf("%s: refused %t (%s), want %t; sites %q, parents %q", v.Text, got, hit.Why, want, owned, parents)
			}
			page := observable.Value{Type: observable.URL, Text: "http://" + v.Text + "/"}
			if _, got := loaded.Check(page); got != want {
				t.Fatalf("%s: its site is refused %t, want %t", v.Text, got, want)
			}
		}
	})
}
