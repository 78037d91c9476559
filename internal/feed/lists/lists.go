// Package lists compiles protections into lists, maps and tables, as firewalls,
// proxies and mail servers read them.
//
// What every compiler here holds to:
//
//   - A line is written of normalised values only, and of those only what cannot
//     end its line or mean anything else to the engine: the rest is left, and said.
//   - A domain means itself and the names beneath it, one that is Exact itself
//     alone. Where an engine's format tells them apart it is written so.
//   - No must-resolve name is hit: an engine that matches subdomains is given the
//     exception, or if it knows none not the name above.
//   - A type that a file is not for, a hash in a list of addresses, is not among
//     what is left.
package lists

import (
	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/observable"
)

// All are the compilers by the name of the file that each writes.
var All = map[string]feed.Compiler{
	"block.txt":     Plain(),
	"domains.txt":   Plain(observable.Domain),
	"suffixes.txt":  Suffixes,
	"addresses.txt": Plain(observable.IPv4, observable.IPv6),
	"urls.txt":      Plain(observable.URL),
	"hashes.txt":    Plain(observable.SHA512, observable.SHA256, observable.SHA1, observable.MD5),
	"hosts":         Hosts,

	"protections.csv": CSV,

	"nginx-hosts.map":     NginxHosts,
	"nginx-addresses.geo": NginxAddresses,
	"squid-domains.acl":   SquidDomains,
	"squid-addresses.acl": SquidAddresses,
	"postfix-access":      PostfixAccess,
	"postfix-clients":     PostfixClients,
}

// isAddress says whether values of the type are addresses or prefixes.
func isAddress(t observable.Type) bool { return t == observable.IPv4 || t == observable.IPv6 }
