package dossier_test

import (
	"bytes"
	"maps"
	"slices"
	"testing"

	"github.com/tocsin-project/tocsin/internal/dossier"
	"github.com/tocsin-project/tocsin/internal/dossier/dossiertest"
	"github.com/tocsin-project/tocsin/internal/storedzip"
)

// FuzzVerify puts content in the place of one file of a dossier, under a
// manifest and in a container that are right, or in that of the whole dossier:
// nothing panics, and nothing but what was published is verified.
func FuzzVerify(f *testing.F) {
	c := dossiertest.Small(f)
	data, trust := publish(f, c), []byte(c.Keys())
	files := unpack(f, data)
	names := slices.Sorted(maps.Keys(files))
	for i, name := range names {
		f.Add(byte(i), files[name])
	}
	f.Add(byte(255), data)
	f.Add(byte(0), []byte("\n\n\n"))
	f.Fuzz(func(t *testing.T, which byte, content []byte) {
		changed, as := content, ""
		if int(which) < len(names) {
			as = names[which]
			all := maps.Clone(files)
			all[as] = content
			if as != "manifest.txt" {
				all["manifest.txt"] = dossiertest.Manifest(all)
			}
			changed = storedzip.Write(all)
		}
		r := dossier.Verify(changed, dossier.Options{Trust: trust})
		if len(r.Checks) != 15 {
			t.Fatalf("%d checks", len(r.Checks))
		}
		// Nothing binds how much of the history a dossier brings along.
		if r.Verdict != dossier.Rejected && as != "history.jsonl" && !bytes.Equal(changed, data) {
			t.Errorf("%q in the place of %q was verified", content, as)
		}
		dossier.Verify(changed, dossier.Options{}) // by its own keys: it must not panic
	})
}
