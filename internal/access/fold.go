package access

import (
	"slices"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// folds say what each kind of entry changes.
var folds = map[ledger.Kind]func(*Directory, ledger.Entry) error{
	KindPartnerJoined:     folding((*Directory).joined),
	KindPartnerChanged:    folding((*Directory).designated),
	KindPartnerLeft:       folding((*Directory).departed),
	KindTokenIssued:       folding((*Directory).issued),
	KindTokenRevoked:      folding((*Directory).revoked),
	KindCommunityCreated:  folding((*Directory).founded),
	KindCommunityJoined:   folding((*Directory).memberJoined),
	KindCommunityLeft:     folding((*Directory).memberLeft),
	KindClientListed:      folding((*Directory).listed),
	KindClientUnlisted:    folding((*Directory).unlisted),
	KindCollectionCreated: folding((*Directory).collected),
	KindCollectionRemoved: folding((*Directory).uncollected),
	KindPersonJoined:      folding((*Directory).personJoined),
	KindPersonInvited:     folding((*Directory).personInvited),
	KindPersonChanged:     folding((*Directory).personChanged),
	KindPersonLeft:        folding((*Directory).personLeft),
	KindPersonErased:      folding((*Directory).personErased),
	KindPersonCredential:  folding((*Directory).credentialSet),
	KindCredentialRemoved: folding((*Directory).credentialRemoved),
	KindSignInSucceeded:   folding((*Directory).signedIn),
	KindSignInFailed:      folding((*Directory).signedIn),
	KindSignInLocked:      folding((*Directory).signedIn),
	KindSignInEnded:       folding((*Directory).signedIn),
	KindClaimed:           folding((*Directory).claimedBy),
}

// folding reads an entry's body and applies it while nobody reads. What was
// erased changes nothing.
func folding[T any](apply func(*Directory, ledger.Entry, T)) func(*Directory, ledger.Entry) error {
	return func(d *Directory, e ledger.Entry) error {
		if string(e.Body) == ledger.Erased {
			return nil
		}
		return ledger.Fold(e, func(e ledger.Entry, body T) {
			d.mu.Lock()
			defer d.mu.Unlock()
			apply(d, e, body)
		})
	}
}

// Apply folds an entry; kinds that are not its own it leaves alone.
func (d *Directory) Apply(e ledger.Entry) error {
	fold, ok := folds[e.Kind]
	if !ok {
		return nil
	}
	err := fold(d, e)
	if area, _, _ := strings.Cut(string(e.Kind), "."); slices.Contains(decisive, area) {
		d.revision.Add(1) // not before: who sees it rise must find what has changed
	}
	return err
}

// decisive are the areas whose entries can change who is answered what.
var decisive = []string{"partner", "token", "community", "client", "person"}

// Revision rises with whatever can change who may come in or who may see what,
// once it is so. Who keeps answering one principal, as the change stream does,
// reads it first, then asks again who that is, and asks anew whenever it has
// risen. What ends with time is not counted: see Principal.Expires.
func (d *Directory) Revision() uint64 { return d.revision.Load() }

func (d *Directory) joined(e ledger.Entry, p Partner) {
	if old, again := d.partners[p.ID]; again {
		d.freeName(old)
	}
	p.Joined = e.Time
	d.partners[p.ID] = p
	d.byName.Store(nil)
	d.names[foldName(p.Name)] = p.ID
	delete(d.left, p.ID)
}

func (d *Directory) freeName(p Partner) {
	if d.names[foldName(p.Name)] == p.ID {
		delete(d.names, foldName(p.Name))
	}
}

// departed ends a partner's taking part: its tokens, its people's access, its
// memberships, and its listings in both directions.
func (d *Directory) departed(e ledger.Entry, gone Departure) {
	p, ok := d.partners[gone.Partner]
	if !ok {
		return
	}
	delete(d.partners, p.ID)
	d.byName.Store(nil)
	d.freeName(p)
	d.left[p.ID] = p
	for id, t := range d.tokens {
		if t.Partner == p.ID {
			d.end(id, e.Time)
		}
	}
	for _, m := range d.people {
		if m.Partner == p.ID {
			m.leave(e.Time)
		}
	}
	delete(d.memberOf, p.ID)
	for _, client := range d.clients[p.ID] {
		drop(d.clientOf, client, p.ID)
	}
	for _, of := range d.clientOf[p.ID] {
		drop(d.clients, of, p.ID)
	}
	delete(d.clients, p.ID)
	delete(d.clientOf, p.ID)
}

func (d *Directory) issued(_ ledger.Entry, t Token) {
	if old, again := d.tokens[t.ID]; again {
		delete(d.secrets, old.Hash)
	}
	d.tokens[t.ID] = &issued{Token: t}
	d.secrets[t.Hash] = t.ID
}

func (d *Directory) revoked(e ledger.Entry, r Revocation) { d.end(r.Token, e.Time) }

// end makes a token stop working; the token stays for the audit.
func (d *Directory) end(id string, at time.Time) {
	t, ok := d.tokens[id]
	if !ok || !t.Revoked.IsZero() {
		return
	}
	t.Revoked = at
	delete(d.secrets, t.Hash)
}

func (d *Directory) claimedBy(ledger.Entry, Claim) { d.claimed = true }

// add puts one into an ordered list, and drop takes it out. Both replace the
// list: a Principal may hold the old one.
func add[K, V ~string](lists map[K][]V, key K, one V) {
	if at, there := slices.BinarySearch(lists[key], one); !there {
		lists[key] = slices.Insert(slices.Clone(lists[key]), at, one)
	}
}

func drop[K, V ~string](lists map[K][]V, key K, one V) {
	rest := slices.DeleteFunc(slices.Clone(lists[key]), func(v V) bool { return v == one })
	if lists[key] = rest; len(rest) == 0 {
		delete(lists, key)
	}
}
