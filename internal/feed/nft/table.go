package nft

import (
	"net"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
)

// set is one of the kernel's sets.
type set = *nftables.Set

// A chain is what packets pass on one way through the host: those to it, through
// it, and from it.
type chain struct {
	name     string
	hook     *nftables.ChainHook
	from, to bool // which of a packet's addresses are looked up
}

var chains = []chain{
	{"input", nftables.ChainHookInput, true, false},
	{"forward", nftables.ChainHookForward, true, true},
	{"output", nftables.ChainHookOutput, false, true},
}

// lookups is how many rules look up each set.
const lookups = 4

// tableAndChains drafts the table, its counters and its chains; what is there already
// stays as it is.
func (l *link) tableAndChains() {
	l.conn.AddTable(l.table)
	for _, c := range chains {
		l.conn.AddObj(&nftables.NamedObj{Table: l.table, Name: c.name, Type: nftables.ObjTypeCounter, Obj: &expr.Counter{}})
		l.conn.AddChain(l.chain(c))
	}
}

func (l *link) chain(c chain) *nftables.Chain {
	accept := nftables.ChainPolicyAccept
	return &nftables.Chain{
		Table: l.table, Name: c.name, Type: nftables.ChainTypeFilter,
		Hooknum: c.hook, Priority: nftables.ChainPriorityFilter, Policy: &accept,
	}
}

// newSet drafts a set.
func (l *link) newSet(k kind, generation string) set {
	s := &nftables.Set{Table: l.table, Name: k.name() + "." + generation, HasTimeout: true, KeyType: nftables.TypeIPAddr}
	if k.is6 {
		s.KeyType = nftables.TypeIP6Addr
	}
	l.draft(l.conn.AddSet(s, nil))
	return s
}

// dropBy drafts the rules that drop by a set.
func (l *link) dropBy(k kind, s set) {
	for _, c := range chains {
		if c.from {
			l.conn.AddRule(&nftables.Rule{Table: l.table, Chain: l.chain(c), Exprs: dropping(k, s, c.name, k.source())})
		}
		if c.to {
			l.conn.AddRule(&nftables.Rule{Table: l.table, Chain: l.chain(c), Exprs: dropping(k, s, c.name, k.destination())})
		}
	}
}

// Where the addresses are in a packet's header, in bytes (RFC 791, section 3.1;
// RFC 8200, section 3).
func (k kind) source() uint32 {
	if k.is6 {
		return 8
	}
	return 12
}

func (k kind) destination() uint32 { return k.source() + uint32(k.size()) }

// Families as the filter calls them (linux/netfilter.h, NFPROTO_*).
const (
	protoIPv4 = 2
	protoIPv6 = 10
)

// dropping is a rule: if the address at an offset is in the set, under the mask of
// its kind, count the packet and drop it. In nft's words:
// ip saddr & 255.255.255.0 @prefix4-24.a counter name "input" drop
func dropping(k kind, s set, counter string, offset uint32) []expr.Any {
	family := byte(protoIPv4)
	if k.is6 {
		family = protoIPv6
	}
	rule := []expr.Any{
		&expr.Meta{Key: expr.MetaKeyNFPROTO, Register: 1},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: []byte{family}},
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseNetworkHeader, Offset: offset, Len: uint32(k.size())},
	}
	if !k.single() {
		rule = append(rule, &expr.Bitwise{
			SourceRegister: 1, DestRegister: 1, Len: uint32(k.size()),
			Mask: net.CIDRMask(k.bits, 8*k.size()), Xor: make([]byte, k.size()),
		})
	}
	const objectCounter = 1 // linux/netfilter/nf_tables.h, NFT_OBJECT_COUNTER
	return append(rule,
		&expr.Lookup{SourceRegister: 1, SetName: s.Name, SetID: s.ID},
		&expr.Objref{Type: objectCounter, Name: counter},
		&expr.Verdict{Kind: expr.VerdictDrop},
	)
}
