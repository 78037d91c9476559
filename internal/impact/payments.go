package impact

import (
	"cmp"
	"math/big"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// maxRansoms is on how many one partner may report: addresses, each demanded and paid
// and in each currency and outbreak.
const maxRansoms = 10_000

// ransoms are the latest reports on ransom. A partner's reports are in the order of
// its first ones.
type ransoms struct {
	latest map[ransomKey]*ransomRow
	count  map[access.PartnerID]int
}

type ransomKey struct {
	by                       access.PartnerID
	outbreak, asset, address string
	what                     What
	currency                 string
}

type ransomRow struct {
	Ransom
	by       access.PartnerID
	at       time.Time
	seq      ledger.Seq
	audience access.Audience
	amount   *big.Rat
}

func newRansoms() ransoms {
	return ransoms{latest: make(map[ransomKey]*ransomRow), count: make(map[access.PartnerID]int)}
}

func (r Ransom) key(by access.PartnerID) ransomKey {
	return ransomKey{by, r.Outbreak, r.Asset, r.Address, r.What, r.Currency}
}

// full says whether the key is one more than its partner may have.
func (l ransoms) full(key ransomKey) bool {
	return l.latest[key] == nil && l.count[key.by] >= maxRansoms
}

func (l ransoms) reported(e ledger.Entry, r Ransom) {
	r, err := r.normal(e.Time)
	audience, unreadable := access.ParseAudience(e.Audience)
	key := r.key(access.PartnerID(e.Actor))
	if err != nil || unreadable != nil || l.full(key) {
		return
	}
	if l.latest[key] == nil {
		l.count[key.by]++
	}
	amount, _ := parseAmount(r.Amount) // normal has read it
	l.latest[key] = &ransomRow{Ransom: r, by: key.by, at: e.Time, seq: e.Seq, audience: audience, amount: amount}
}

// RansomEntry is a report on ransom as it stands.
type RansomEntry struct {
	Partner access.PartnerID `json:"partner"`
	At      time.Time        `json:"at"` // by the ledger's clock
	Ransom
}

// Range is what several reporters say of one thing: the least, the most and the
// newest. They may have counted the same payments, so it has no sum.
type Range struct {
	What     What        `json:"what"`
	Currency string      `json:"currency"`
	Lowest   string      `json:"lowest"`
	Highest  string      `json:"highest"`
	Newest   RansomEntry `json:"newest"`
}

// Wallet is an address to which ransom is to be paid.
type Wallet struct {
	Asset   string        `json:"asset"`
	Address string        `json:"address"`
	Ranges  []Range       `json:"ranges"`  // what is demanded before what is paid
	Reports []RansomEntry `json:"reports"` // the newest first
}

// Wallets are the addresses on which there are reports that the principal may see, of
// one outbreak and those merged into it, or of all ("" and none); by asset and address.
func (s *State) Wallets(p access.Principal, outbreaks ...string) []Wallet {
	s.mu.RLock()
	defer s.mu.RUnlock()
	seen := []*ransomRow{}
	for _, r := range s.ransom.latest {
		if (len(outbreaks) == 0 || slices.Contains(outbreaks, r.Outbreak)) && p.MaySee(r.by, r.audience) {
			seen = append(seen, r)
		}
	}
	slices.SortFunc(seen, func(a, b *ransomRow) int {
		return cmp.Or(cmp.Compare(a.Asset, b.Asset), cmp.Compare(a.Address, b.Address), b.at.Compare(a.at), cmp.Compare(b.seq, a.seq))
	})
	list := []Wallet{}
	for _, of := range seen {
		if n := len(list); n == 0 || list[n-1].Asset != of.Asset || list[n-1].Address != of.Address {
			list = append(list, Wallet{Asset: of.Asset, Address: of.Address})
		}
		w := &list[len(list)-1]
		w.Reports = append(w.Reports, of.entry())
	}
	at := 0
	for i := range list {
		list[i].Ranges = ranges(seen[at : at+len(list[i].Reports)])
		at += len(list[i].Reports)
	}
	return list
}

func (r *ransomRow) entry() RansomEntry {
	return RansomEntry{Partner: r.by, At: r.at, Ransom: r.Ransom}
}

// ranges sums up what was said of one address, newest first.
func ranges(reports []*ransomRow) []Range {
	type extremes struct{ low, high, newest *ransomRow }
	type about struct {
		what     What
		currency string
	}
	of := make(map[about]*extremes)
	for _, r := range reports {
		key := about{r.What, r.Currency}
		x := of[key]
		if x == nil {
			of[key] = &extremes{r, r, r}
			continue
		}
		if r.amount.Cmp(x.low.amount) < 0 {
			x.low = r
		}
		if r.amount.Cmp(x.high.amount) > 0 {
			x.high = r
		}
	}
	list := make([]Range, 0, len(of))
	for key, x := range of {
		list = append(list, Range{key.what, key.currency, x.low.Amount, x.high.Amount, x.newest.entry()})
	}
	slices.SortFunc(list, func(a, b Range) int { return cmp.Or(cmp.Compare(a.What, b.What), cmp.Compare(a.Currency, b.Currency)) })
	return list
}
