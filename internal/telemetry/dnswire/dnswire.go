// Package dnswire says what a DNS message names: the question, and the
// addresses and names that the answers lead to (RFC 1035, section 4). It takes
// what it can from a message that is broken further on, and says so.
package dnswire

import (
	"errors"
	"fmt"
	"net/netip"
	"unsafe"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// Places of values, named as Suricata's EVE records name them.
const (
	FieldQuestion   = "dns.rrname"
	FieldAnswerName = "dns.answers.rrname"
	FieldAnswerData = "dns.answers.rdata"
)

// Value is one observable in a message.
type Value struct {
	observable.Value
	Field string // one of the constants above
	Raw   string // as the message has it, without the final dot
}

// Message is what one message says. It is valid until the next Parse.
type Message struct {
	ID       uint16
	Answer   bool // it is a reply
	NXDomain bool // RCODE 3, name error
	// Name is the first question's, normalised; "" if there is none or it is
	// no name that could be matched, such as the root.
	Name string
	// Values in order of appearance. An answer's owner stands there only if it
	// is not the question's name.
	Values []Value
	// Unusable counts names that are no observable.
	Unusable int
	// Broken says why the message could not be read to the end of its answers.
	Broken error
}

// Parser reads messages one after the other and uses its room again.
type Parser struct {
	message Message
	dns     dnsmessage.Parser
	arena   []byte // strings point into it
}

// MaxMessage is the longest message that DNS can carry, in bytes: over TCP its
// length has 16 bits (RFC 1035, section 4.2.2).
const MaxMessage = 1<<16 - 1

// Parse reads one message. An error says that not even its header and its
// questions could be read.
func (p *Parser) Parse(wire []byte) (*Message, error) {
	m := &p.message
	*m = Message{Values: m.Values[:0]}
	p.arena = p.arena[:0]
	if len(wire) > MaxMessage {
		return nil, fmt.Errorf("DNS message of %d bytes: the longest possible has %d", len(wire), MaxMessage)
	}
	header, err := p.dns.Start(wire)
	if err != nil {
		return nil, fmt.Errorf("DNS header: %w", err)
	}
	m.ID, m.Answer, m.NXDomain = header.ID, header.Response, header.RCode == dnsmessage.RCodeNameError
	if err := p.questions(); err != nil {
		return nil, err
	}
	m.Broken = p.answers()
	return m, nil
}

func (p *Parser) questions() error {
	for {
		q, err := p.dns.Question()
		if errors.Is(err, dnsmessage.ErrSectionDone) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("DNS question: %w", err)
		}
		v, ok := p.name(&q.Name, FieldQuestion)
		if ok && p.message.Name == "" {
			p.message.Name = v.Text
		}
	}
}

func (p *Parser) answers() error {
	for {
		h, err := p.dns.AnswerHeader()
		if errors.Is(err, dnsmessage.ErrSectionDone) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("DNS answer: %w", err)
		}
		p.owner(&h.Name)
		if err := p.data(h.Type); err != nil {
			return fmt.Errorf("DNS answer's %s: %w", h.Type, err)
		}
	}
}

// owner notes an answer's name where it is not the question's over again.
func (p *Parser) owner(n *dnsmessage.Name) {
	kept := len(p.message.Values)
	if v, ok := p.name(n, FieldAnswerName); ok && v.Text == p.message.Name {
		p.message.Values = p.message.Values[:kept]
	}
}

// data reads the types whose data is an address or a name that the question
// leads to; what other types hold is text, and a name in it was not resolved.
func (p *Parser) data(t dnsmessage.Type) error {
	switch t {
	case dnsmessage.TypeA:
		r, err := p.dns.AResource()
		if err == nil {
			p.address(netip.AddrFrom4(r.A))
		}
		return err
	case dnsmessage.TypeAAAA:
		r, err := p.dns.AAAAResource()
		if err == nil {
			p.address(netip.AddrFrom16(r.AAAA))
		}
		return err
	case dnsmessage.TypeCNAME:
		r, err := p.dns.CNAMEResource()
		return p.target(&r.CNAME, err)
	case dnsmessage.TypeNS:
		r, err := p.dns.NSResource()
		return p.target(&r.NS, err)
	case dnsmessage.TypePTR:
		r, err := p.dns.PTRResource()
		return p.target(&r.PTR, err)
	case dnsmessage.TypeMX:
		r, err := p.dns.MXResource()
		return p.target(&r.MX, err)
	}
	return p.dns.SkipAnswer()
}

func (p *Parser) target(n *dnsmessage.Name, err error) error {
	if err == nil {
		p.name(n, FieldAnswerData)
	}
	return err
}

func (p *Parser) address(a netip.Addr) {
	a = a.Unmap()
	start := len(p.arena)
	p.arena = a.AppendTo(p.arena)
	text := view(p.arena[start:])
	p.message.Values = append(p.message.Values, Value{observable.Addr(a, text), FieldAnswerData, text})
}

// name notes a name; false says that it is no observable.
func (p *Parser) name(n *dnsmessage.Name, field string) (Value, bool) {
	wire := n.Data[:n.Length]
	if len(wire) > 0 && wire[len(wire)-1] == '.' {
		wire = wire[:len(wire)-1]
	}
	start := len(p.arena)
	p.arena = append(p.arena, wire...)
	raw := view(p.arena[start:])
	// Names come in any mixture of cases (draft-vixie-dnsext-dns0x20); lowered
	// here, normalising does not have to allocate.
	text := raw
	if hasUpper(wire) {
		start = len(p.arena)
		for _, c := range wire {
			if c >= 'A' && c <= 'Z' {
				c |= 0x20
			}
			p.arena = append(p.arena, c)
		}
		text = view(p.arena[start:])
	}
	v, err := observable.New(observable.Domain, text)
	if err != nil {
		p.message.Unusable++
		return Value{}, false
	}
	p.message.Values = append(p.message.Values, Value{v, field, raw})
	return p.message.Values[len(p.message.Values)-1], true
}

func hasUpper(b []byte) bool {
	for _, c := range b {
		if c >= 'A' && c <= 'Z' {
			return true
		}
	}
	return false
}

// view is b as a string that shares its memory, which the next Parse uses again.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) } //nolint:gosec // a copy of every name would be most of the reading
