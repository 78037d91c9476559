package publiclog_test

import (
	"testing"

	"github.com/tocsin-project/tocsin/internal/publiclog"
)

// Who asks again while witnesses are missing does not fill the log.
func TestAManifestIsLoggedOnce(t *testing.T) {
	s := open(t, t.TempDir())
	d := publiclog.NewDossiers(t.TempDir(), s.logger, nil, nil)
	var at []int64
	for _, leaf := range []string{"tocsin-dossier/v1\n01\n", "tocsin-dossier/v1\n01\n", "tocsin-dossier/v1\n02\n"} {
		index, err := d.LogManifest(t.Context(), "case--1", leaf)
		if err != nil {
			t.Fatal(err)
		}
		if entry, err := s.log.Entry(index); err != nil || string(entry) != leaf {
			t.Errorf("entry %d is %q, want %q; %v", index, entry, leaf, err)
		}
		at = append(at, index)
	}
	if at[0] != at[1] || at[2] == at[1] || s.log.Tree().Size != 2 {
		t.Errorf("logged at %v, in a log of %d", at, s.log.Tree().Size)
	}
}
