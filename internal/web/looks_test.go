package web_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/web"
)

// However many forms others open, what somebody looked at can be confirmed: by them,
// and by nobody else.
func TestOthersDoNotPushALookOut(t *testing.T) {
	s := newSite(t)
	one, two := s.partner("Energy One", "energy", "FR"), s.partner("Water Two", "water", "FR")
	ann, bob := s.actor(one.ID, access.Coordinator), s.actor(two.ID, access.Coordinator)
	form := []string{"value", "bad.example", "polarity", "block", "reason", "it serves the attack", "tlp", "green"}
	status, page, _ := ann.sends("/protections/new", append(form, "act", "look")...)
	if status != http.StatusOK {
		t.Fatalf("the look: status %d", status)
	}
	add := append(form, "act", "add", "once", once(t, page))
	if status, _, _ := bob.sends("/protections/new", add...); status != http.StatusConflict {
		t.Errorf("another confirms what somebody looked at: status %d", status)
	}
	for range 1001 {
		s.page("/tokens", bob.cookie)
	}
	if status, _, _ := ann.sends("/protections/new", add...); status != http.StatusSeeOther {
		t.Errorf("after another opened many forms: status %d", status)
	}
}

// Of one reader so many looks are kept, and the oldest goes first.
func TestAReaderHasSoManyLooks(t *testing.T) {
	var l web.Looks
	first, second := l.Look("ann"), l.Look("ann")
	for range web.MaxLooks - 1 {
		l.Look("ann")
	}
	if l.Take("ann", first) {
		t.Error("the oldest of too many is kept")
	}
	if !l.Take("ann", second) || l.Take("ann", second) {
		t.Error("the others are not kept, or more than once")
	}
}

// Where there is no room for all, whoever looks at most gives way.
func TestWhoLooksAtMostGivesWay(t *testing.T) {
	var l web.Looks
	alone := l.Look("ann")
	for i := range web.MaxAllLooks {
		l.Look(fmt.Sprint("program ", i/web.MaxLooks))
	}
	if !l.Take("ann", alone) {
		t.Error("many readers with many looks push out the only one of another")
	}
}
