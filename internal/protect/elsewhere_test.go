package protect_test

import (
	"errors"
	"testing"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// speak appends a partner's word against a protection.
func (h *hub) speak(by access.Principal, text string, p protect.Polarity) error {
	h.t.Helper()
	d, err := h.SpeakAgainst(by, value(h.t, text), p, "recalled elsewhere", h.now)
	if err == nil {
		h.append(d)
	}
	return err
}

func (h *hub) against(text string) []protect.RecallProposal {
	h.t.Helper()
	p, _ := h.Get(value(h.t, text))
	return h.Against(p.ID)
}

// Who takes its word back ends its own proposal and nothing that others decided:
// against that it speaks, once, until a coordinator has answered.
func TestSpeakAgainst(t *testing.T) {
	h := newHub(t, protect.Config{})
	const evil = "evil.example.org"
	if err := h.speak(contributor, evil, protect.Block); !errors.Is(err, protect.ErrNotFound) {
		t.Fatalf("against nothing: %v", err)
	}
	h.must(h.ask(contributor, evil, protect.Block))
	h.must(h.ask(contributor, evil, protect.Observe))
	if p, open := h.Proposed(contributor, value(t, evil), protect.Block); !open || p.By != string(contributor.Partner) {
		t.Fatalf("its proposal is %+v", p)
	}
	if _, open := h.Proposed(coordinator, value(t, evil), protect.Block); open {
		t.Error("a proposal is another's")
	}
	h.must(h.speak(contributor, evil, protect.Block))
	if _, open := h.Proposed(contributor, value(t, evil), protect.Block); open {
		t.Error("its proposal stands still")
	}
	h.want(evil, "observe proposed")

	h.must(h.ask(coordinator, evil, protect.Block))
	if err := h.speak(contributor, evil, protect.Observe); !errors.Is(err, protect.ErrNotFound) {
		t.Errorf("against another polarity: %v", err)
	}
	h.must(h.speak(contributor, evil, protect.Block))
	h.want(evil, "block active")
	if said := only(t, h.against(evil)); said.By != string(contributor.Partner) || said.Reason != "recalled elsewhere" {
		t.Errorf("said was %+v", said)
	}
	if err := h.speak(contributor, evil, protect.Block); !errors.Is(err, protect.ErrConflict) {
		t.Errorf("said again: %v", err)
	}
	viewer := contributor
	viewer.Role = access.Viewer
	if err := h.speak(viewer, evil, protect.Block); !errors.Is(err, protect.ErrForbidden) {
		t.Errorf("said by a viewer: %v", err)
	}
	h.sameRebuilt(value(t, evil))

	h.must(h.ask(coordinator, evil, protect.Block)) // decided anew: answered
	if said := h.against(evil); len(said) != 0 {
		t.Errorf("after the answer: %+v", said)
	}
	h.must(h.speak(contributor, evil, protect.Block))
	late, err := h.SpeakAgainst(access.Principal{Partner: "identity--other", Role: access.Contributor, Communities: []string{"default"}}, value(t, evil), protect.Block, "late", h.now)
	h.must(err)
	h.recall(evil)
	h.append(late)
	h.want(evil, "block revoked")
	if said := h.against(evil); len(said) != 0 {
		t.Errorf("after the recall: %+v", said)
	}
	h.sameRebuilt(value(t, evil))
}

// Who may not see a decision cannot find out by speaking against it.
func TestSpeakAgainstWhatIsHidden(t *testing.T) {
	h := newHub(t, protect.Config{})
	d, err := h.Ask(coordinator, protect.Request{Value: value(t, "evil.example.org"), Polarity: protect.Block, Reason: "x", TLP: access.AmberStrict}, h.now)
	h.must(err)
	h.append(d)
	stranger := access.Principal{Partner: "identity--stranger", Role: access.Contributor}
	if err := h.speak(stranger, "evil.example.org", protect.Block); !errors.Is(err, protect.ErrNotFound) {
		t.Errorf("%v", err)
	}
}
