package access

import (
	"crypto/subtle"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Directory is the view of who takes part, with which tokens and people, and in
// which communities, folded from the ledger. Its methods may be called from
// many goroutines at once. A lock is held for reading while a request is
// authenticated; slices that a Principal holds are replaced, never changed.
type Directory struct {
	deciding sync.Mutex    // see Deciding
	revision atomic.Uint64 // see Revision

	mu       sync.RWMutex
	clock    func() time.Time
	partners map[PartnerID]Partner
	byName   atomic.Pointer[[]Partner] // the same in order; nil: to be put in order
	left     map[PartnerID]Partner
	names    map[string]PartnerID // by folded name, of those that have not left
	tokens   map[string]*issued   // by id
	secrets  map[ledger.Hash]string
	admin    ledger.Hash // of the administrator's secret; zero: there is none
	claim    ledger.Hash // of the secret to claim the administration with
	claimed  bool

	communities map[string]Community
	memberOf    map[PartnerID][]string    // in order, the default one included; of those that are in another
	clients     map[PartnerID][]PartnerID // in order
	clientOf    map[PartnerID][]PartnerID // in order; the same the other way round
	collections map[string]Collection
	since       map[PartnerID]Since

	people map[string]*member      // by id, also those who left
	held   map[string][]ledger.Seq // entries about a person that no erasure has named, in order
	erased map[string][]ledger.Seq // entries about a person that an erasure has named
}

// issued is a token and when it was last used, which is not on the ledger.
type issued struct {
	Token
	used atomic.Int64 // microseconds since 1970; 0: not since the hub started
}

// NewDirectory is the directory of an empty ledger.
func NewDirectory() *Directory {
	return &Directory{
		clock:    time.Now,
		partners: map[PartnerID]Partner{}, left: map[PartnerID]Partner{}, names: map[string]PartnerID{},
		tokens: map[string]*issued{}, secrets: map[ledger.Hash]string{},
		communities: map[string]Community{DefaultCommunity: defaultCommunity}, memberOf: map[PartnerID][]string{},
		clients: map[PartnerID][]PartnerID{}, clientOf: map[PartnerID][]PartnerID{}, collections: map[string]Collection{}, since: map[PartnerID]Since{},
		people: map[string]*member{}, held: map[string][]ledger.Seq{}, erased: map[string][]ledger.Seq{},
	}
}

// SetClock tells the directory what time it is; without one, or with nil, it
// asks the machine's clock. Tokens and invitations expire by it.
func (d *Directory) SetClock(clock func() time.Time) {
	if clock == nil {
		clock = time.Now
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.clock = clock
}

// Deciding has whoever drafts entries take turns: nothing that a draft rests on
// (a name that is free, an email, an unclaimed hub) changes before its entry is
// appended and folded. The caller calls done then.
func (d *Directory) Deciding() (done func()) {
	d.deciding.Lock()
	return d.deciding.Unlock
}

// SetAdministrator lets whoever has the secret behind the hash act as
// Administrator of no partner and a member of the default community. The
// secret comes from the hub's configuration and is not on the ledger.
func (d *Directory) SetAdministrator(hash ledger.Hash) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.admin = hash
}

// Authenticate finds who presents the secret of a token that is neither revoked
// nor expired. What is compared is its SHA-256: how long the look-up takes
// depends on the hash alone, which nobody can steer towards a stored one, and
// tells nothing about a secret. The administrator's, which a person may have
// chosen, is compared in constant time as well.
//
// A certificate is public and no secret: whoever presents its bytes is nobody.
// They are never text, which tells those from a token's secret that the entries
// of older hubs do not flag.
func (d *Directory) Authenticate(secret string) (Principal, bool) {
	if secret == "" || !utf8.ValidString(secret) {
		return Principal{}, false
	}
	hash := HashSecret(secret)
	d.mu.RLock()
	defer d.mu.RUnlock()
	if d.admin != (ledger.Hash{}) && subtle.ConstantTimeCompare(hash[:], d.admin[:]) == 1 {
		return Principal{Role: Administrator, Communities: everyone, Token: ConfiguredToken}, true
	}
	return d.holder(hash, false)
}

// ConfiguredToken is the id of the administrator's token in the configuration.
const ConfiguredToken = "administrator"

// AuthenticateCertificate is Authenticate for who has shown in a TLS handshake
// that it holds the key of a certificate, given as its DER bytes.
func (d *Directory) AuthenticateCertificate(der []byte) (Principal, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.holder(HashSecret(string(der)), true)
}

// holder is who acts with the token of a hash now.
func (d *Directory) holder(hash ledger.Hash, certificate bool) (Principal, bool) {
	t, ok := d.tokens[d.secrets[hash]]
	if !ok || t.Certificate != certificate || subtle.ConstantTimeCompare(hash[:], t.Hash[:]) != 1 {
		return Principal{}, false
	}
	now := d.clock()
	if !t.Expires.IsZero() && !now.Before(t.Expires) {
		return Principal{}, false
	}
	p, ok := d.acting(t.Partner, t.Role)
	if !ok {
		return Principal{}, false
	}
	t.used.Store(now.UnixMicro())
	p.Token, p.Scopes, p.Expires = t.ID, t.Scopes, t.Expires
	return p, true
}

// everyone are the communities of who is in no other.
var everyone = []string{DefaultCommunity}

// acting is who acts for a partner that takes part, or for the hub.
func (d *Directory) acting(partner PartnerID, role Role) (Principal, bool) {
	if partner == "" {
		return Principal{Role: role, Communities: everyone}, role == Administrator
	}
	if _, here := d.partners[partner]; !here {
		return Principal{}, false
	}
	return Principal{Partner: partner, Role: role, Communities: d.communitiesOf(partner), ClientOf: d.clientOf[partner], Since: d.since[partner]}, true
}

func (d *Directory) communitiesOf(partner PartnerID) []string {
	if in, other := d.memberOf[partner]; other {
		return in
	}
	return everyone
}

// ofPartner is who acts for a partner, as far as the release rule asks.
func (d *Directory) ofPartner(id PartnerID) (Principal, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.acting(id, Viewer)
}
