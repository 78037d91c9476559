package deliver

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
)

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	made := 0
	f := files{dir, func(access.PartnerID, time.Time) (*Envelope, error) {
		made++
		return &Envelope{Payload: fmt.Sprint(made)}, nil
	}, time.Now}
	for i := range keepFiles + 5 {
		p := Parcel{Key: fmt.Sprintf("delivery--%d", i), Partner: hospital, Target: "courier", At: at.Add(time.Duration(i) * time.Second)}
		for range 2 { // repeated under the same key
			if err := f.send(t.Context(), p); err != nil {
				t.Fatal(err, errors.Unwrap(err))
			}
		}
	}
	there, err := os.ReadDir(filepath.Join(dir, string(hospital), "courier"))
	if err != nil || len(there) != keepFiles {
		t.Fatalf("%d files, %v", len(there), err)
	}
	last := filepath.Join(dir, string(hospital), "courier", there[len(there)-1].Name())
	text, err := os.ReadFile(last)
	info, statErr := os.Stat(last)
	if err != nil || statErr != nil || !strings.Contains(string(text), fmt.Sprintf(`"payload":"%d"`, made)) || info.Mode().Perm() != 0o600 || there[len(there)-1].Name() != "20170512T101224Z-delivery--24.json" {
		t.Errorf("%s, mode %v: %q, %v", last, info.Mode(), text, err)
	}
	for name, p := range map[string]Parcel{
		"target":  {Key: "delivery--1", Partner: hospital, Target: "../..", At: at},
		"partner": {Key: "delivery--1", Partner: "..", Target: "courier", At: at},
		"key":     {Key: "../../x", Partner: hospital, Target: "courier", At: at},
	} {
		if err := f.send(t.Context(), p); !failure(err).Final {
			t.Errorf("a bad %s: %v", name, err)
		}
	}
}
