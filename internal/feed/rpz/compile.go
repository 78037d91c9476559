package rpz

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// maxName is the most octets of a name on the wire (RFC 1035, section 2.3.4).
const maxName = 255

// content is what a zone says at one moment.
type content struct {
	records []record              // in order, each once
	answers map[string]netip.Addr // must-resolve names with an answer, absolute
	left    []feed.Left           // what cannot be said in the zone
}

// compiler collects a zone's records.
type compiler struct {
	content
	zone   string
	blocks map[string]bool       // blocked domains
	musts  map[string]netip.Addr // must-resolve names; an invalid address means passthru
}

// compile writes the set as records of the zone.
func compile(s feed.Set, zone string) content {
	c := compiler{zone: zone, blocks: make(map[string]bool), musts: make(map[string]netip.Addr)}
	c.left = slices.Clone(s.Left())
	unsaid := c.collectMusts(s)
	c.collectBlocks(s, unsaid)
	c.answers = make(map[string]netip.Addr)
	for name, a := range c.musts {
		c.records = append(c.records, record{name: name, answer: a, pass: !a.IsValid()})
		if a.IsValid() {
			c.answers[name+"."] = a
		}
		for up, ok := parent(name); ok && c.blocked(up); up, ok = parent(up) {
			c.block(up)
		}
	}
	for name := range c.blocks {
		if up, ok := parent(name); !ok || !c.blocked(up) {
			c.block(name)
		}
	}
	slices.SortFunc(c.records, record.compare)
	c.records = slices.Compact(c.records)
	return c.content
}

// collectMusts takes the must-resolve names and gives the names above those
// that the zone cannot hold: no block of these may be written.
func (c *compiler) collectMusts(s feed.Set) (unsaid map[string]bool) {
	unsaid = make(map[string]bool)
	take := func(v observable.Value, answer netip.Addr) {
		if reason := c.unfit(v.Text); reason != "" {
			c.leave(v, protect.MustResolve, reason)
			for up, ok := parent(v.Text); ok; up, ok = parent(up) {
				unsaid[up] = true
			}
			return
		}
		c.musts[v.Text] = answer
	}
	for _, p := range s.MustResolve() {
		if p.Type == observable.Domain {
			answer, _ := netip.ParseAddr(p.Answer) // a Set's answer is an address or empty
			take(p.Value, answer)
		}
	}
	// The host of a must-resolve URL is excepted from a block above it, too.
	for _, p := range s.Blocks() {
		if p.Type != observable.Domain {
			continue
		}
		for _, name := range s.Except(p.Text) {
			if _, taken := c.musts[name]; !taken {
				take(observable.Value{Type: observable.Domain, Text: name}, netip.Addr{})
			}
		}
	}
	return unsaid
}

func (c *compiler) collectBlocks(s feed.Set, unsaid map[string]bool) {
	for _, p := range s.Blocks() {
		switch p.Type {
		case observable.Domain:
			if reason := c.unfit(p.Text); reason != "" {
				c.leave(p.Value, p.Polarity, reason)
			} else if unsaid[p.Text] {
				c.leave(p.Value, p.Polarity, "a name beneath it must resolve and is too long for the zone")
			} else {
				c.blocks[p.Text] = true
			}
		case observable.IPv4, observable.IPv6:
			if trigger, err := addressTrigger(p.Text); err != nil {
				c.leave(p.Value, p.Polarity, err.Error())
			} else {
				c.records = append(c.records, record{name: trigger})
			}
		}
	}
}

// blocked says whether a name is blocked: by itself or a name above it, with
// no must-resolve name nearer.
func (c *compiler) blocked(name string) bool {
	for ok := true; ok; name, ok = parent(name) {
		if _, must := c.musts[name]; must {
			return false
		}
		if c.blocks[name] {
			return true
		}
	}
	return false
}

func (c *compiler) block(name string) {
	c.records = append(c.records, record{name: name})
	// A name so long that the wildcard does not fit is blocked alone.
	if c.length(name)+2 <= maxName {
		c.records = append(c.records, record{name: name, wild: true})
	}
}

// length is that of the name in the zone, on the wire.
func (c *compiler) length(name string) int { return len(name) + 1 + len(c.zone) + 1 }

// unfit says why a domain cannot be an owner in the zone, or "".
func (c *compiler) unfit(name string) string {
	if n := c.length(name); n > maxName {
		return fmt.Sprintf("with the zone's name it has %d octets, a name has at most %d", n, maxName)
	}
	// "24.0.0.0.10.rpz-client-ip" as a domain would be a policy on clients.
	if strings.HasPrefix(name[strings.LastIndexByte(name, '.')+1:], "rpz-") {
		return "it ends in a label that RPZ keeps for itself"
	}
	return ""
}

func (c *compiler) leave(v observable.Value, p protect.Polarity, reason string) {
	l := feed.Left{Value: v, Polarity: p, Reason: reason}
	if !slices.Contains(c.left, l) {
		c.left = append(c.left, l)
	}
}

// addressTrigger is the owner of a policy on an address or prefix in answers
// (draft-vixie-dnsop-dns-rpz-00, section 4.1.1): the prefix length, then the parts
// of the address from the last to the first; in IPv6 "zz" stands for the
// longest run of two or more zero words, the last of those in the address that
// are equally long, as BIND demands.
func addressTrigger(text string) (string, error) {
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		a, err := netip.ParseAddr(text)
		if err != nil {
			return "", fmt.Errorf("address %q: %w", text, err)
		}
		prefix = netip.PrefixFrom(a, a.BitLen())
	}
	if prefix.Bits() == 0 {
		return "", fmt.Errorf("prefix %q: RPZ has no prefix of length 0", text)
	}
	labels := []string{strconv.Itoa(prefix.Bits())}
	raw := prefix.Addr().AsSlice()
	if prefix.Addr().Is4() {
		for _, b := range slices.Backward(raw) {
			labels = append(labels, strconv.Itoa(int(b)))
		}
		return strings.Join(append(labels, "rpz-ip"), "."), nil
	}
	var words []uint16
	for i := len(raw) - 2; i >= 0; i -= 2 {
		words = append(words, uint16(raw[i])<<8|uint16(raw[i+1]))
	}
	first, length := longestZeros(words)
	for i := 0; i < len(words); i++ {
		if i == first {
			labels = append(labels, "zz")
			i += length - 1
			continue
		}
		labels = append(labels, strconv.FormatUint(uint64(words[i]), 16))
	}
	return strings.Join(append(labels, "rpz-ip"), "."), nil
}

// longestZeros is the first of the longest runs of two or more zeros; first is
// -1 if there is none.
func longestZeros(words []uint16) (first, length int) {
	first, length = -1, 1
	run := 0
	for i, w := range words {
		if w != 0 {
			run = 0
			continue
		}
		if run++; run > length {
			first, length = i-run+1, run
		}
	}
	return first, length
}
