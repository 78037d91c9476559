// Package collections is what TAXII shows of the hub: each community that a
// reader knows is an API root, and its collections are views over the catalog.
// What they hold for a reader is up to the release rule.
package collections

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/gate"
	"github.com/tocsin-project/tocsin/internal/views"
	"github.com/tocsin-project/tocsin/taxii"
)

// Backend answers a taxii.Handler from the hub's views.
type Backend struct {
	Views *views.Views
	Gate  *gate.Gate
	// Home is the id of the default community's first collection, a UUIDv4.
	// Those of other communities, and of inboxes, are derived from it.
	Home    string
	MaxBody int64 // of an envelope, in bytes
	Clock   func() time.Time
}

// The titles of the collections that every community has.
const (
	communityTitle = "community"
	inboxTitle     = "inbox"
)

// Session finds who asks. It fails as the taxii package wants it.
func (b *Backend) Session(r *http.Request) (taxii.Session, error) {
	who, err := b.Gate.Enter(r)
	var wait *gate.TooMany
	switch {
	case errors.As(err, &wait):
		return nil, &taxii.Error{Status: http.StatusTooManyRequests, Title: "too many requests", Description: wait.Error(), RetryAfter: wait.RetryAfter}
	case err != nil:
		return nil, taxii.ErrUnauthorized
	case !who.Allows(access.TAXII, false) && !who.Allows(access.TAXII, true):
		return nil, &taxii.Error{Status: http.StatusForbidden, Title: "the token's scope is another", Description: "this token does not work for TAXII; ask the hub's administrator for one with the scope taxii"}
	}
	return &session{b, who}, nil
}

// session answers one principal.
type session struct {
	*Backend
	who access.Principal
}

// Discovery names the communities of the principal; the default one first.
func (s *session) Discovery(context.Context) (taxii.Discovery, error) {
	d := taxii.Discovery{Title: "Tocsin", Description: "A collective-defence hub", Default: access.DefaultCommunity, APIRoots: []string{access.DefaultCommunity}}
	for _, c := range s.who.Communities {
		if c != access.DefaultCommunity {
			d.APIRoots = append(d.APIRoots, c)
		}
	}
	return d, nil
}

// Root describes a community.
func (s *session) Root(_ context.Context, root string) (taxii.APIRoot, error) {
	c, err := s.Views.Access.Community(s.who, root)
	if err != nil {
		return taxii.APIRoot{}, taxii.ErrNotFound
	}
	return taxii.APIRoot{Title: c.Title, Description: c.Description, Versions: []string{taxii.MediaType}, MaxContentLength: s.MaxBody}, nil
}

// Collections are, in this order: everything that the community shares, which
// contributors add to; an inbox, which only takes; and the views that an
// administrator has defined.
func (s *session) Collections(ctx context.Context, root string) ([]taxii.Collection, error) {
	if _, err := s.Root(ctx, root); err != nil {
		return nil, err
	}
	reads := s.who.Allows(access.TAXII, false)
	writes := s.who.AtLeast(access.Contributor) && s.who.Allows(access.TAXII, true) && slices.Contains(s.who.Communities, root)
	list := []taxii.Collection{{
		ID: s.home(root), Title: communityTitle, Description: "What the community shares, as far as it is released to you",
		CanRead: reads, CanWrite: writes,
	}}
	if writes {
		list = append(list, taxii.Collection{
			ID: s.inbox(root), Title: inboxTitle, Description: "Takes what you share with the community, and shows nothing", CanWrite: true,
		})
	}
	for _, c := range s.Views.Access.Collections(root) {
		list = append(list, taxii.Collection{ID: c.ID, Title: c.Title, Description: c.Description, CanRead: reads})
	}
	for i := range list {
		list[i].MediaTypes = []string{taxii.STIXMediaType}
	}
	return list, nil
}

// home is the id of the collection that holds all of a community.
func (b *Backend) home(root string) string {
	if root == access.DefaultCommunity {
		return b.Home
	}
	return b.derived("community " + root)
}

// inbox is the id of the principal's own inbox.
func (s *session) inbox(root string) string {
	return s.derived("inbox " + root + " " + s.who.Actor())
}

// derived is an id for a name: the bits of a UUIDv5 in the form of a UUIDv4,
// which TAXII 2.1, section 5.1, asks for. Nothing depends on its being random.
func (b *Backend) derived(name string) string {
	id := uuid.NewSHA1(uuid.MustParse(b.Home), []byte(name))
	id[6] = id[6]&0x0f | 0x40
	return id.String()
}
