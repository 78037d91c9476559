package ratelimit

import (
	"net/http"
	"net/netip"
)

// ClassOf tells reads from writes by the method (RFC 9110, section 9.2.1).
func ClassOf(r *http.Request) Class {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return Read
	}
	return Write
}

// Source is where a request came from, given "ADDRESS:PORT": an IPv4 address,
// or the /64 that one IPv6 subscriber has to itself. The invalid prefix, of
// what has no address, counts as one source. Behind a reverse proxy it is the
// proxy.
func Source(remote string) netip.Prefix {
	at, err := netip.ParseAddrPort(remote)
	if err != nil {
		return netip.Prefix{}
	}
	addr := at.Addr().Unmap().WithZone("")
	prefix, _ := addr.Prefix(min(64, addr.BitLen())) // bits are within the address
	return prefix
}
