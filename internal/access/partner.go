package access

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Hub is the actor of what the hub itself, or its administrator, does.
const Hub = "hub"

// Partner is an organisation that takes part.
type Partner struct {
	ID      PartnerID `json:"id"`
	Name    string    `json:"name"`
	Sector  string    `json:"sector"`          // STIX 2.1 industry-sector-ov
	Country string    `json:"country"`         // ISO 3166-1 alpha-2
	Kind    string    `json:"kind"`            // one of Kinds
	Joined  time.Time `json:"joined,omitzero"` // when the ledger accepted it

	// What these say is in Standing; Designation changes them.
	Organisation string `json:"organisation,omitempty"`
	Designated   bool   `json:"designated,omitempty"`
	Canary       bool   `json:"canary,omitempty"`
}

// Departure is a partner's end: its tokens no longer work. What it
// contributed stays.
type Departure struct {
	Partner PartnerID `json:"partner"`
	Reason  string    `json:"reason"`
}

const (
	maxName   = 128 // characters
	maxReason = 1000
)

// newPartner checks what is said about a partner, gives it an id, and returns
// the entry that lets it in. The community may see who its members are.
func newPartner(name, sector, country, kind string, s Standing) (Partner, ledger.Draft, error) {
	p := Partner{
		ID:   PartnerID("identity--" + uuid.NewString()),
		Name: strings.TrimSpace(name), Sector: sector, Country: country, Kind: kind,
		Organisation: s.Organisation, Designated: s.Designated, Canary: s.Canary,
	}
	if err := p.validate(); err != nil {
		return Partner{}, ledger.Draft{}, fmt.Errorf("join partner: %w", err)
	}
	draft, err := draft(KindPartnerJoined, ToCommunity(Green), p)
	return p, draft, err
}

func (p Partner) validate() error {
	if err := CheckText("name", p.Name, maxName); err != nil {
		return err
	}
	switch {
	case !isWord(p.Sector):
		return fmt.Errorf("%w: sector %q is not a word of small letters, digits and '-': use one of %s, or one of your own", ErrInvalid, p.Sector, strings.Join(Sectors, ", "))
	case !IsCountry(p.Country):
		return fmt.Errorf("%w: unknown country %q: use an ISO 3166-1 alpha-2 code in capitals, as GB or JP", ErrInvalid, p.Country)
	case !isWord(p.Kind):
		return fmt.Errorf("%w: kind %q is not a word of small letters, digits and '-': use one of %s, or one of your own", ErrInvalid, p.Kind, strings.Join(Kinds, ", "))
	}
	return checkOrganisation(p.Organisation)
}

// CheckText wants 1 to limit printable characters, else it fails with
// ErrInvalid and names the field: what people type ends up on terminals and
// pages.
func CheckText(field, text string, limit int) error {
	if !utf8.ValidString(text) {
		return fmt.Errorf("%w: %s is not UTF-8", ErrInvalid, field)
	}
	if n := utf8.RuneCountInString(text); n == 0 || n > limit {
		return fmt.Errorf("%w: %s has %d characters, allowed are 1 to %d", ErrInvalid, field, n, limit)
	}
	for i, r := range text {
		if !unicode.IsPrint(r) {
			return fmt.Errorf("%w: %s has the character %U at byte %d: use printable characters only", ErrInvalid, field, r, i)
		}
	}
	return nil
}

// CheckProse wants at most limit bytes of text, and some if it is needed, else
// it fails with ErrInvalid and names the field. Prose may have many lines.
func CheckProse(field, text string, limit int, needed bool) error {
	switch {
	case needed && strings.TrimSpace(text) == "":
		return fmt.Errorf("%w: %s is empty", ErrInvalid, field)
	case len(text) > limit:
		return fmt.Errorf("%w: %s has %d bytes, at most %d are allowed", ErrInvalid, field, len(text), limit)
	}
	return nil
}

// draft is an entry of the hub's: only its administrator changes who takes part.
func draft(kind ledger.Kind, audience Audience, body any) (ledger.Draft, error) {
	return ledger.NewDraft(kind, Hub, audience.String(), body)
}
