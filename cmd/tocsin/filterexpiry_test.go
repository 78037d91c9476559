package main

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestExpiresByItself: what an engine has in force goes when its time has come,
// though the hub is dead. Filters see to that themselves: there the edge stands
// still, so that nobody tells them. A resolver's edge has to be there.
func TestExpiresByItself(t *testing.T) {
	t.Run("nft", func(t *testing.T) {
		needEngine(t, "nftables", "/usr/sbin/nft")
		space := namespace(t)
		space.has("198.51.100.7")
		s, restart := shortLived(t)
		dir, start := space.connect(s)
		startGroup(t, start)
		expires(t, s, restart, dir, "198.51.100.7", "reached", "dropped", space.reached)
	})
	t.Run("haproxy", func(t *testing.T) {
		t.Parallel()
		needEngine(t, "haproxy", "/usr/sbin/haproxy")
		s, restart := shortLived(t)
		p := connectProxy(t, s, "haproxy")
		startGroup(t, p.start)
		expires(t, s, restart, p.dir, "evil.example", "200 OK", "403 Forbidden", p.status)
	})
	t.Run("bind", func(t *testing.T) {
		t.Parallel()
		needEngine(t, "bind", "/usr/sbin/named")
		s, restart := shortLived(t)
		look := resolverOfAnEdge(t, s, "bind")
		expires(t, s, restart, "", "evil.example", upstreamAddress.String(), blocked, look)
	})
}

// shortLived is firstHour with a hub by whose configuration nothing lasts long;
// long enough for a push to be seen in force on a busy machine.
func shortLived(t *testing.T) (s session, restart func(away func())) {
	t.Helper()
	config := filepath.Join(t.TempDir(), "hub.toml")
	if err := os.WriteFile(config, []byte("[protect]\nlifetime = \"10s\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return firstHour(t, "--config", config)
}

// expires has the edge of a folder, if there is one, stand still as soon as a push
// took effect.
func expires(t *testing.T, s session, restart func(away func()), dir, value, free, stopped string, look func(string) string) {
	t.Helper()
	now := func() string { return look(value) }
	eventually(t, "the engine answers", free, now)
	s.tocsin("coordinator", "protection", "add", "--polarity", "block", value, "--reason", "seen on the first day")
	eventually(t, "a push takes effect", stopped, now)
	if dir != "" {
		edge := awaited(t, "--state", filepath.Join(dir, "edge"))
		if err := syscall.Kill(edge, syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = syscall.Kill(edge, syscall.SIGCONT) }) // so that it can be asked to end
	}
	restart(func() { eventually(t, "it goes by itself", free, now) })
}
