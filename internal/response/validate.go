package response

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/stix"
)

// Limits in bytes, or in number for maxAsked. They keep an entry far below what
// the ledger takes and a board readable.
const (
	maxTitle = 200
	maxText  = 4096
	maxAsked = 1000
)

// Validate says what is wrong with an opening; its ID may be empty.
func (o Opening) Validate() error {
	switch {
	case o.ID != "" && stix.TypeOfID(string(o.ID)) != "action":
		return fmt.Errorf("%w: id %q is not \"action--\" and a UUID", access.ErrInvalid, o.ID)
	case !slices.Contains(Kinds(), o.Kind):
		return fmt.Errorf("%w: unknown kind %q: use %s", access.ErrInvalid, o.Kind, kindList())
	case strings.TrimSpace(o.Title) == "":
		return fmt.Errorf("%w: title is empty: say in a few words what is to be done", access.ErrInvalid)
	case len(o.Title) > maxTitle:
		return fmt.Errorf("%w: title has %d bytes, at most %d are allowed", access.ErrInvalid, len(o.Title), maxTitle)
	case o.Volunteered && len(o.AskedOf) > 0:
		return fmt.Errorf("%w: asked_of is given although the action is volunteered: leave out one of them", access.ErrInvalid)
	case !o.Volunteered && len(o.AskedOf) == 0:
		return fmt.Errorf("%w: asked_of is empty: name partners or sectors, or set volunteered", access.ErrInvalid)
	case len(o.AskedOf) > maxAsked:
		return fmt.Errorf("%w: asked_of has %d members, at most %d are allowed", access.ErrInvalid, len(o.AskedOf), maxAsked)
	}
	for i, asked := range o.AskedOf {
		if !isPartner(asked) && !isSector(asked) {
			return fmt.Errorf("%w: asked_of/%d: %q is neither a partner's id (\"identity--\" and a UUID) nor a sector (a-z, 0-9, '-')", access.ErrInvalid, i, asked)
		}
		if slices.Index(o.AskedOf, asked) < i {
			return fmt.Errorf("%w: asked_of/%d: %q is named twice", access.ErrInvalid, i, asked)
		}
	}
	if err := access.CheckProse("outbreak", o.Outbreak, maxText, false); err != nil {
		return err
	}
	return access.CheckProse("authority", o.Authority, maxText, false)
}

// checkEvidence wants words, or a digest that is whole: one that was cut in
// copying proves nothing and would be found out too late.
func checkEvidence(text string) error {
	if err := access.CheckProse("evidence", text, maxText, true); err != nil {
		return fmt.Errorf("%w: say by what one can tell that it was done", err)
	}
	digest, isDigest := strings.CutPrefix(text, "sha256:")
	if !isDigest {
		return nil
	}
	if raw, err := hex.DecodeString(digest); err != nil || len(raw) != 32 {
		return fmt.Errorf("%w: evidence: after \"sha256:\" there have to be 64 hexadecimal digits", access.ErrInvalid)
	}
	return nil
}

func kindList() string {
	kinds := Kinds()
	names := make([]string, 0, len(kinds))
	for _, k := range kinds {
		names = append(names, string(k))
	}
	return strings.Join(names, ", ")
}

func isPartner(s string) bool { return stix.TypeOfID(s) == "identity" }

// isSector accepts the form of STIX's industry-sector-ov, an open vocabulary.
func isSector(s string) bool {
	for _, c := range s {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return s != "" && len(s) <= 64 && !strings.HasPrefix(s, "identity-")
}

// asked says whether the action was asked of the partner, by id or by sector.
func (o Opening) asked(partner access.PartnerID, sector string) bool {
	return slices.Contains(o.AskedOf, string(partner)) || sector != "" && slices.Contains(o.AskedOf, sector)
}
