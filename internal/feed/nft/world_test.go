package nft_test

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// patience is how long a test waits for what the kernel does, before it fails.
const patience = 30 * time.Second

// world is three network namespaces in a row: outside - filter - inside. The packet
// filter is that of the one in the middle, which forwards.
type world struct {
	t                       testing.TB
	outside, filter, inside *host
}

// host is a network namespace, with somebody who listens in it on a UDP port of
// every address.
type host struct {
	t       testing.TB
	name    string
	fd      int
	control netip.Addr // an address that nobody blocks

	mu   sync.Mutex
	cond *sync.Cond
	got  map[string]bool
	sent int
}

const port = 9999

var (
	gate4   = netip.MustParseAddr("192.0.2.1") // the filter's own addresses
	gate6   = netip.MustParseAddr("2001:db8:b::1")
	inside4 = netip.MustParseAddr("198.51.100.2")
	inside6 = netip.MustParseAddr("2001:db8:c::2")
)

func newWorld(t testing.TB) *world {
	t.Helper()
	for _, program := range []string{"ip", "nft"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("SKIPPED: %s is missing (Debian: iproute2 nftables): %v", program, err)
		}
	}
	if os.Getuid() != 0 {
		t.Skip("SKIPPED: network namespaces with a packet filter take root: run the tests of this package as root, or under unshare -Urn")
	}
	w := &world{t: t}
	prefix := fmt.Sprintf("tocsin%d", os.Getpid())
	for _, h := range []struct {
		host    **host
		name    string
		control string
	}{{&w.outside, "o", "192.0.2.2"}, {&w.filter, "f", "192.0.2.1"}, {&w.inside, "i", "198.51.100.2"}} {
		*h.host = newHost(t, prefix+h.name, h.control)
	}
	for _, h := range []*host{w.outside, w.filter, w.inside} {
		// Else the links' own IPv6 addresses are not used for the first seconds.
		h.setting("ipv6/conf/default/accept_dad", "0")
	}
	w.filter.setting("ipv4/ip_forward", "1")
	o, f, i := w.outside.name, w.filter.name, w.inside.name
	ip(t, "link", "add", "ve0", "netns", o, "type", "veth", "peer", "name", "ve0", "netns", f)
	ip(t, "link", "add", "ve1", "netns", f, "type", "veth", "peer", "name", "ve1", "netns", i)
	addresses := map[string][]string{
		o + " ve0": {"192.0.2.2/24", "203.0.113.1/24", "203.0.113.7/24", "203.0.113.8/24", "203.0.113.200/24", "2001:db8:b::2/64", "2001:db8:bad::7/64", "2001:db8:bad::8/64"},
		f + " ve0": {"192.0.2.1/24", "203.0.113.254/24", "2001:db8:b::1/64", "2001:db8:bad::ffff/64"},
		f + " ve1": {"198.51.100.1/24", "2001:db8:c::1/64"},
		i + " ve1": {"198.51.100.2/24", "2001:db8:c::2/64"},
	}
	for where, list := range addresses {
		name, link, _ := strings.Cut(where, " ")
		for _, a := range list {
			args := []string{"-n", name, "addr", "add", a, "dev", link}
			if strings.Contains(a, ":") {
				args = append(args, "nodad")
			}
			ip(t, args...)
		}
		ip(t, "-n", name, "link", "set", link, "up")
	}
	for _, route := range [][]string{
		{o, "198.51.100.0/24", "192.0.2.1"}, {o, "2001:db8:c::/64", "2001:db8:b::1"},
		{i, "default", "198.51.100.1"}, {i, "::/0", "2001:db8:c::1"},
	} {
		ip(t, "-n", route[0], "route", "add", route[1], "via", route[2])
	}
	w.filter.setting("ipv6/conf/all/forwarding", "1")
	for _, h := range []*host{w.outside, w.filter, w.inside} {
		ip(t, "-n", h.name, "link", "set", "lo", "up")
		h.listen()
	}
	// The neighbours have to know each other's addresses, or a packet waits for
	// these and is overtaken.
	for _, a := range []string{"203.0.113.7", "203.0.113.8", "203.0.113.200", "2001:db8:bad::7", "2001:db8:bad::8"} {
		w.until(a+" is known", func() bool { return w.ways(a) == [4]bool{true, true, true, true} })
	}
	return w
}

func newHost(t testing.TB, name, control string) *host {
	t.Helper()
	ip(t, "netns", "add", name)
	t.Cleanup(func() { ip(t, "netns", "del", name) })
	f, err := os.Open("/run/netns/" + name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	h := &host{t: t, name: name, fd: int(f.Fd()), control: netip.MustParseAddr(control), got: map[string]bool{}}
	h.cond = sync.NewCond(&h.mu)
	return h
}

func ip(t testing.TB, args ...string) {
	t.Helper()
	if text, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
		t.Fatalf("ip %s: %v: %s", strings.Join(args, " "), err, text)
	}
}

