package release_test

import (
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

func (l *log) marked(t *testing.T, who access.Principal, e ledger.Entry) (p contribution.Part) {
	t.Helper()
	body, err := l.register.Reader(who).Marked(e, now)
	if err != nil {
		t.Fatal(err)
	}
	if body == nil {
		return p
	}
	if err := json.Unmarshal(body, &p); err != nil {
		t.Fatal(err)
	}
	return p
}

// Who hands on what it is told is told who may be told, as things stand now, and
// nothing of who else is, nor of a community that it is not in.
func TestMarked(t *testing.T) {
	l := newLog()
	green := l.contribute(t, green, contribution.Part{Objects: []jsontext.Value{malware(1, ""), malware(2, ""), malware(3, ""), malware(4, "")}})
	entries := []ledger.Seq{green.Seq}
	l.tighten(t, contribution.Tightening{Object: id(2), Audience: "amber default", Entries: entries})
	l.tighten(t, contribution.Tightening{Object: id(3), Audience: "green health", Entries: entries})
	l.tighten(t, contribution.Tightening{Object: id(3), Audience: "green banks", Entries: entries})
	l.tighten(t, contribution.Tightening{Object: id(4), Entries: entries})
	red := l.contribute(t, "red default "+bravo+" "+charlie, contribution.Part{Objects: []jsontext.Value{malware(5, "")}, Recipients: []string{bravo, charlie}})
	clear := l.contribute(t, "clear health", contribution.Part{Objects: []jsontext.Value{malware(6, "")}})

	hub := member(bravo)
	p := l.marked(t, hub, green)
	if p.Audience != "green default" || len(p.Objects) != 2 {
		t.Errorf("of the green one: %q, %d objects", p.Audience, len(p.Objects))
	}
	if diff := cmp.Diff([]string{"", "amber default"}, p.Audiences); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if p = l.marked(t, hub, red); p.Audience != "red default" || len(p.Recipients) != 0 {
		t.Errorf("of the red one: %q for %q", p.Audience, p.Recipients)
	}
	if p = l.marked(t, hub, clear); p.Audience != "clear " {
		t.Errorf("of the clear one: %q", p.Audience)
	}
	both := hub
	both.Communities = append(both.Communities, "health", "banks")
	if p = l.marked(t, both, green); len(p.Audiences) != 3 || p.Audiences[2] != "red default" && p.Audiences[2] != "red " {
		t.Errorf("narrowed to two sides: %q", p.Audiences)
	}
	if p = l.marked(t, member(alpha), red); p.Audience != "red default" || p.Recipients != nil || p.Parts != 0 {
		t.Errorf("to its owner: %+v", p)
	}
	var plain contribution.Part
	if err := json.Unmarshal(l.body(t, hub, green, now), &plain); err != nil || plain.Audience != "" || plain.Audiences != nil {
		t.Errorf("who did not ask is told %+v, %v", plain, err)
	}
}
