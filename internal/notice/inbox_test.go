package notice

import (
	"testing"
	"time"
)

func TestAFullInboxOfWhatWaits(t *testing.T) {
	var b inbox
	of := func(s Severity, ack bool) *item {
		return &item{bulletin: &bulletin{Raising: Raising{Severity: s, NeedsAck: ack}}}
	}
	for range maxInbox - 2 {
		b.add(of(Warning, true))
	}
	first, second := of(Info, true), of(Info, true)
	b.add(first)
	b.add(second)
	for _, no := range []*item{of(Info, true), of(Critical, false)} {
		if b.add(no) != no {
			t.Errorf("%s was taken in, though all that is there waits and matters as much", no.Severity)
		}
	}
	if gone := b.add(of(Critical, true)); gone != second {
		t.Error("it is not the newest of what matters least that made room")
	}
	first.read = time.Unix(1, 0)
	if gone := b.add(of(Info, false)); gone != first {
		t.Error("what was acknowledged did not make room")
	}
	if len(b.items) != maxInbox {
		t.Errorf("it holds %d", len(b.items))
	}
}
