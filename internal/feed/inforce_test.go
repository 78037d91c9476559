package feed_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

func texts(ps []*protect.Protection) string {
	var all []string
	for _, p := range ps {
		all = append(all, p.Text)
	}
	return strings.Join(all, " ")
}

func reasons(left []feed.Left) string {
	var all []string
	for _, l := range left {
		all = append(all, l.Text+": "+l.Reason)
	}
	return strings.Join(all, "\n")
}

func with(p protect.Protection, change func(*protect.Protection)) protect.Protection {
	change(&p)
	return p
}

func status(s protect.Status) func(*protect.Protection) {
	return func(p *protect.Protection) { p.Status = s }
}

func confident(n int) func(*protect.Protection) {
	return func(p *protect.Protection) { p.Confidence = n }
}

func TestInForce(t *testing.T) {
	address := func(text string) protect.Protection { return decided(protect.Block, observable.IPv4, text, 1) }
	link := func(text string) protect.Protection { return decided(protect.Block, observable.URL, text, 1) }
	kill := mustResolve("kill.example", "192.0.2.80", 9)
	tests := map[string]struct {
		in                  []protect.Protection
		blocks, musts, left string
	}{
		"newest first, then by value": {
			in:     []protect.Protection{block("b.example", 2), block("old.example", 3), block("a.example", 2)},
			blocks: "a.example b.example old.example",
		},
		"only what is active, or shown as a canary": {
			in: []protect.Protection{with(block("a.example", 1), status(protect.Proposed)), with(block("b.example", 1), status(protect.Canary)),
				with(block("c.example", 1), status(protect.Revoked)), with(block("d.example", 1), status(protect.Expired))},
			blocks: "b.example",
		},
		"most confident first": {
			in: []protect.Protection{with(block("a.example", 1), confident(60)), with(block("b.example", 3), confident(90)),
				with(block("c.example", 2), confident(60)), block("said.example", 9)},
			blocks: "said.example b.example a.example c.example",
		},
		"a proposal lifts nothing": {
			in:     []protect.Protection{block("a.example", 5), with(decided(protect.Observe, observable.Domain, "a.example", 1), status(protect.Proposed))},
			blocks: "a.example",
		},
		"past its expiry, though nobody has said so": {
			in: []protect.Protection{with(block("a.example", 1), func(p *protect.Protection) { p.Expires = noon })},
		},
		"a recall replaces": {
			in: []protect.Protection{block("a.example", 5), with(block("a.example", 4), status(protect.Revoked))},
		},
		"an earlier recall does not": {
			in:     []protect.Protection{with(block("a.example", 5), status(protect.Revoked)), block("a.example", 4)},
			blocks: "a.example",
		},
		"a renewal that a recall overtook": {
			in: []protect.Protection{block("a.example", 5), with(block("a.example", 5), status(protect.Revoked)), block("a.example", 4)},
		},
		"observing replaces blocking": {
			in: []protect.Protection{block("a.example", 5), decided(protect.Observe, observable.Domain, "a.example", 4)},
		},
		"a later block does not end a must-resolve": {
			in: []protect.Protection{kill, block("kill.example", 1)}, musts: "kill.example",
			left: "kill.example: kill.example must resolve",
		},
		"a recalled must-resolve is over": {
			in: []protect.Protection{kill, with(mustResolve("kill.example", "192.0.2.80", 3), status(protect.Revoked)), with(block("kill.example", 1), func(p *protect.Protection) { p.ID = "protection--another" })}, blocks: "kill.example",
		},
		"another spelling is the same name": {
			in: []protect.Protection{mustResolve("KILL.Example.", "192.0.2.80", 3), block("kill.EXAMPLE", 1)}, musts: "kill.example",
			left: "kill.example: kill.example must resolve",
		},
		"a name above stays": {
			in: []protect.Protection{kill, block("example", 1)}, blocks: "example", musts: "kill.example",
		},
		"a URL on the name": {
			in: []protect.Protection{kill, link("http://Kill.example.:80/x"), link("http://a.kill.example/"), link("http://192.0.2.80:8080/")}, blocks: "http://a.kill.example/", musts: "kill.example",
			left: "http://192.0.2.80:8080/: 192.0.2.80/32 answers for names that must resolve\nhttp://kill.example/x: kill.example must resolve",
		},
		"the answer's address": {
			in:     []protect.Protection{kill, address("192.0.2.80"), address("192.0.2.81"), address("192.0.2.0/24"), address("::ffff:192.0.2.80")},
			blocks: "192.0.2.81", musts: "kill.example",
			left: "192.0.2.0/24: 192.0.2.80/32 answers for names that must resolve\n192.0.2.80: 192.0.2.80/32 answers for names that must resolve",
		},
		"an address that came as a domain": {
			in:   []protect.Protection{block("192.0.2.80", 1)},
			left: "192.0.2.80: an address given as a domain",
		},
		"no domain at all": {
			in:   []protect.Protection{block("a.example\n198.51.100.1", 1), block("*.example", 1)},
			left: "*.example: domain \"*.example\": character '*' is not allowed\na.example\n198.51.100.1: domain \"a.example\\n198.51.100.1\": character '\\n' is not allowed",
		},
		"an answer that is no address": {
			in: []protect.Protection{mustResolve("kill.example", "nowhere", 1)}, musts: "kill.example",
			left: "kill.example: its answer nowhere is no address: the name is left to resolve by itself",
		},
		"an unknown polarity": {
			in:   []protect.Protection{with(block("a.example", 1), func(p *protect.Protection) { p.Polarity = "allow" })},
			left: "a.example: unknown polarity allow",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := effective(tt.in...)
			if got := texts(s.Blocks()); got != tt.blocks {
				t.Errorf("blocks %q, want %q", got, tt.blocks)
			}
			if got := texts(s.MustResolve()); got != tt.musts {
				t.Errorf("must resolve %q, want %q", got, tt.musts)
			}
			if diff := cmp.Diff(tt.left, reasons(s.Left())); diff != "" {
				t.Errorf("left (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSetSaysWhatAListCannotExcept(t *testing.T) {
	s := effective(block("evil.example", 3), block("fine.example", 2), mustResolve("a.kill.evil.example", "", 1), mustResolve("b.evil.example", "", 1))
	if diff := cmp.Diff([]string{"a.kill.evil.example", "b.evil.example"}, s.Except("evil.example")); diff != "" {
		t.Error(diff)
	}
	want := map[string]string{
		"evil.example": "a list cannot except a.kill.evil.example, b.evil.example beneath it, which must resolve",
		"fine.example": "",
	}
	for _, p := range s.Blocks() {
		if got := s.Above(p); got != want[p.Text] {
			t.Errorf("above %s: %q, want %q", p.Text, got, want[p.Text])
		}
	}
}

func TestUntilIsTheFirstExpiry(t *testing.T) {
	never := with(block("a.example", 1), func(p *protect.Protection) { p.Expires = time.Time{} })
	if got := effective(never).Until(); !got.IsZero() {
		t.Errorf("nothing expires, but the set does at %v", got)
	}
	first := mustResolve("kill.example", "192.0.2.1", 30)
	if got := effective(never, block("b.example", 3), first).Until(); !got.Equal(first.Expires) {
		t.Errorf("the set expires at %v, want %v", got, first.Expires)
	}
}
