package signin

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"
)

// checkOrigin wants "https://HOST" or "https://HOST:PORT", http only on
// loopback, and gives the host.
func checkOrigin(origin string) (host string, err error) {
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" || u.Scheme+"://"+u.Host != origin || strings.ToLower(origin) != origin {
		return "", fmt.Errorf("public URL %q: use the address that people type, as https://hub.example, in small letters and without a path", origin)
	}
	if u.Scheme != "https" && u.Scheme != "http" {
		return "", fmt.Errorf("public URL %q: use https, or http for a hub that only this machine reaches", origin)
	}
	return u.Hostname(), nil
}

// isLoopback says whether a host never leaves this machine.
func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || err == nil && addr.IsLoopback()
}

// mayHavePasskeys says whether browsers make passkeys for an origin: it has to
// be a name, and reached over TLS unless it is this machine (WebAuthn Level 3,
// sections 5.1.2 and 13.4.9).
func mayHavePasskeys(origin, host string) bool {
	_, err := netip.ParseAddr(host)
	return err != nil && (strings.HasPrefix(origin, "https://") || isLoopback(host))
}
