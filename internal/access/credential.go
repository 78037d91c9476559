package access

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Method is how a person proves who it is.
type Method string

// The methods.
const (
	Password Method = "password"
	Passkey  Method = "passkey"
	OIDC     Method = "oidc"
)

// Credential is what one of a person's methods is checked against. An entry
// with the id of one that is there replaces it, as when a passkey's counter
// rises.
type Credential struct {
	ID      string         `json:"id"` // "credential--" and a UUID
	Person  string         `json:"person"`
	Kind    Method         `json:"kind"`
	Label   string         `json:"label,omitzero"`   // what the person calls it
	PHC     string         `json:"phc,omitzero"`     // of a password: its argon2id hash as a PHC string
	Passkey jsontext.Value `json:"passkey,omitzero"` // the WebAuthn credential
	Issuer  string         `json:"issuer,omitzero"`  // of an OpenID Connect identity
	Subject string         `json:"subject,omitzero"` // with that issuer
	Added   time.Time      `json:"added,omitzero"`   // when the ledger accepted the first entry of this id
}

// CredentialRemoval takes a credential away.
type CredentialRemoval struct {
	Person     string `json:"person"`
	Credential string `json:"credential"`
	Reason     string `json:"reason,omitzero"`
}

const (
	maxPHC         = 512
	maxPasskey     = 64 << 10 // bytes of JSON
	maxIdentity    = 1024     // bytes of issuer or subject
	maxCredentials = 50       // of one person
)

// SetCredential returns the entry that gives a person a credential, with a new
// id if it has none, or replaces the one of the same id. A person has one
// password: another takes its place.
func (d *Directory) SetCredential(c Credential) (Credential, ledger.Draft, error) {
	refuse := func(err error) (Credential, ledger.Draft, error) {
		return Credential{}, ledger.Draft{}, fmt.Errorf("set credential: %w", err)
	}
	c.Added = time.Time{}
	p, ok := d.Person(c.Person)
	if !ok || !p.Left.IsZero() {
		return refuse(noPerson(c.Person))
	}
	all := d.Credentials(c.Person)
	if c.ID == "" {
		c.ID = "credential--" + uuid.NewString()
		if i := slices.IndexFunc(all, func(o Credential) bool { return o.Kind == Password }); i >= 0 && c.Kind == Password {
			c.ID = all[i].ID
		}
	}
	known := slices.ContainsFunc(all, func(o Credential) bool { return o.ID == c.ID })
	if !known && len(all) >= maxCredentials {
		return refuse(fmt.Errorf("%w: there are %d credentials, which is the most: remove one first", ErrConflict, maxCredentials))
	}
	if err := c.validate(); err != nil {
		return refuse(err)
	}
	if other, taken := d.PersonBySubject(c.Issuer, c.Subject); c.Kind == OIDC && taken && other.ID != c.Person {
		return refuse(fmt.Errorf("%w: this identity is somebody else's here", ErrConflict))
	}
	drafted, err := draft(KindPersonCredential, Audience{}, c)
	return c, drafted, err
}

func (c Credential) validate() error {
	if c.Label != "" {
		if err := CheckText("label", c.Label, maxName); err != nil {
			return err
		}
	}
	if !strings.HasPrefix(c.ID, "credential--") {
		return fmt.Errorf("%w: the id %q of a credential is credential-- and a UUID", ErrInvalid, c.ID)
	}
	password := c.PHC != ""
	passkey := len(c.Passkey) > 0
	identity := c.Issuer != "" && c.Subject != ""
	switch {
	case c.Kind == Password && password && !passkey && c.Issuer+c.Subject == "":
		if !strings.HasPrefix(c.PHC, "$argon2id$") || len(c.PHC) > maxPHC {
			return fmt.Errorf("%w: phc is not the PHC string of an argon2id hash", ErrInvalid)
		}
	case c.Kind == Passkey && passkey && !password && c.Issuer+c.Subject == "":
		if len(c.Passkey) > maxPasskey {
			return fmt.Errorf("%w: passkey has %d bytes, at most %d are allowed", ErrInvalid, len(c.Passkey), maxPasskey)
		}
	case c.Kind == OIDC && identity && !password && !passkey:
		if len(c.Issuer) > maxIdentity || len(c.Subject) > maxIdentity {
			return fmt.Errorf("%w: issuer and subject have at most %d bytes each", ErrInvalid, maxIdentity)
		}
	default:
		return fmt.Errorf("%w: a credential is a password with its phc, a passkey, or an oidc identity with issuer and subject", ErrInvalid)
	}
	return nil
}

// RemoveCredential returns the entry that takes a credential away from who it
// belongs to, or whose people who manages.
func (d *Directory) RemoveCredential(who Principal, person, credential, reason string) (ledger.Draft, error) {
	refuse := func(err error) (ledger.Draft, error) {
		return ledger.Draft{}, fmt.Errorf("remove credential: %w", err)
	}
	if person == "" || who.Person != person {
		if _, err := d.managed(who, person); err != nil {
			return refuse(err)
		}
	}
	if reason != "" {
		if err := CheckText("reason", reason, maxReason); err != nil {
			return refuse(err)
		}
	}
	if !slices.ContainsFunc(d.Credentials(person), func(c Credential) bool { return c.ID == credential }) {
		return refuse(fmt.Errorf("%w: no credential has the id %q", ErrNotFound, credential))
	}
	return draft(KindCredentialRemoved, Audience{}, CredentialRemoval{Person: person, Credential: credential, Reason: reason})
}