// within runs do in the namespace.
func (h *host) within(do func()) {
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		if err := unix.Setns(h.fd, unix.CLONE_NEWNET); err != nil {
			done <- err
			return
		}
		do()
		done <- nil
	}()
	if err := <-done; err != nil {
		h.t.Fatalf("enter namespace %s: %v", h.name, err)
	}
}

// setting writes one of the namespace's settings (sysctl).
func (h *host) setting(name, value string) {
	h.t.Helper()
	var err error
	h.within(func() { err = os.WriteFile("/proc/sys/net/"+name, []byte(value), 0) })
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *host) listen() {
	var conn *net.UDPConn
	var err error
	h.within(func() { conn, err = net.ListenUDP("udp", &net.UDPAddr{Port: port}) })
	if err != nil {
		h.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		b := make([]byte, 100)
		for {
			n, err := conn.Read(b)
			if err != nil {
				return
			}
			h.mu.Lock()
			h.got[string(b[:n])] = true
			h.cond.Broadcast()
			h.mu.Unlock()
		}
	}()
	h.t.Cleanup(func() { conn.Close(); <-ended })
}

// arrives says whether a packet from one address to another does. After it, one is
// sent on the same way between addresses that nobody blocks: once that has arrived,
// the first would have, too.
func (h *host) arrives(from string, there *host, to netip.Addr) (arrived bool) {
	h.t.Helper()
	src := netip.MustParseAddr(from)
	h.sent++
	probe, control := fmt.Sprintf("%s probe %d", h.name, h.sent), fmt.Sprintf("%s control %d", h.name, h.sent)
	h.send(src, to, probe)
	for begun := time.Now(); ; {
		h.send(h.control, there.control, control)
		if there.waitFor(control, 200*time.Millisecond) {
			break
		}
		if time.Since(begun) > patience {
			h.t.Fatalf("nothing passes from %s to %s at all", h.control, there.control)
		}
	}
	there.mu.Lock()
	defer there.mu.Unlock()
	return there.got[probe]
}

func (h *host) waitFor(token string, most time.Duration) bool {
	timer := time.AfterFunc(most, func() { h.mu.Lock(); h.cond.Broadcast(); h.mu.Unlock() })
	defer timer.Stop()
	end := time.Now().Add(most)
	h.mu.Lock()
	defer h.mu.Unlock()
	for !h.got[token] && time.Now().Before(end) {
		h.cond.Wait()
	}
	return h.got[token]
}

// send sends one packet. A filter on the way out may say so; that is no failure.
func (h *host) send(from, to netip.Addr, text string) {
	h.t.Helper()
	var err error
	h.within(func() {
		var conn *net.UDPConn
		conn, err = net.DialUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(from, 0)), net.UDPAddrFromAddrPort(netip.AddrPortFrom(to, port)))
		if err != nil {
			return
		}
		defer conn.Close()
		_, _ = conn.Write([]byte(text)) // dropped on output: EPERM
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// ways says whether packets from an address outside arrive at the filter itself and
// at who is behind it, and whether theirs arrive outside.
func (w *world) ways(outside string) [4]bool {
	w.t.Helper()
	gate, behind, from := gate4, inside4, "198.51.100.2"
	if strings.Contains(outside, ":") {
		gate, behind, from = gate6, inside6, "2001:db8:c::2"
	}
	at := netip.MustParseAddr(outside)
	return [4]bool{
		w.outside.arrives(outside, w.filter, gate), w.outside.arrives(outside, w.inside, behind),
		w.inside.arrives(from, w.outside, at), w.filter.arrives(gate.String(), w.outside, at),
	}
}

// expect holds that packets from and to addresses outside arrive, or that none do.
func (w *world) expect(arrives bool, outside ...string) {
	w.t.Helper()
	for _, a := range outside {
		if got, want := w.ways(a), [4]bool{arrives, arrives, arrives, arrives}; got != want {
			w.t.Errorf("%s: arrives %v (to the filter, through it inward, outward, from the filter), want %v", a, got, want)
		}
	}
}

// nft runs nft(8) in the filter's namespace.
func (w *world) nft(args ...string) string {
	w.t.Helper()
	text, err := exec.Command("ip", append([]string{"netns", "exec", w.filter.name, "nft"}, args...)...).CombinedOutput()
	if err != nil {
		w.t.Fatalf("nft %s: %v: %s", strings.Join(args, " "), err, text)
	}
	return string(text)
}

// until polls; what never happens fails the test.
func (w *world) until(what string, happened func() bool) {
	w.t.Helper()
	for begun := time.Now(); !happened(); time.Sleep(2 * time.Millisecond) {
		if time.Since(begun) > patience {
			w.t.Fatalf("not within %s: %s", patience, what)
		}
	}
}
