package access

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Collection is a view over the catalog that TAXII serves: what its community
// shares and what all of its conditions hold for. What it shows each reader is
// still up to the release rule.
type Collection struct {
	ID          string    `json:"id"` // UUIDv4, as TAXII 2.1, section 5.1, asks for
	Community   string    `json:"community"`
	Title       string    `json:"title"`
	Description string    `json:"description,omitzero"`
	TLPs        []TLP     `json:"tlps,omitempty"`   // objects of these levels; none: of any
	Types       []string  `json:"types,omitempty"`  // of these STIX types; none: of any
	Labels      []string  `json:"labels,omitempty"` // with at least one of these labels; none: with any or none
	Created     time.Time `json:"created,omitzero"` // when the ledger accepted it
}

// CollectionRemoval ends a collection; the objects stay.
type CollectionRemoval struct {
	ID string `json:"id"`
}

const (
	maxCollections = 1000 // of a hub
	maxConditions  = 100  // of one kind
)

// NewCollection returns the entry that makes a collection; the id is made here.
func (d *Directory) NewCollection(c Collection) (Collection, ledger.Draft, error) {
	refuse := func(err error) (Collection, ledger.Draft, error) {
		return Collection{}, ledger.Draft{}, fmt.Errorf("create collection: %w", err)
	}
	c.ID, c.Created, c.TLPs = uuid.NewString(), time.Time{}, slices.Clone(c.TLPs)
	if c.Community == "" {
		c.Community = DefaultCommunity
	}
	if err := c.validate(); err != nil {
		return refuse(err)
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	if _, ok := d.communities[c.Community]; !ok {
		return refuse(noCommunity(c.Community))
	}
	if len(d.collections) >= maxCollections {
		return refuse(fmt.Errorf("%w: there are %d collections, which is the most", ErrConflict, maxCollections))
	}
	draft, err := draft(KindCollectionCreated, ofMembers(c.Community), c)
	return c, draft, err
}

// validate also spells the levels as the rule does.
func (c Collection) validate() error {
	if err := checkTitled(c.Title, c.Description); err != nil {
		return err
	}
	for _, n := range []int{len(c.TLPs), len(c.Types), len(c.Labels)} {
		if n > maxConditions {
			return fmt.Errorf("%w: a collection has %d conditions of one kind, at most %d are allowed", ErrInvalid, n, maxConditions)
		}
	}
	for i, tlp := range c.TLPs {
		var err error
		if c.TLPs[i], err = ParseTLP(string(tlp)); err != nil {
			return fmt.Errorf("%w: tlps: %w", ErrInvalid, err)
		}
	}
	for _, one := range c.Types {
		if !isWord(one) {
			return fmt.Errorf("%w: types: %q is no STIX type: use small letters, digits and '-', as in indicator", ErrInvalid, one)
		}
	}
	for _, one := range c.Labels {
		if err := CheckText("labels: a label", one, maxTitle); err != nil {
			return err
		}
	}
	return nil
}

// RemoveCollection returns the entry that ends a collection.
func (d *Directory) RemoveCollection(id string) (ledger.Draft, error) {
	c, ok := d.Collection(id)
	if !ok {
		return ledger.Draft{}, fmt.Errorf("remove collection: %w: no collection has the id %q", ErrNotFound, id)
	}
	return draft(KindCollectionRemoved, ofMembers(c.Community), CollectionRemoval{id})
}
