package ledger_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

type named struct {
	Name string `json:"name"`
}

func TestFoldReadsWhatNewDraftWrote(t *testing.T) {
	d, err := ledger.NewDraft("a.named", "hub", "all", named{"tocsin"})
	want := ledger.Draft{Kind: "a.named", Actor: "hub", Audience: "all", Body: []byte(`{"name":"tocsin"}`)}
	if diff := cmp.Diff(want, d); err != nil || diff != "" {
		t.Fatalf("draft: %v (-want +got):\n%s", err, diff)
	}
	e, _, err := ledger.Seal(d, ledger.Head{}, noon)
	if err != nil {
		t.Fatal(err)
	}
	calls := 0
	err = ledger.Fold(e, func(of ledger.Entry, body named) {
		calls++
		if of.Seq != e.Seq || body.Name != "tocsin" {
			t.Errorf("applied entry %d, %+v", of.Seq, body)
		}
	})
	if err != nil || calls != 1 {
		t.Errorf("fold: %v after %d calls", err, calls)
	}
}

func TestNewDraftRefusesWhatJSONCannotHold(t *testing.T) {
	d, err := ledger.NewDraft("a.named", "hub", "all", named{"\xff"})
	if !errors.Is(err, ledger.ErrInvalid) || d.Body != nil || !strings.Contains(err.Error(), "a.named") {
		t.Errorf("text that is not UTF-8: %+v, %v", d, err)
	}
}

func TestFoldOfAnUnreadableBody(t *testing.T) {
	for _, body := range []string{"", "{", `{"name":1}`, `{"name":"a","name":"b"}`} {
		err := ledger.Fold(ledger.Entry{Kind: "a.named", Body: []byte(body)}, func(ledger.Entry, named) {
			t.Errorf("%s was applied", body)
		})
		if err == nil || !strings.Contains(err.Error(), "a.named") {
			t.Errorf("%s: %v", body, err)
		}
	}
}
