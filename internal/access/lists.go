package access

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

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
	list := d.byName.Load()
	if list == nil {
		sorted := slices.SortedFunc(maps.Values(d.partners), func(a, b Partner) int {
			return cmp.Or(strings.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
		})
		list = &sorted
		d.byName.Store(list)
	}
	return slices.Clone(*list)
}

// Tokens are all that were ever issued, revoked ones included, in the order of
// their issue.
func (d *Directory) Tokens() []Token {
	d.mu.RLock()
	defer d.mu.RUnlock()
	tokens := make([]Token, 0, len(d.tokens))
	for _, t := range d.tokens {
		tokens = append(tokens, t.Token)
	}
	slices.SortFunc(tokens, func(a, b Token) int {
		return cmp.Or(a.Issued.Compare(b.Issued), strings.Compare(a.ID, b.ID))
	})
	return tokens
}

// Token finds a token, also one that no longer works.
func (d *Directory) Token(id string) (Token, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	t, known := d.tokens[id]
	if !known {
		return Token{}, false
	}
	return t.Token, true
}

// LastUsed is when a token was last used since the hub started; zero: it was
// not. It is not on the ledger.
func (d *Directory) LastUsed(token string) time.Time {
	d.mu.RLock()
	defer d.mu.RUnlock()
	t, ok := d.tokens[token]
	if !ok || t.used.Load() == 0 {
		return time.Time{}
	}
	return time.UnixMicro(t.used.Load()).UTC()
}

// Communities are all that there are, the default one first.
func (d *Directory) Communities() []Community {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return slices.SortedFunc(maps.Values(d.communities), func(a, b Community) int {
		switch {
		case a.ID == DefaultCommunity:
			return -1
		case b.ID == DefaultCommunity:
			return 1
		}
		return strings.Compare(a.ID, b.ID)
	})
}

// Community finds a community of which who may know: a member's, or any for an
// administrator. Another is answered like one that is not there: ErrNotFound.
func (d *Directory) Community(who Principal, id string) (Community, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	c, ok := d.communities[id]
	if !ok || !who.AtLeast(Administrator) && !slices.Contains(who.Communities, id) {
		return Community{}, noCommunity(id)
	}
	return c, nil
}

// Members are the partners of a community, in the order of their ids; none of
// one that is not there.
func (d *Directory) Members(community string) []PartnerID {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if community == DefaultCommunity {
		return slices.Sorted(maps.Keys(d.partners))
	}
	members := []PartnerID{}
	for p, in := range d.memberOf {
		if slices.Contains(in, community) {
			members = append(members, p)
		}
	}
	slices.Sort(members)
	return members
}

// Clients are those that a partner lists, in the order of their ids.
func (d *Directory) Clients(of PartnerID) []PartnerID {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return append([]PartnerID{}, d.clients[of]...)
}

// ClientOf are those that list a partner, in the order of their ids.
func (d *Directory) ClientOf(client PartnerID) []PartnerID {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return append([]PartnerID{}, d.clientOf[client]...)
}

// Collections are a community's, the oldest first.
func (d *Directory) Collections(community string) []Collection {
	d.mu.RLock()
	defer d.mu.RUnlock()
	found := []Collection{}
	for _, c := range d.collections {
		if c.Community == community {
			found = append(found, c)
		}
	}
	slices.SortFunc(found, func(a, b Collection) int {
		return cmp.Or(a.Created.Compare(b.Created), strings.Compare(a.ID, b.ID))
	})
	return found
}

// Collection finds a collection by its id.
func (d *Directory) Collection(id string) (Collection, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	c, ok := d.collections[id]
	return c, ok
}

// foldName makes names that people would take for the same one equal.
func foldName(name string) string {
	return strings.ToLower(strings.Join(strings.Fields(name), " "))
}
