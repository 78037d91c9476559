package access

import (
	"fmt"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// ChangePerson returns the entry that gives a person another name, email or
// role; what is empty stays. A person may change its own name.
func (d *Directory) ChangePerson(who Principal, id, name, email string, role Role) (ledger.Draft, error) {
	refuse := func(err error) (ledger.Draft, error) {
		return ledger.Draft{}, fmt.Errorf("change person: %w", err)
	}
	var p Person
	var err error
	if own := id != "" && who.Person == id && email == "" && role == ""; own {
		var ok bool
		if p, ok = d.Person(id); !ok {
			return refuse(noPerson(id))
		}
	} else if p, err = d.managed(who, id); err != nil {
		return refuse(err)
	}
	if name != "" {
		p.Name = strings.TrimSpace(name)
	}
	if email != "" {
		p.Email = strings.TrimSpace(email)
	}
	if role != "" {
		if p.Role = role; who.manages(p.Partner, role) != nil {
			return refuse(who.manages(p.Partner, role))
		}
	}
	p.Joined, p.Left = time.Time{}, time.Time{}
	if err := d.checkPerson(p); err != nil {
		return refuse(err)
	}
	return draft(KindPersonChanged, Audience{}, p)
}

// DismissPerson returns the entry that ends a person's access.
func (d *Directory) DismissPerson(who Principal, id, reason string) (ledger.Draft, error) {
	err := CheckText("reason", reason, maxReason)
	if err == nil {
		_, err = d.managed(who, id)
	}
	if err != nil {
		return ledger.Draft{}, fmt.Errorf("dismiss person: %w", err)
	}
	return draft(KindPersonLeft, Audience{}, PersonDeparture{Person: id, Reason: reason})
}

// DismissWith is DismissPerson together with what the person issued. Nobody ends
// their own access by accident.
func (d *Directory) DismissWith(who Principal, id, reason string, what Heirs) ([]ledger.Draft, error) {
	if id != "" && id == who.Person {
		return nil, fmt.Errorf("dismiss person: %w: this is you: another administrator or coordinator has to do it", ErrConflict)
	}
	draft, err := d.DismissPerson(who, id, reason)
	if err != nil {
		return nil, err
	}
	heirs, err := d.PersonHeirs(who, id, reason, what)
	if err != nil {
		return nil, fmt.Errorf("dismiss person: %w", err)
	}
	return append([]ledger.Draft{draft}, heirs...), nil
}

// ErasePerson returns the entry that names everything the ledger holds about a
// person. Once it is folded the person is gone; the caller then has the keys of
// the named entries destroyed. It is for administrators. Where entries about
// the person came in between, Held says so, and it is asked once more.
func (d *Directory) ErasePerson(who Principal, id, reason string) (PersonErasure, ledger.Draft, error) {
	refuse := func(err error) (PersonErasure, ledger.Draft, error) {
		return PersonErasure{}, ledger.Draft{}, fmt.Errorf("erase person: %w", err)
	}
	if err := who.check("erase person", Administrator); err != nil {
		return PersonErasure{}, ledger.Draft{}, err
	}
	if err := CheckText("reason", reason, maxReason); err != nil {
		return refuse(err)
	}
	entries := d.Held(id)
	if len(entries) == 0 {
		return refuse(noPerson(id))
	}
	e := PersonErasure{Person: id, Reason: reason, Entries: entries}
	erased, err := draft(KindPersonErased, Audience{}, e)
	return e, erased, err
}
