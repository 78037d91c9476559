package warninglist

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// Kinds of lists that are read otherwise than by what an entry looks like.
const (
	typeCIDR  = "cidr"
	typeRegex = "regex"
)

var (
	errTooWide = errors.New("a network of this width holds a great part of the world")
	errTooLong = fmt.Errorf("it is longer than the %d bytes that a name may have", maxText)
)

// add takes in one entry of a list; the error says why it is junk.
func (l *Lists) add(entry, listType string, list uint16, m Meaning) error {
	text := strings.TrimSpace(entry)
	if len(text) > maxText {
		return errTooLong
	}
	if listType == typeCIDR {
		return l.addPrefix(text, list, m)
	}
	v, err := observable.Infer(strings.TrimLeft(strings.TrimPrefix(text, "*"), "."))
	if err != nil || kindOf(v.Type) == kindNone {
		v, m, err = named(text, m)
	}
	switch {
	case err != nil:
		return err
	case v.Type == observable.IPv4 || v.Type == observable.IPv6:
		return l.addPrefix(v.Text, list, m)
	case v.Type == observable.Domain:
		return l.addName(v.Text, list, m)
	}
	if len(v.Text) > maxText {
		return errTooLong
	}
	l.texts.add(kindOf(v.Type), v.Text, meta(list)|listed)
	return nil
}

// named reads an entry that is a host with a path, or a name that looks like
// something else. A page is no reason to guard what else lies below its host.
func named(text string, m Meaning) (observable.Value, Meaning, error) {
	if a, err := observable.Infer(text); err == nil && (a.Type == observable.IPv4 || a.Type == observable.IPv6) {
		return a, m, nil
	}
	_, rest, hasScheme := strings.Cut(text, "://")
	if !hasScheme {
		rest = text
	}
	host, page, _ := strings.Cut(rest, "/")
	if strings.Trim(page, "*") != "" {
		m = Strangers
	}
	host = strings.TrimLeft(strings.TrimPrefix(host, "*"), ".")
	v, err := observable.Host(host)
	if err != nil {
		return v, m, fmt.Errorf("it is no name, address, URL or hash: %w", err)
	}
	return v, m, nil
}

func (l *Lists) addName(name string, list uint16, m Meaning) error {
	suffix, icann := publicsuffix.PublicSuffix(name)
	if suffix == name {
		if !icann && !strings.Contains(name, ".") && !specialUse[name] {
			return errors.New("it is one word and no top-level domain: the head of a column, or of a kind that nothing is blocked by")
		}
		m = Strangers
	}
	if label := name[strings.LastIndexByte(name, '.')+1:]; strings.Trim(label, "0123456789") == "" {
		return errors.New("no top-level domain is a number")
	}
	l.texts.add(kindName, name, meta(list)|m.flags())
	for {
		// A public suffix above, and what is above it, is another guard's.
		_, above, _ := strings.Cut(name, ".")
		if len(above) <= len(suffix) {
			return nil
		}
		name = above
		l.texts.add(kindName, name, meta(list))
	}
}

// specialUse are the top-level names of RFC 6761 that the public suffix list has not.
var specialUse = map[string]bool{"example": true, "invalid": true, "local": true, "localhost": true, "test": true}

// Ranges beyond which an entry is a mistake, of the addresses in use; what is
// multicast or reserved may stand as widely as it is.
const (
	widest4 = 8
	widest6 = 16
)

var (
	reserved4 = netip.MustParsePrefix("224.0.0.0/3")
	inUse6    = netip.MustParsePrefix("2000::/3")
)

func (l *Lists) addPrefix(text string, list uint16, m Meaning) error {
	v, err := observable.New(observable.IPv4, text)
	if err != nil {
		return fmt.Errorf("it is no address or range: %w", err)
	}
	p, ok := v.Prefix()
	if !ok {
		return fmt.Errorf("%s is no range", v.Text)
	}
	if p.Addr().Is4() && p.Bits() < widest4 && (p.Bits() < reserved4.Bits() || !reserved4.Contains(p.Addr())) ||
		p.Addr().Is6() && p.Bits() < widest6 && inUse6.Overlaps(p) || p.Bits() == 0 {
		return errTooWide
	}
	t := &l.whole
	if m == Strangers {
		t = &l.rented
	}
	if _, twice := t.Get(p); !twice {
		t.Insert(p, list)
	}
	return nil
}
