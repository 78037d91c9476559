package intake_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/intake"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

const partner = access.PartnerID("identity--6d1f8f4e-3b0a-4a58-9d3c-1e6f4c8b2a70")

func attack(tb testing.TB) []byte {
	tb.Helper()
	packed, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "data", "enterprise-attack.json.gz"))
	if err != nil {
		tb.Skipf("the ATT&CK bundle is not at hand: %v", err)
	}
	return packed
}

func TestATTACKGoesThroughWhole(t *testing.T) {
	packed := attack(t)
	began := time.Now()
	out, err := intake.Read(t.Context(), bytes.NewReader(packed), intake.Submission{Partner: partner})
	t.Logf("read in %v", time.Since(began))
	if err != nil {
		t.Fatal(err)
	}
	if out.Accepted != 24771 || len(out.Rejected) != 0 {
		t.Fatalf("accepted %d, rejected %d %v", out.Accepted, len(out.Rejected), out.Rejected[:min(3, len(out.Rejected))])
	}
	objects := 0
	for i, d := range out.Drafts {
		if err := d.Validate(); err != nil {
			t.Fatal(err)
		}
		var part contribution.Part
		if err := json.Unmarshal(d.Body, &part); err != nil {
			t.Fatal(err)
		}
		if part.ID != out.ID || part.Part != i+1 || part.Parts != len(out.Drafts) || part.Source != "stix" {
			t.Errorf("draft %d is part %d of %d of %s from %s", i, part.Part, part.Parts, part.ID, part.Source)
		}
		if d.Kind != contribution.KindAccepted || d.Actor != string(partner) || d.Audience != access.ToCommunity(access.Green).String() || len(d.Body) > ledger.MaxBody {
			t.Errorf("draft %d: %s by %s for %s, %d bytes", i, d.Kind, d.Actor, d.Audience, len(d.Body))
		}
		objects += len(part.Objects)
	}
	if objects != 24771 {
		t.Errorf("the drafts hold %d objects", objects)
	}
}
