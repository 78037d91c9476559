package dossier_test

import (
	"bytes"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"unicode/utf8"

	"github.com/tocsin-project/tocsin/internal/dossier"
	"github.com/tocsin-project/tocsin/internal/dossier/dossiertest"
	"github.com/tocsin-project/tocsin/internal/storedzip"
)

// mutateAll has every byte of a dossier changed, which takes minutes.
const mutateAll = "TOCSIN_MUTATE_ALL"

// TestMutations changes single bytes of a dossier in three ways: in the file as
// it is, where the container finds out most; in one of its files, which is then
// packed anew; and in one of the files under the manifest, with the manifest
// written anew, too. The first ones of each are spread over all files.
func TestMutations(t *testing.T) {
	c := dossiertest.Small(t)
	data, trust := publish(t, c), []byte(c.Keys())
	files := unpack(t, data)
	random := rand.New(rand.NewPCG(2017, 5))
	tried := make(map[string]int)
	try := func(how string, changed []byte, at int) {
		r := dossier.Verify(changed, dossier.Options{Trust: trust})
		tried[how]++
		if r.Verdict != dossier.Rejected {
			t.Errorf("%s: byte %d changed: %s", how, at, r.Verdict)
			return
		}
		for _, c := range r.Checks {
			if c.Detail == "" || !utf8.ValidString(c.Detail) { // JSON holds nothing else
				t.Errorf("%s: byte %d changed: check %s says %q", how, at, c.Name, c.Detail)
			}
		}
	}
	flip := func(content []byte, at int) []byte {
		changed := bytes.Clone(content)
		changed[at] ^= byte(1 + random.IntN(255))
		return changed
	}
	// positions are where to change a content: all of it, or n by chance.
	positions := func(length, n int) []int {
		var at []int
		if os.Getenv(mutateAll) != "" {
			for i := range length {
				at = append(at, i)
			}
			return at
		}
		for range n {
			at = append(at, random.IntN(length))
		}
		return at
	}
	for _, at := range positions(len(data), 1000) {
		try("as it is", flip(data, at), at)
	}
	for _, at := range positions(900, 100) { // the directory and the end record
		at += len(data) - 900
		try("as it is", flip(data, at), at)
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		for _, at := range positions(len(files[name]), 10) {
			changed := maps.Clone(files)
			changed[name] = flip(files[name], at)
			try(name+" packed anew", storedzip.Write(changed), at)
			if !bytes.Contains(files["manifest.txt"], []byte(" "+name+"\n")) {
				continue
			}
			changed["manifest.txt"] = dossiertest.Manifest(changed)
			try(name+" under a new manifest", storedzip.Write(changed), at)
		}
	}
	total := 0
	for _, n := range tried {
		total += n
	}
	t.Logf("%d changes, each rejected unless it is said otherwise: %v", total, tried)
	if total < 1000 || len(tried) != 1+len(files)+6 {
		t.Errorf("%d changes of %d kinds were tried", total, len(tried))
	}
}
