package feed

import (
	"net/netip"
	"net/url"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// guard knows what must not be blocked because something must resolve.
type guard struct {
	names     map[string]bool
	addresses map[netip.Prefix]bool
}

// hold takes in a must-resolve: its name, or a URL's host, and its answer.
func (g *guard) hold(p protect.Protection) {
	if g.names == nil {
		g.names, g.addresses = make(map[string]bool), make(map[netip.Prefix]bool)
	}
	switch p.Type {
	case observable.Domain:
		g.names[p.Text] = true
	case observable.IPv4, observable.IPv6:
		if prefix, err := asPrefix(p.Text); err == nil {
			g.addresses[prefix] = true
		}
	case observable.URL:
		if host, err := hostOf(p.Text); err != nil {
			break // a URL whose host is no name holds no name
		} else if prefix, err := asPrefix(host); err == nil {
			g.addresses[prefix] = true
		} else {
			g.names[host] = true
		}
	}
	if prefix, err := asPrefix(p.Answer); err == nil {
		g.addresses[prefix] = true
	}
}

// refuses gives the reason why the value must not be blocked, or "".
func (g *guard) refuses(v observable.Value) string {
	switch v.Type {
	case observable.Domain:
		return g.refusesName(v.Text)
	case observable.IPv4, observable.IPv6:
		prefix, err := asPrefix(v.Text)
		if err != nil {
			return err.Error()
		}
		return g.refusesAddress(prefix)
	case observable.URL:
		host, err := hostOf(v.Text)
		if err != nil {
			return "it cannot be told whether its host must resolve: " + err.Error()
		}
		if prefix, err := asPrefix(host); err == nil {
			return g.refusesAddress(prefix)
		}
		return g.refusesName(host)
	}
	return ""
}

func (g *guard) refusesName(name string) string {
	if g.names[name] {
		return name + " must resolve"
	}
	return ""
}

func (g *guard) refusesAddress(prefix netip.Prefix) string {
	for held := range g.addresses {
		if held.Overlaps(prefix) {
			return held.String() + " answers for names that must resolve"
		}
	}
	return ""
}

func asPrefix(text string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(text); err == nil {
		a = a.Unmap()
		return a.Prefix(a.BitLen())
	}
	return netip.ParsePrefix(text)
}

// hostOf is a URL's host as a domain or an address is written.
func hostOf(link string) (string, error) {
	u, err := url.Parse(link)
	if err != nil {
		return "", err
	}
	if _, err := netip.ParseAddr(u.Hostname()); err == nil {
		return u.Hostname(), nil
	}
	v, err := observable.New(observable.Domain, u.Hostname())
	return v.Text, err
}
