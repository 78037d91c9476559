package dial_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/dial"
)

func TestCheck(t *testing.T) {
	for _, c := range []struct{ addr, what string }{ // what is empty for what is allowed
		{"8.8.8.8", ""}, {"1.1.1.1", ""}, {"100.63.255.255", ""}, {"100.128.0.0", ""}, {"172.15.255.255", ""},
		{"172.32.0.0", ""}, {"2a00:1450:4001:80b::200e", ""}, {"2606:4700::1111", ""}, {"::ffff:8.8.8.8", ""},
		{"64:ff9b::808:808", ""}, {"2002:808:808::1", ""}, {"2606:4700::5efe:8.8.8.8", ""},
		{"127.0.0.1", "loopback"}, {"127.255.255.254", "loopback"}, {"::1", "loopback"},
		{"::ffff:127.0.0.1", "127.0.0.1 is loopback"}, {"::ffff:7f00:1", "loopback"},
		{"64:ff9b::127.0.0.1", "NAT64 of 127.0.0.1, loopback"}, {"64:ff9b::a00:1", "NAT64 of 10.0.0.1, private"},
		{"64:ff9b:1::1", "local NAT64"}, {"2002:7f00:1::", "6to4 of 127.0.0.1, loopback"}, {"2002:c0a8:101::1", "6to4 of 192.168.1.1, private"},
		{"2606:4700::5efe:10.0.0.1", "ISATAP of 10.0.0.1, private"}, {"2606:4700::200:5efe:7f00:1", "ISATAP of 127.0.0.1"},
		{"fe80::5efe:8.8.8.8", "link-local"}, {"::127.0.0.1", "no longer used"}, {"::8.8.8.8", "no longer used"},
		{"10.0.0.1", "private"}, {"172.16.0.1", "private"}, {"172.31.255.255", "private"}, {"192.168.0.1", "private"}, {"fd12::1", "private"}, {"fec0::1", "private"},
		{"169.254.1.1", "link-local"}, {"fe80::1", "link-local"}, {"fe80::1%eth0", "link-local"}, {"febf::1", "link-local"},
		{"100.64.0.1", "CGNAT"}, {"100.127.255.255", "CGNAT"}, {"0.0.0.0", "unspecified"}, {"0.1.2.3", "this network"}, {"::", "unspecified"},
		{"224.0.0.1", "multicast"}, {"239.255.255.255", "multicast"}, {"ff02::1", "multicast"}, {"255.255.255.255", "broadcast"}, {"240.0.0.1", "reserved"},
		{"192.0.2.1", "documentation"}, {"198.51.100.1", "documentation"}, {"203.0.113.1", "documentation"}, {"2001:db8::1", "documentation"}, {"3fff::1", "documentation"},
		{"198.18.0.1", "benchmarks"}, {"198.19.255.255", "benchmarks"}, {"192.0.0.8", "protocols"}, {"2001::1", "Teredo"}, {"2001:20::1", "protocols"},
		{"169.254.169.254", "cloud metadata"}, {"::ffff:169.254.169.254", "cloud metadata"}, {"64:ff9b::a9fe:a9fe", "cloud metadata"}, {"fd00:ec2::254", "cloud metadata"},
		{"168.63.129.16", "cloud metadata"}, {"100::1", "discarding"}, {"4000::1", "not public"}, {"5f00::1", "segment routing"},
	} {
		err := dial.Policy{}.Check(netip.MustParseAddr(c.addr))
		switch {
		case c.what == "" && err != nil:
			t.Errorf("%s: %v", c.addr, err)
		case c.what != "" && (!errors.Is(err, dial.ErrRefused) || !strings.Contains(err.Error(), c.what) || !strings.Contains(err.Error(), "to allow it")):
			t.Errorf("%s: %v, want it to say %q", c.addr, err, c.what)
		}
	}
	if err := (dial.Policy{}).Check(netip.Addr{}); !errors.Is(err, dial.ErrRefused) {
		t.Errorf("no address at all: %v", err)
	}
}

