// Package dial is the policy of where the hub connects to. Addresses of
// webhooks, of TAXII, MISP and list sources, of sign-in providers and of other
// hubs come from configuration, from partners and from redirects; none of them
// may make the hub reach into its own machine or network.
//
// The address is checked when the connection is made, by the address that is
// really connected to: a name that resolves to something else a moment after
// it was looked at gains nothing. Every outward connection goes through
// [Policy.DialContext], [Policy.Control] or [HTTPClient].
package dial

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"time"
)

// ErrRefused says that the policy does not let the hub connect there.
var ErrRefused = errors.New("refused by the dial policy")

// Policy says where the hub may connect to. The zero Policy allows public
// unicast addresses and nothing else.
type Policy struct {
	// Allow are addresses that are allowed although they are not public. Cloud
	// metadata, multicast and unspecified addresses have to be named singly.
	Allow []netip.Prefix
	// AllowHosts are names, as they are dialled, whose addresses need not be
	// public: those of one's own network that are trusted to resolve rightly.
	// Cloud metadata, multicast and unspecified addresses stay refused.
	AllowHosts []string
	// Resolver looks names up; nil: the system's.
	Resolver *net.Resolver
}

// Config is a Policy as configuration has it; the zero value is the zero Policy.
type Config struct {
	Allow      []string `toml:"allow"`       // addresses and prefixes, such as 10.1.2.3 or 10.0.0.0/8
	AllowHosts []string `toml:"allow_hosts"` // names, without wildcards
}

// Policy reads the configuration.
func (c Config) Policy() (Policy, error) {
	var p Policy
	for _, text := range c.Allow {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			addr, addrErr := netip.ParseAddr(text)
			if addrErr != nil || addr.Zone() != "" {
				return Policy{}, fmt.Errorf("dial.allow %q: use an address or a prefix, such as 10.1.2.3 or 10.0.0.0/8", text)
			}
			prefix = netip.PrefixFrom(addr.Unmap(), addr.Unmap().BitLen())
		}
		p.Allow = append(p.Allow, prefix.Masked())
	}
	for _, host := range c.AllowHosts {
		_, err := netip.ParseAddr(host)
		if host == "" || err == nil || strings.ContainsAny(host, "*:/ ") {
			return Policy{}, fmt.Errorf("dial.allow_hosts %q: use a whole name without port, such as misp.example; addresses go to dial.allow", host)
		}
		p.AllowHosts = append(p.AllowHosts, host)
	}
	return p, nil
}

// Check says whether the hub may connect to the address; if not, the error is
// [ErrRefused] and says why, and how to allow it.
func (p Policy) Check(addr netip.Addr) error { return p.check(addr, false) }

func (p Policy) check(addr netip.Addr, trusted bool) error {
	addr = addr.WithZone("").Unmap()
	what, ever := special(addr)
	if what == "" || trusted && !ever {
		return nil
	}
	for _, allowed := range p.Allow {
		// Who allows a whole network does not mean the metadata service in it.
		if allowed.Contains(addr) && (!ever || allowed.IsSingleIP()) {
			return nil
		}
	}
	return fmt.Errorf("%w: %s is %s; to allow it, put %[2]s into allow under [dial] in the hub's configuration", ErrRefused, addr, what)
}

// Control is for [net.Dialer.Control]: it refuses a connection just before it
// is made. AllowHosts does not count here, since the name is not known.
func (p Policy) Control(network, address string, _ syscall.RawConn) error {
	return p.control(network, address, false)
}

func (p Policy) control(network, address string, trusted bool) error {
	if !strings.HasPrefix(network, "tcp") && !strings.HasPrefix(network, "udp") {
		return fmt.Errorf("%w: %s is neither TCP nor UDP", ErrRefused, network)
	}
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%w: %q is not an address and a port", ErrRefused, address)
	}
	return p.check(at.Addr(), trusted)
}

// DialContext connects to "host:port" if the policy allows the address that it
// turns out to be.
func (p Policy) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return p.dial(ctx, connectTimeout, network, address)
}

func (p Policy) dial(ctx context.Context, timeout time.Duration, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	trusted := p.trusts(host)
	d := net.Dialer{Timeout: timeout, Resolver: p.Resolver}
	d.Control = func(network, address string, _ syscall.RawConn) error {
		return p.control(network, address, trusted)
	}
	return d.DialContext(ctx, network, address)
}

// trusts says whether the name is one of AllowHosts.
func (p Policy) trusts(host string) bool {
	host = strings.TrimSuffix(host, ".")
	return slices.ContainsFunc(p.AllowHosts, func(allowed string) bool {
		return strings.EqualFold(strings.TrimSuffix(allowed, "."), host)
	})
}
