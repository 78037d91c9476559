package publiclog

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/tocsin-project/tocsin/internal/attribution"
)

// Of two dossiers of a case that are made at once the newer one stays, in whatever
// order they end.
func TestTheNewerDossierStays(t *testing.T) {
	const id = attribution.CaseID("case--1")
	d := &Dossiers{dir: t.TempDir(), held: map[attribution.CaseID]*held{id: {}}}
	for n := 2; n < 200; n += 2 {
		var both sync.WaitGroup
		for _, records := range []int{n - 1, n} {
			both.Go(func() {
				if err := d.keep(id, d.named(id, records), []byte("a dossier"), records); err != nil {
					t.Error(err)
				}
			})
		}
		both.Wait()
		if _, err := os.Stat(d.named(id, n)); err != nil || d.held[id].path != d.named(id, n) {
			t.Fatalf("of %d and %d records: %v; the newest is %q", n-1, n, err, d.held[id].path)
		}
	}
	if files, err := d.files(id); err != nil || len(files) > 3 {
		t.Errorf("%d files are kept, %v", len(files), err)
	}
}

func (d *Dossiers) named(id attribution.CaseID, records int) string {
	return filepath.Join(d.dir, fmt.Sprintf("%s.%d.0000000000000000.zip", id, records))
}
