package access

import (
	"cmp"
	"crypto/subtle"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Directory is the view of who takes part and with which tokens, folded from
// the ledger. Its methods may be called from many goroutines at once.
type Directory struct {
	mu       sync.RWMutex
	partners map[PartnerID]Partner
	left     map[PartnerID]Partner
	names    map[string]PartnerID // by folded name, of those that have not left
	tokens   map[string]Token     // by id
	secrets  map[ledger.Hash]string
	admin    ledger.Hash // of the administrator's secret; zero: there is none
}

// NewDirectory is the directory of an empty ledger.
func NewDirectory() *Directory {
	return &Directory{
		partners: map[PartnerID]Partner{}, left: map[PartnerID]Partner{}, names: map[string]PartnerID{},
		tokens: map[string]Token{}, secrets: map[ledger.Hash]string{},
	}
}

// SetAdministrator lets whoever has the secret behind the hash act as
// Administrator of no partner and a member of every community. The secret
// comes from the hub's configuration and is not on the ledger.
func (d *Directory) SetAdministrator(hash ledger.Hash) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.admin = hash
}

// Apply folds an entry; kinds that are not its own it leaves alone.
func (d *Directory) Apply(e ledger.Entry) error {
	switch e.Kind {
	case KindPartnerJoined:
		return ledger.Fold(e, d.joined)
	case KindPartnerLeft:
		return ledger.Fold(e, d.departed)
	case KindTokenIssued:
		return ledger.Fold(e, d.issued)
	case KindTokenRevoked:
		return ledger.Fold(e, d.revoked)
	}
	return nil
}

func (d *Directory) joined(e ledger.Entry, p Partner) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p.Joined = e.Time
	d.partners[p.ID] = p
	d.names[foldName(p.Name)] = p.ID
	delete(d.left, p.ID)
}

func (d *Directory) departed(e ledger.Entry, gone Departure) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p, ok := d.partners[gone.Partner]
	if !ok {
		return
	}
	delete(d.partners, p.ID)
	if d.names[foldName(p.Name)] == p.ID {
		delete(d.names, foldName(p.Name))
	}
	d.left[p.ID] = p
	for id, t := range d.tokens {
		if t.Partner == p.ID {
			d.end(id, e.Time)
		}
	}
}

func (d *Directory) issued(_ ledger.Entry, t Token) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.tokens[t.ID] = t
	d.secrets[t.Hash] = t.ID
}

func (d *Directory) revoked(e ledger.Entry, r Revocation) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.end(r.Token, e.Time)
}

// end makes a token stop working; the token stays for the audit.
func (d *Directory) end(id string, at time.Time) {
	t, ok := d.tokens[id]
	if !ok || !t.Revoked.IsZero() {
		return
	}
	t.Revoked = at
	d.tokens[id] = t
	delete(d.secrets, t.Hash)
}

// Authenticate finds who presents the secret. What is compared is its SHA-256:
// how long the look-up takes depends on the hash alone, which nobody can steer
// towards a stored one, and tells nothing about a secret. The administrator's,
// which a person may have chosen, is compared in constant time as well.
func (d *Directory) Authenticate(secret string) (Principal, bool) {
	hash := HashSecret(secret)
	d.mu.RLock()
	defer d.mu.RUnlock()
	if d.admin != (ledger.Hash{}) && secret != "" && subtle.ConstantTimeCompare(hash[:], d.admin[:]) == 1 {
		return Principal{Role: Administrator, Communities: []string{DefaultCommunity}, Token: "administrator"}, true
	}
	t, ok := d.tokens[d.secrets[hash]]
	if !ok || subtle.ConstantTimeCompare(hash[:], t.Hash[:]) != 1 {
		return Principal{}, false
	}
	if _, here := d.partners[t.Partner]; !here {
		return Principal{}, false
	}
	return Principal{Partner: t.Partner, Role: t.Role, Communities: []string{DefaultCommunity}, Token: t.ID}, true
}

// Partner finds a partner, also one that has left; present says whether it
// still takes part.
func (d *Directory) Partner(id PartnerID) (p Partner, present bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if p, present = d.partners[id]; present {
		return p, true
	}
	return d.left[id], false
}

// Partners are those that take part, by name.
func (d *Directory) Partners() []Partner {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return slices.SortedFunc(maps.Values(d.partners), func(a, b Partner) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
}

// Tokens are all that were ever issued, revoked ones included, in the order of
// their issue.
func (d *Directory) Tokens() []Token {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return slices.SortedFunc(maps.Values(d.tokens), func(a, b Token) int {
		return cmp.Or(a.Issued.Compare(b.Issued), strings.Compare(a.ID, b.ID))
	})
}

// foldName makes names that people would take for the same one equal.
func foldName(name string) string {
	return strings.ToLower(strings.Join(strings.Fields(name), " "))
}
