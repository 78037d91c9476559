package access

import (
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// member is a person with what it signs in with. There is no index over
// addresses or identities: what an erasure leaves must be what there would be
// had the person never been, and people are few.
type member struct {
	Person
	email       string       // folded
	credentials []Credential // in the order in which they were added; replaced, never changed
	invitation  Invitation   // zero: none is open
}

// hold remembers that an entry is about a person, also of one who is gone:
// what came in too late has to be erased as well.
func (d *Directory) hold(e ledger.Entry, person string) {
	if person != "" {
		d.held[person] = append(d.held[person], e.Seq)
	}
}

// present holds the entry and finds the person if it has not left.
func (d *Directory) present(e ledger.Entry, person string) (*member, bool) {
	d.hold(e, person)
	m, ok := d.people[person]
	return m, ok && m.Left.IsZero()
}

func (d *Directory) personJoined(e ledger.Entry, p Person) {
	d.hold(e, p.ID)
	_, there := d.people[p.ID]
	if _, erased := d.erased[p.ID]; there || erased || p.ID == "" {
		return
	}
	p.Joined, p.Left = e.Time, time.Time{}
	d.people[p.ID] = &member{Person: p, email: foldEmail(p.Email)}
}

func (d *Directory) personInvited(e ledger.Entry, i Invitation) {
	if m, ok := d.present(e, i.Person); ok {
		m.invitation = i
	}
}

func (d *Directory) personChanged(e ledger.Entry, p Person) {
	if m, ok := d.present(e, p.ID); ok {
		m.Partner, m.Name, m.Email, m.Role, m.email = p.Partner, p.Name, p.Email, p.Role, foldEmail(p.Email)
	}
}

func (d *Directory) personLeft(e ledger.Entry, gone PersonDeparture) {
	if m, ok := d.present(e, gone.Person); ok {
		m.leave(e.Time)
	}
}

// leave ends a person's access for good.
func (m *member) leave(at time.Time) {
	if m.Left.IsZero() {
		m.Left, m.invitation, m.credentials = at, Invitation{}, nil
	}
}

func (d *Directory) personErased(_ ledger.Entry, gone PersonErasure) {
	delete(d.people, gone.Person)
	d.erased[gone.Person] = append(d.erased[gone.Person], gone.Entries...)
	rest := slices.DeleteFunc(d.held[gone.Person], func(s ledger.Seq) bool { return slices.Contains(gone.Entries, s) })
	if d.held[gone.Person] = rest; len(rest) == 0 {
		delete(d.held, gone.Person)
	}
}

func (d *Directory) credentialSet(e ledger.Entry, c Credential) {
	m, ok := d.present(e, c.Person)
	if !ok {
		return
	}
	c.Added = e.Time
	all := slices.Clone(m.credentials)
	at := slices.IndexFunc(all, func(o Credential) bool { return o.ID == c.ID || o.Kind == Password && c.Kind == Password })
	if at < 0 {
		all = append(all, c)
	} else {
		if all[at].ID == c.ID {
			c.Added = all[at].Added
		}
		all[at] = c
	}
	m.credentials, m.invitation = all, Invitation{}
}

func (d *Directory) credentialRemoved(e ledger.Entry, r CredentialRemoval) {
	if m, ok := d.present(e, r.Person); ok {
		m.credentials = slices.DeleteFunc(slices.Clone(m.credentials), func(c Credential) bool { return c.ID == r.Credential })
	}
}

func (d *Directory) signedIn(e ledger.Entry, s SignIn) { d.hold(e, s.Person) }
