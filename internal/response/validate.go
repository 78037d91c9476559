package response

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/stix"
)

// Limits in bytes, or in number for maxAsked and maxAfter. They keep an entry far
// below what the ledger takes and a board readable.
const (
	maxTitle = 200
	maxText  = 4096
	maxWord  = 100
	maxAsked = 1000
	maxAfter = 50
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
		return fmt.Errorf("%w: asked_of is empty: name partners, sectors, kinds or countries, or set volunteered", access.ErrInvalid)
	case o.Owner != "" && !isPartner(string(o.Owner)):
		return fmt.Errorf("%w: owner %q is not a partner's id (\"identity--\" and a UUID)", access.ErrInvalid, o.Owner)
	case !slices.Contains([]Need{"", Needed, NotNeeded}, o.Approval):
		return fmt.Errorf("%w: unknown approval %q: use %s or %s, or leave it out", access.ErrInvalid, o.Approval, Needed, NotNeeded)
	case len(o.After) > maxAfter:
		return fmt.Errorf("%w: after has %d members, at most %d are allowed", access.ErrInvalid, len(o.After), maxAfter)
	case len(o.Template) > maxWord || len(o.Step) > maxWord:
		return fmt.Errorf("%w: template or step has more than %d bytes", access.ErrInvalid, maxWord)
	}
	if err := checkAsked(o.AskedOf); err != nil {
		return err
	}
	if err := access.CheckProse("outbreak", o.Outbreak, maxText, false); err != nil {
		return err
	}
	return access.CheckProse("authority", o.Authority, maxText, false)
}

func kindList() string {
	kinds := Kinds()
	names := make([]string, 0, len(kinds))
	for _, k := range kinds {
		names = append(names, string(k))
	}
	return strings.Join(names, ", ")
}
