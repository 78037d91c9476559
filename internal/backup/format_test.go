package backup_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"filippo.io/age"

	"github.com/tocsin-project/tocsin/internal/backup"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// makeFixture names a folder to put a backup of this version into, to be kept as
// testdata/FORMAT when the format changes; see TestOlderFormats.
const makeFixture = "TOCSIN_BACKUP_FIXTURE"

// Every format that was ever released is read for good: a backup may be the only
// thing that is left of a hub.
func TestOlderFormats(t *testing.T) {
	identities := readFixtureKey(t)
	if to := os.Getenv(makeFixture); to != "" {
		writeFixture(t, to, identities[0].(*age.X25519Identity).Recipient())
	}
	formats, err := filepath.Glob("testdata/tocsin-backup-*")
	if err != nil || len(formats) == 0 {
		t.Fatalf("there is no fixture: %v", err)
	}
	for _, dir := range formats {
		report, err := backup.Check(t.Context(), dir, identities)
		if err != nil || len(report.Damage) > 0 || report.Entries != 12 {
			t.Errorf("%s: %+v, %v", dir, report, err)
		}
		n, r := restored(t, dir, backup.Options{Identities: identities})
		all := n.all()
		if len(all) != 12 || all[11].Hash != r.Head.Hash || string(all[2].Body) != ledger.Erased || string(all[8].Body) != `"body 1"` {
			t.Errorf("%s: %d entries, the third %s, the ninth %s", dir, len(all), all[2].Body, all[8].Body)
		}
		if text := files(t, n.data)["secrets.json"]; text != "the hub's own secret" {
			t.Errorf("%s: secrets.json holds %q", dir, text)
		}
	}
}

func readFixtureKey(t *testing.T) []age.Identity {
	t.Helper()
	text, err := os.ReadFile("testdata/key")
	if err != nil {
		t.Fatal(err)
	}
	identities, err := age.ParseIdentities(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return identities
}

func writeFixture(t *testing.T, to string, recipient age.Recipient) {
	t.Helper()
	n := newNode(t)
	n.add(3)
	n.mustRun(to, recipient)
	if err := n.Erase(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	n.add(3)
	n.mustRun(to) // in the clear
}
