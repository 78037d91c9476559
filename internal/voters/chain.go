package voters

import (
	"math"

	"github.com/tocsin-project/tocsin/internal/access"
)

// Logged is an act with its place on the public log.
type Logged struct {
	Act
	Index int64
}

// Keyring says which keys may vote, for somebody who trusts some of them and has
// the log's acts: the rule of docs/dossier.md, "keyacts.jsonl".
type Keyring struct {
	good  map[owned]int64 // the index of the rotation that led to it; always below that of a trusted key
	ended map[owned]int64 // the index of what revoked it or rotated it away
}

// owned is a key of one partner: what is said of it for another says nothing.
type owned struct {
	partner access.PartnerID
	key     string
}

// always is before every index.
const always = math.MinInt64

// Chain follows rotations from the trusted keys of each partner. The acts are in
// the order of the log, and signed (Act.Verify). Registering is the hub's word
// and gives no trust. A key that has ended stays so, whether or not a trusted
// one ever led to it, and what it signs then counts for nothing: who has stolen
// a revoked key cannot rotate it into another.
func Chain(acts []Logged, trusted map[access.PartnerID][]string) *Keyring {
	k := &Keyring{good: make(map[owned]int64), ended: make(map[owned]int64)}
	for partner, keys := range trusted {
		for _, key := range keys {
			k.good[owned{partner, key}] = always
		}
	}
	for _, a := range acts {
		switch a.Verb {
		case Revoke:
			k.end(owned{a.Partner, a.Key}, a.Index)
		case Rotate:
			previous, next := owned{a.Partner, a.Previous}, owned{a.Partner, a.Key}
			if !k.end(previous, a.Index) {
				continue // it had ended before
			}
			_, good := k.good[previous]
			if _, already := k.good[next]; good && !already {
				k.good[next] = a.Index
			}
		}
	}
	return k
}

// end ends a key, and says whether it had not ended before.
func (k *Keyring) end(key owned, index int64) bool {
	if _, before := k.ended[key]; before {
		return false
	}
	k.ended[key] = index
	return true
}

// May says whether the partner's key may have signed what is on the log at the
// index: all that made it good came before, and nothing before has ended it.
func (k *Keyring) May(partner access.PartnerID, key string, index int64) bool {
	at := owned{partner, key}
	from, good := k.good[at]
	until, ended := k.ended[at]
	return good && from < index && (!ended || index <= until)
}
