package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestResolverOfAnEdge is the first hour with a resolver that follows an edge
// instead of the hub.
func TestResolverOfAnEdge(t *testing.T) {
	for engine, program := range map[string]string{"bind": "/usr/sbin/named", "pdns-recursor": "/usr/sbin/pdns_recursor"} {
		t.Run(engine, func(t *testing.T) {
			needEngine(t, engine, program)
			s, restart := firstHour(t)
			look := resolverOfAnEdge(t, s, engine)
			story(t, s, restart, upstreamAddress.String(), blocked, map[string]string{"evil": "evil.example", "beneath": "www.evil.example", "other": "good.example", "later": "later.example"}, look)
			s.tocsin("coordinator", "protection", "add", "--polarity", "must-resolve", "killswitch.later.example", "--reason", "it stops the worm")
			eventually(t, "the kill switch below a block", "127.0.0.1", func() string { return look("killswitch.later.example") })
			if got := look("www.later.example"); got != blocked {
				t.Errorf("beside the kill switch: %s, want %s", got, blocked)
			}
		})
	}
}

// resolverOfAnEdge starts an edge, and a resolver that follows it, connected by
// what `tocsin feed connect` says, and gives what asks the resolver.
func resolverOfAnEdge(t *testing.T, s session, engine string) (look func(name string) string) {
	t.Helper()
	at, err := freeAddress()
	if err != nil {
		t.Fatal(err)
	}
	resolver, err := freeAddress()
	if err != nil {
		t.Fatal(err)
	}
	state := filepath.Join(t.TempDir(), "edge")
	startGroup(t, commandFor([]string{"tocsin", "edge", "--hub", s.hub, "--token-file", filepath.Join(s.dir, "contributor"), "--state", state,
		"--enforce", "rpz=" + at + ",notify=" + resolver}))
	eventually(t, "the edge has made its key", "yes", func() string {
		if _, err := os.Stat(filepath.Join(state, "rpz", "transfer.key")); err != nil {
			return "no"
		}
		return "yes"
	})
	printed := s.tocsin("contributor", "feed", "connect", engine, "--edge", state, "--at", at, "--standalone", "--listen", resolver,
		"--forward", startUpstream(t), "--dir", filepath.Join(t.TempDir(), engine))
	startEngine(t, printed[strings.LastIndex(printed, "\n")+1:])
	return func(name string) string { return lookup(t, resolver, name) }
}
