package notice

import (
	"fmt"
	"net/mail"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/dial"
)

// Limits of what a channel may hold.
const (
	maxChannels = 20  // of one partner
	maxName     = 100 // characters
	maxTarget   = 2000
	maxToken    = 1000
	maxMailbox  = 254 // RFC 5321, section 4.5.3.1.3, without the angle brackets
	maxRoom     = 255 // Matrix Client-Server API, "Room ID"
	maxDigest   = 7 * 24 * time.Hour
	minDigest   = time.Minute
)

// check says what is wrong with a channel as a partner asks for it.
func (c Channel) check(policy dial.Policy) error {
	if c.Name != "" {
		if err := access.CheckText("name", c.Name, maxName); err != nil {
			return err
		}
	}
	if err := c.checkTarget(policy); err != nil {
		return err
	}
	for i, t := range c.Topics {
		if !slices.Contains(Topics(), t) {
			return fmt.Errorf("%w: topics/%d: unknown topic %q: use %s", access.ErrInvalid, i, t, listed(Topics()))
		}
	}
	if len(c.Topics) > len(Topics()) {
		return fmt.Errorf("%w: topics: %d are named, there are %d: name each once", access.ErrInvalid, len(c.Topics), len(Topics()))
	}
	if c.MinSeverity != "" && c.MinSeverity.rank() < 0 {
		return unknownSeverity("min_severity", c.MinSeverity)
	}
	if d := c.Digest.Duration(); d != 0 && (d < minDigest || d > maxDigest) {
		return fmt.Errorf("%w: digest %s is not between %s and %s; leave it out to be told at once", access.ErrInvalid, c.Digest, Span(minDigest), Span(maxDigest))
	}
	if c.Quiet != nil {
		return c.Quiet.Validate()
	}
	return nil
}

// checkTarget checks where to, and with what secret. An address that a name stands
// for is checked when it is dialled.
func (c Channel) checkTarget(policy dial.Policy) error {
	if c.Secret != "" && c.Kind != Matrix {
		return fmt.Errorf("%w: secret: only a Matrix channel brings one, its access token; that of a webhook is made by the hub", access.ErrInvalid)
	}
	if c.Room != "" && c.Kind != Matrix {
		return fmt.Errorf("%w: room: only a Matrix channel has one", access.ErrInvalid)
	}
	switch c.Kind {
	case Mail:
		return checkMailbox(c.Target)
	case Webhook, Slack:
		return checkURL(c.Target, policy)
	case Matrix:
		return c.checkMatrix(policy)
	case File:
		return checkDirectory(c.Target)
	}
	return fmt.Errorf("%w: unknown kind %q: use %s", access.ErrInvalid, c.Kind, listed(ChannelKinds()))
}

func checkMailbox(target string) error {
	parsed, err := mail.ParseAddress(target)
	if err != nil || parsed.Address != target || len(target) > maxMailbox || strings.ContainsFunc(target, unprintable) {
		return fmt.Errorf("%w: target %q is not one mail address, such as duty@partner.example", access.ErrInvalid, clip(target))
	}
	return nil
}

// checkURL wants HTTPS, or HTTP to what the dial policy names: elsewhere anybody on
// the way could read and change what is told.
func checkURL(target string, policy dial.Policy) error {
	u, err := url.Parse(target)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.Opaque != "":
		return fmt.Errorf("%w: target %q is not a URL, such as https://partner.example/hook", access.ErrInvalid, clip(target))
	case len(target) > maxTarget:
		return fmt.Errorf("%w: target has %d bytes, at most %d are allowed", access.ErrInvalid, len(target), maxTarget)
	case u.User != nil:
		return fmt.Errorf("%w: target: a URL with a user or a password in it is not taken: what the hub sends is signed", access.ErrInvalid)
	case u.Fragment != "":
		return fmt.Errorf("%w: target: a fragment (#...) is never sent: leave it out", access.ErrInvalid)
	case u.Scheme == "http" && !trusted(u.Hostname(), policy):
		return fmt.Errorf("%w: target: use https; http is for what the operator has named under [dial] in the hub's configuration", access.ErrInvalid)
	}
	return nil
}

// trusted says whether the operator has named a host or its address.
func trusted(host string, policy dial.Policy) bool {
	name := strings.TrimSuffix(host, ".")
	if addr, err := netip.ParseAddr(name); err == nil {
		return slices.ContainsFunc(policy.Allow, func(p netip.Prefix) bool { return p.Contains(addr.WithZone("").Unmap()) })
	}
	return slices.ContainsFunc(policy.AllowHosts, func(h string) bool { return strings.EqualFold(strings.TrimSuffix(h, "."), name) })
}

func (c Channel) checkMatrix(policy dial.Policy) error {
	if err := checkURL(c.Target, policy); err != nil {
		return err
	}
	if strings.Contains(c.Target, "?") {
		return fmt.Errorf("%w: target: a homeserver's base URL has no query", access.ErrInvalid)
	}
	if !strings.HasPrefix(c.Room, "!") || len(c.Room) > maxRoom || strings.ContainsFunc(c.Room, unprintable) {
		return fmt.Errorf("%w: room %q is not a Matrix room's id, which begins with '!'; an alias (#...) is not one", access.ErrInvalid, clip(c.Room))
	}
	if c.Secret == "" || len(c.Secret) > maxToken || strings.ContainsFunc(c.Secret, unprintable) {
		return fmt.Errorf("%w: secret: the access token of the account that the hub writes with is needed, at most %d characters", access.ErrInvalid, maxToken)
	}
	return nil
}

// checkDirectory wants a word: it becomes a part of a path at the hub.
func checkDirectory(name string) error {
	if len(name) < 1 || len(name) > 64 || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || strings.HasPrefix(name, "-") {
		return fmt.Errorf("%w: target %q is not a word of 1 to 64 small letters, digits and '-' that names a directory", access.ErrInvalid, clip(name))
	}
	return nil
}

func unprintable(r rune) bool { return r <= ' ' || r == 0x7f || r == '\uFFFD' }

func unknownSeverity(field string, s Severity) error {
	return fmt.Errorf("%w: %s: unknown severity %q: use %s", access.ErrInvalid, field, s, listed(Severities()))
}

func listed[T ~string](words []T) string {
	texts := make([]string, len(words))
	for i, w := range words {
		texts[i] = string(w)
	}
	return strings.Join(texts, ", ")
}

// clip cuts what an error repeats.
func clip(text string) string {
	if len(text) <= 100 {
		return text
	}
	return strings.ToValidUTF8(text[:100], "") + "…"
}
