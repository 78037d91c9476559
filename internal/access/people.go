package access

import (
	"cmp"
	"crypto/subtle"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Person finds a person, also one who has left.
func (d *Directory) Person(id string) (Person, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	m, ok := d.people[id]
	if !ok {
		return Person{}, false
	}
	return m.Person, true
}

// People are all, also those who left, by name. With a partner, only its own.
func (d *Directory) People(of ...PartnerID) []Person {
	d.mu.RLock()
	defer d.mu.RUnlock()
	found := []Person{}
	for _, m := range d.people {
		if len(of) == 0 || slices.Contains(of, m.Partner) {
			found = append(found, m.Person)
		}
	}
	slices.SortFunc(found, func(a, b Person) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.ID, b.ID))
	})
	return found
}

// PersonByEmail finds who signs in with an address.
func (d *Directory) PersonByEmail(email string) (Person, bool) {
	email = foldEmail(email)
	return d.first(func(m *member) bool { return m.email == email })
}

func foldEmail(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

// PersonBySubject finds whose identity with an OpenID Connect issuer this is.
func (d *Directory) PersonBySubject(issuer, subject string) (Person, bool) {
	return d.first(func(m *member) bool {
		return slices.ContainsFunc(m.credentials, func(c Credential) bool {
			return c.Kind == OIDC && c.Issuer == issuer && c.Subject == subject
		})
	})
}

// first is who joined first of those whom a condition holds for, and who have
// not left. How long it takes does not tell where somebody was found.
func (d *Directory) first(is func(*member) bool) (found Person, ok bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	for _, m := range d.people {
		if m.Left.IsZero() && is(m) && (!ok || cmp.Or(m.Joined.Compare(found.Joined), strings.Compare(m.ID, found.ID)) < 0) {
			found, ok = m.Person, true
		}
	}
	return found, ok
}

// Credentials are what a person signs in with, in the order in which they were
// added; none of one who has left.
func (d *Directory) Credentials(person string) []Credential {
	d.mu.RLock()
	defer d.mu.RUnlock()
	m, ok := d.people[person]
	if !ok {
		return nil
	}
	return slices.Clone(m.credentials)
}

// PersonPrincipal is who acts when a person does: the person's partner, with
// the person's role. false: the person or the partner is gone.
func (d *Directory) PersonPrincipal(id string) (Principal, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	m, ok := d.people[id]
	if !ok || !m.Left.IsZero() {
		return Principal{}, false
	}
	p, ok := d.acting(m.Partner, m.Role)
	if !ok {
		return Principal{}, false
	}
	p.Person = id
	return p, true
}

// Enrolment finds whom an enrolment secret was made for, while it is open: not
// expired, and not used for a credential yet.
func (d *Directory) Enrolment(secret string) (Person, bool) {
	hash := HashSecret(strings.TrimSpace(secret))
	p, ok := d.first(func(m *member) bool {
		return subtle.ConstantTimeCompare(m.invitation.Hash[:], hash[:]) == 1 && d.clock().Before(m.invitation.Expires)
	})
	if !ok {
		return Person{}, false
	}
	_, ok = d.PersonPrincipal(p.ID) // not if its partner has left
	return p, ok
}

// EnrolsUntil is when a person's open invitation expires; zero: none is open.
func (d *Directory) EnrolsUntil(person string) time.Time {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if m, ok := d.people[person]; ok && d.clock().Before(m.invitation.Expires) {
		return m.invitation.Expires
	}
	return time.Time{}
}

// Held are the entries about a person that no erasure has named yet, in order.
func (d *Directory) Held(person string) []ledger.Seq {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return slices.Clone(d.held[person])
}

// Erased are the entries about a person that erasures have named.
func (d *Directory) Erased(person string) []ledger.Seq {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return slices.Clone(d.erased[person])
}
