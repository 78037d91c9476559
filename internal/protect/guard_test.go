package protect_test

import (
	"testing"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// Guards change while the ledger stays: what one of today's refuses goes.
func TestNewGuardTakesBack(t *testing.T) {
	h := newHub(t, protect.Config{Guards: []protect.Guard{}})
	h.must(h.ask(coordinator, "8.8.8.8", protect.Block))
	h.must(h.ask(coordinator, "c2.example", protect.Block))
	h.cfg.Guards = nil // the default ones
	h.State = h.rebuilt()
	if p := only(t, h.Effective(h.now)); p.Text != "c2.example" {
		t.Errorf("in force: %+v", p)
	}
	only(t, h.settle())
	h.want("8.8.8.8", "block revoked")
	h.want("c2.example", "block active")
}

func TestGuards(t *testing.T) {
	guards := append(protect.DefaultGuards(), protect.Own{Names: []string{"hub.tocsin.example"}, Addresses: addrs("192.0.2.1")})
	tests := []struct{ value, guard string }{
		{"c2.example", ""}, {"192.0.2.7", ""}, {"198.51.100.7", ""}, {"203.0.113.7", ""}, {"2001:db8::7", ""}, {worm, ""},
		{"203.0.113.0/24", ""}, {"203.0.113.0/25", ""}, {"203.0.112.0/23", "prefix-width"}, {"0.0.0.0/0", "prefix-width"},
		{"2001:db8:1::/48", ""}, {"2001:db8::/47", "prefix-width"},
		{"10.0.0.1", "private-address"}, {"10.1.2.0/24", "private-address"}, {"127.0.0.1", "private-address"}, {"::1", "private-address"},
		{"192.168.1.1", "private-address"}, {"100.64.0.1", "private-address"}, {"169.254.1.1", "private-address"}, {"224.0.0.251", "private-address"},
		{"fe80::1", "private-address"}, {"fd00::1", "private-address"}, {"255.255.255.255", "private-address"}, {"::ffff:10.0.0.1", "private-address"},
		{"http://10.0.0.1/x", "private-address"}, {"http://[::1]:8080/x", "private-address"},
		{"host.local", "special-name"}, {"1.168.192.in-addr.arpa", "special-name"}, {"a.localhost", "special-name"}, {"notlocal.example", ""},
		{"8.8.8.8", "resolver"}, {"8.8.8.0/24", "resolver"}, {"8.8.8.9", ""}, {"1.1.1.1", "resolver"}, {"9.9.9.9", "resolver"},
		{"2620:fe::fe", "resolver"}, {"198.41.0.4", "resolver"}, {"https://8.8.8.8/", "resolver"}, {"https://8.8.8.8/dns-query", ""},
		{"co.uk", "public-suffix"}, {"nhs.uk", "public-suffix"}, {"evil.co.uk", ""}, {"github.io", "public-suffix"}, {"evil.github.io", ""},
		{"s3.amazonaws.com", "public-suffix"}, {"http://github.io/", "public-suffix"},
		{"google.com", "core"}, {"www.google.com", "core"}, {"download.windowsupdate.com", "core"}, {"notgoogle.com", ""}, {"google.com.evil.example", ""},
		{"login.windows.net", "core"}, {"blob.core.windows.net", "public-suffix"}, {"bucket.s3.amazonaws.com", ""}, {"amazonaws.com", "core"},
		{"one.one", "core"}, {"https://github.com/", "core"}, {"https://github.com/evil/evil", ""}, {"http://www.google.com/?q=1", ""},
		{"hub.tocsin.example", "hub"}, {"tocsin.example", "hub"}, {"other.tocsin.example", ""}, {"https://hub.tocsin.example/any", "hub"},
		{"192.0.2.1", "hub"}, {"192.0.2.0/24", "hub"},
	}
	for _, tt := range tests {
		v := value(t, tt.value)
		got, why := "", ""
		for _, g := range guards {
			if reason, bad := g.Check(v); bad {
				got, why = g.Name(), reason
				break
			}
		}
		if got != tt.guard || (got != "" && why == "") {
			t.Errorf("%s: guard %q (%s), want %q", tt.value, got, why, tt.guard)
		}
	}
	// An address that is called a domain is still that address.
	v, err := observable.New(observable.Domain, "8.8.8.8")
	if err != nil {
		t.Fatal(err)
	}
	if _, bad := (protect.Resolvers{}).Check(v); !bad {
		t.Error("8.8.8.8 passes as a domain")
	}
}
