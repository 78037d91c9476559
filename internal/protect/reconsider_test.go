package protect_test

import (
	"testing"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// turncoat is a guard that changes its mind.
type turncoat struct{ refuses *string }

func (turncoat) Name() string { return "turncoat" }

func (g turncoat) Check(v observable.Value) (string, bool) {
	return "today", v.Text == *g.refuses
}

func TestReconsider(t *testing.T) {
	refused := ""
	state := protect.NewState(protect.Config{Guards: []protect.Guard{turncoat{&refused}}})
	book := &scribe{t: t, apply: state.Apply}
	for _, text := range []string{"a.evil.test", "b.evil.test"} {
		d, err := state.Ask(cert, protect.Request{Value: inferred(t, text), Polarity: protect.Block, Reason: "it is the attacker's"}, noon)
		if err != nil {
			t.Fatal(err)
		}
		book.write(d)
	}
	refused = "b.evil.test"
	if drafts := state.Pending(noon); len(drafts) > 0 {
		t.Errorf("taken back unasked: %s", drafts[0].Body)
	}
	state.Reconsider()
	drafts := state.Pending(noon)
	if len(drafts) != 1 {
		t.Fatalf("%d decisions, want the one recall", len(drafts))
	}
	book.write(drafts[0])
	for text, want := range map[string]protect.Status{"a.evil.test": protect.Active, "b.evil.test": protect.Revoked} {
		if p, _ := state.Get(inferred(t, text)); p.Status != want {
			t.Errorf("%s is %s (%s), want %s", text, p.Status, p.Reason, want)
		}
	}
}
