package access

import (
	"maps"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Since is from which entry of the ledger on somebody belongs: what was shared
// before is there to be asked for, but was never told on the change stream. The
// maps are never changed.
type Since struct {
	Member map[string]ledger.Seq    // of communities other than the default one
	Client map[PartnerID]ledger.Seq // of partners that have listed it
}

// with is a copy of a map with one more key, for maps that are handed out.
func with[K comparable](m map[K]ledger.Seq, key K, seq ledger.Seq) map[K]ledger.Seq {
	m = maps.Clone(m)
	if m == nil {
		m = map[K]ledger.Seq{}
	}
	m[key] = seq
	return m
}

// TellsSince is MaySee for the change stream: the principal is told of an entry
// if it may see it and is told of entries after from. It is told of nothing if
// ok is false.
func (p Principal) TellsSince(owner PartnerID, a Audience) (from ledger.Seq, ok bool) {
	if !p.MaySee(owner, a) {
		return 0, false
	}
	always := p
	always.ClientOf, always.Communities = nil, nil
	for _, c := range p.Communities {
		if _, later := p.Since.Member[c]; !later {
			always.Communities = append(always.Communities, c)
		}
	}
	if always.MaySee(owner, a) {
		return 0, true
	}
	from = ^ledger.Seq(0)
	if seq, member := p.Since.Member[a.Community]; member {
		since := always
		since.Communities = []string{a.Community}
		if since.MaySee(owner, a) {
			from = min(from, seq)
		}
	}
	if seq, client := p.Since.Client[owner]; client {
		since := always
		since.ClientOf = []PartnerID{owner}
		if since.MaySee(owner, a) {
			from = min(from, seq)
		}
	}
	return from, true
}
