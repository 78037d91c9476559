package access

import (
	"fmt"
	"net/mail"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Person is somebody who acts for a partner. What the ledger says of a person
// can be erased: KindPersonal.
type Person struct {
	ID      string    `json:"id"`      // "person--" and a UUID
	Partner PartnerID `json:"partner"` // empty: the hub's own administrator
	Name    string    `json:"name"`
	Email   string    `json:"email"`
	Role    Role      `json:"role"`
	Joined  time.Time `json:"joined,omitzero"` // when the ledger accepted it
	Left    time.Time `json:"left,omitzero"`   // not on the ledger: folded from PersonDeparture and Departure
}

// Invitation lets a person enrol, once: to set the first credential, or another
// one where all are lost.
type Invitation struct {
	Person  string      `json:"person"`
	Hash    ledger.Hash `json:"hash"`    // HashSecret of the enrolment secret
	Expires time.Time   `json:"expires"` // enrolLife after it was made
}

// PersonDeparture ends a person's acting for its partner.
type PersonDeparture struct {
	Person string `json:"person"`
	Reason string `json:"reason"`
}

// PersonErasure names the entries that are about a person, whose keys are to
// be destroyed. From then on the directory knows nothing of that person.
type PersonErasure struct {
	Person  string       `json:"person"`
	Reason  string       `json:"reason"`
	Entries []ledger.Seq `json:"entries"`
}

const (
	enrolPrefix = SecretPrefix + "enrol_"
	enrolLife   = 72 * time.Hour
	maxEmail    = 254 // RFC 5321, section 4.5.3.1.3, less the brackets
)

// newPerson checks what is said about a person and returns the entry that lets
// it in. It cannot sign in before it has a credential.
func (d *Directory) newPerson(partner PartnerID, name, email string, role Role) (Person, ledger.Draft, error) {
	p := Person{ID: "person--" + uuid.NewString(), Partner: partner, Name: strings.TrimSpace(name), Email: strings.TrimSpace(email), Role: role}
	if err := d.checkPerson(p); err != nil {
		return Person{}, ledger.Draft{}, err
	}
	joined, err := draft(KindPersonJoined, Audience{}, p)
	return p, joined, err
}

func (d *Directory) checkPerson(p Person) error {
	if err := checkRole(p.Partner, p.Role); err != nil {
		return err
	}
	if err := CheckText("name", p.Name, maxName); err != nil {
		return err
	}
	if err := CheckText("email", p.Email, maxEmail); err != nil {
		return err
	}
	if a, err := mail.ParseAddress(p.Email); err != nil || a.Address != p.Email {
		return fmt.Errorf("%w: email %q is no address such as name@organisation.example", ErrInvalid, p.Email)
	}
	if _, present := d.Partner(p.Partner); !present && p.Partner != "" {
		return fmt.Errorf("%w: no partner has the id %q", ErrNotFound, p.Partner)
	}
	if other, taken := d.PersonByEmail(p.Email); taken && other.ID != p.ID {
		return fmt.Errorf("%w: the email %q belongs to somebody who signs in with it already: use another", ErrConflict, p.Email)
	}
	return nil
}

// Invite returns the entries that let a person in, to be appended together,
// and the secret with which it enrols within 72 hours, to be shown once. An
// administrator invites anyone, a coordinator people of its own partner with
// at most its own role.
func (d *Directory) Invite(who Principal, partner PartnerID, name, email string, role Role, now time.Time) (Person, string, []ledger.Draft, error) {
	refuse := func(err error) (Person, string, []ledger.Draft, error) {
		return Person{}, "", nil, fmt.Errorf("invite person: %w", err)
	}
	if err := who.manages(partner, role); err != nil {
		return refuse(err)
	}
	p, joined, err := d.newPerson(partner, name, email, role)
	if err != nil {
		return refuse(err)
	}
	secret, invited, err := invitation(p.ID, now)
	return p, secret, []ledger.Draft{joined, invited}, err
}

// InviteAgain is Invite for a person who is there: a new secret, in the place
// of the old one.
func (d *Directory) InviteAgain(who Principal, person string, now time.Time) (string, ledger.Draft, error) {
	if _, err := d.managed(who, person); err != nil {
		return "", ledger.Draft{}, fmt.Errorf("invite person: %w", err)
	}
	return invitation(person, now)
}

func invitation(person string, now time.Time) (string, ledger.Draft, error) {
	secret := newSecret(enrolPrefix)
	d, err := draft(KindPersonInvited, Audience{}, Invitation{Person: person, Hash: HashSecret(secret), Expires: now.Add(enrolLife).UTC().Truncate(time.Microsecond)})
	return secret, d, err
}

// manages says whether who may decide on people of the partner with the role.
func (p Principal) manages(partner PartnerID, role Role) error {
	switch {
	case p.AtLeast(Administrator):
		return nil
	case p.AtLeast(Coordinator) && p.Partner != "" && p.Partner == partner && p.AtLeast(role):
		return nil
	}
	return fmt.Errorf("%w: an administrator is needed, or a coordinator for people of its own partner with at most its own role", ErrForbidden)
}

// managed finds a person on whom who may decide. Others are answered like one
// that is not there.
func (d *Directory) managed(who Principal, id string) (Person, error) {
	p, ok := d.Person(id)
	if !ok || !who.AtLeast(Administrator) && (who.Partner == "" || who.Partner != p.Partner) {
		return Person{}, noPerson(id)
	}
	if !p.Left.IsZero() {
		return p, fmt.Errorf("%w: %s left at %s", ErrConflict, id, p.Left.Format(time.RFC3339))
	}
	return p, who.manages(p.Partner, p.Role)
}

func noPerson(id string) error {
	return fmt.Errorf("%w: no person has the id %q", ErrNotFound, id)
}
