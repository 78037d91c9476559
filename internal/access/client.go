package access

import (
	"fmt"
	"slices"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Listing says that a partner counts another among its clients: it shows it
// what it marks TLP:AMBER, of whatever community.
type Listing struct {
	Partner PartnerID `json:"partner"`
	Client  PartnerID `json:"client"`
}

// maxClients is how many clients a partner may list.
const maxClients = 10_000

// ListClient returns the entry by which who's partner lists a client. Only the
// two of them are told.
func (d *Directory) ListClient(who Principal, client PartnerID) (ledger.Draft, error) {
	const what = "list client"
	if err := who.CheckPartner(what, Contributor); err != nil {
		return ledger.Draft{}, err
	}
	if _, present := d.Partner(client); !present {
		return ledger.Draft{}, fmt.Errorf("%s: %w: no partner has the id %q", what, ErrNotFound, client)
	}
	clients := d.Clients(who.Partner)
	switch {
	case client == who.Partner:
		return ledger.Draft{}, fmt.Errorf("%s: %w: a partner is not its own client", what, ErrInvalid)
	case slices.Contains(clients, client):
		return ledger.Draft{}, fmt.Errorf("%s: %w: %s is listed", what, ErrConflict, client)
	case len(clients) >= maxClients:
		return ledger.Draft{}, fmt.Errorf("%s: %w: there are %d clients, which is the most", what, ErrConflict, maxClients)
	}
	return listing(KindClientListed, who.Partner, client)
}

// UnlistClient returns the entry that takes a client off the partner's list.
func (d *Directory) UnlistClient(who Principal, client PartnerID) (ledger.Draft, error) {
	const what = "unlist client"
	if err := who.CheckPartner(what, Contributor); err != nil {
		return ledger.Draft{}, err
	}
	if !slices.Contains(d.Clients(who.Partner), client) {
		return ledger.Draft{}, fmt.Errorf("%s: %w: %s is not listed", what, ErrNotFound, client)
	}
	return listing(KindClientUnlisted, who.Partner, client)
}

// listing is an entry of the partner's, for it and its client alone.
func listing(kind ledger.Kind, partner, client PartnerID) (ledger.Draft, error) {
	to := Audience{TLP: Red, Recipients: []PartnerID{client}}
	return ledger.NewDraft(kind, string(partner), to.String(), Listing{partner, client})
}