// Whatever form an IPv4 address is wrapped in, it is judged as itself.
func TestWrappedAddressesAreJudgedAsThemselves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := [4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "address"))
		inner := netip.AddrFrom4(raw)
		refused := dial.Policy{}.Check(inner) != nil
		mapped := netip.AddrFrom16(inner.As16())
		nat64 := netip.MustParseAddr("64:ff9b::").As16()
		copy(nat64[12:], raw[:])
		sixTo4 := netip.MustParseAddr("2002::1").As16()
		copy(sixTo4[2:], raw[:])
		for _, outer := range []netip.Addr{mapped, netip.AddrFrom16(nat64), netip.AddrFrom16(sixTo4)} {
			if err := (dial.Policy{}).Check(outer); (err != nil) != refused {
				t.Fatalf("%s is refused: %v; %s, which wraps it: %v", inner, refused, outer, err)
			}
		}
	})
}

func TestConfig(t *testing.T) {
	p, err := dial.Config{Allow: []string{"10.1.2.3", "192.168.7.9/24", "fd00::/8", "169.254.0.0/16", "::ffff:172.16.0.1"}, AllowHosts: []string{"misp.example"}}.Policy()
	if err != nil {
		t.Fatal(err)
	}
	for addr, allowed := range map[string]bool{
		"10.1.2.3": true, "10.1.2.4": false, "192.168.7.200": true, "::ffff:192.168.7.200": true, "192.168.8.1": false,
		"fd00::1": true, "169.254.1.1": true, "172.16.0.1": true, "8.8.8.8": true,
		"169.254.169.254": false, "fd00:ec2::254": false, // not named singly
	} {
		if err := p.Check(netip.MustParseAddr(addr)); (err == nil) != allowed {
			t.Errorf("%s: %v", addr, err)
		}
	}
	if p, err = (dial.Config{Allow: []string{"169.254.169.254"}}).Policy(); err != nil || p.Check(netip.MustParseAddr("169.254.169.254")) != nil {
		t.Errorf("the metadata service named singly: %v, %v", err, p.Check(netip.MustParseAddr("169.254.169.254")))
	}
	for _, c := range []struct {
		cfg   dial.Config
		parts []string
	}{
		{dial.Config{Allow: []string{"intranet"}}, []string{"dial.allow", `"intranet"`, "10.0.0.0/8"}},
		{dial.Config{Allow: []string{"10.0.0.0/33"}}, []string{"dial.allow"}},
		{dial.Config{Allow: []string{"fe80::1%eth0"}}, []string{"dial.allow"}},
		{dial.Config{AllowHosts: []string{""}}, []string{"dial.allow_hosts"}},
		{dial.Config{AllowHosts: []string{"*.example"}}, []string{"dial.allow_hosts", "whole name"}},
		{dial.Config{AllowHosts: []string{"misp.example:443"}}, []string{"without port"}},
		{dial.Config{AllowHosts: []string{"10.0.0.1"}}, []string{"addresses go to dial.allow"}},
	} {
		_, err := c.cfg.Policy()
		for _, part := range c.parts {
			if err == nil || !strings.Contains(err.Error(), part) {
				t.Errorf("%+v: %v, want it to say %q", c.cfg, err, part)
			}
		}
	}
}

func TestControlTakesAddressesAlone(t *testing.T) {
	for _, c := range [][2]string{{"unix", "/run/docker.sock"}, {"tcp", "name.example:80"}, {"ip4:icmp", "8.8.8.8"}, {"tcp4", "127.0.0.1:80"}, {"udp6", "[::1]:53"}} {
		if err := (dial.Policy{}).Control(c[0], c[1], nil); !errors.Is(err, dial.ErrRefused) {
			t.Errorf("%s %s: %v", c[0], c[1], err)
		}
	}
	for _, c := range [][2]string{{"tcp4", "8.8.8.8:443"}, {"udp6", "[2606:4700::1111]:53"}} {
		if err := (dial.Policy{}).Control(c[0], c[1], nil); err != nil {
			t.Errorf("%s %s: %v", c[0], c[1], err)
		}
	}
}
