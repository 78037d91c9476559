package response

import (
	"fmt"
	"slices"

	"github.com/tocsin-project/tocsin/internal/access"
)

const (
	maxOpenCalls = 200 // of one partner, not closed
	maxVersions  = 32  // of one partner's answer to one call
	maxChosen    = 100 // sectors, countries or kinds of one call
)

// Validate says what is wrong with a call; its ID is not looked at.
func (o CallOpening) Validate() error {
	if err := access.CheckText("title", o.Title, maxTitle); err != nil {
		return fmt.Errorf("%w: say in a few words what is needed", err)
	}
	if err := access.CheckProse("text", o.Text, maxText, false); err != nil {
		return err
	}
	if err := access.CheckProse("outbreak", o.Outbreak, maxTitle, false); err != nil {
		return err
	}
	word := "a word of small letters, digits and '-'"
	if err := checkList("sectors", o.Sectors, maxChosen, isSector, word); err != nil {
		return err
	}
	if err := checkList("countries", o.Countries, 249, access.IsCountry, "an ISO 3166-1 alpha-2 code in capitals, as GB or JP"); err != nil {
		return err
	}
	if err := checkList("kinds", o.Kinds, maxChosen, isSector, word); err != nil {
		return err
	}
	if err := checkList("skills", o.Skills, maxSkills, isSector, word); err != nil {
		return err
	}
	return checkList("partners", o.Partners, maxAsked, func(id access.PartnerID) bool { return isPartner(string(id)) }, "a partner's id (\"identity--\" and a UUID)")
}

func (a CallAnswer) validate() error {
	if err := access.CheckProse("offer", a.Offer, maxText, !a.Declined); err != nil {
		return fmt.Errorf("%w: say with what you can help, or that you decline", err)
	}
	return checkList("skills", a.Skills, maxSkills, isSector, "a word of small letters, digits and '-'")
}

// checkList wants at most limit members, each of the form and none twice.
func checkList[T ~string](field string, list []T, limit int, ok func(T) bool, form string) error {
	if len(list) > limit {
		return fmt.Errorf("%w: %s has %d members, at most %d are allowed", access.ErrInvalid, field, len(list), limit)
	}
	for i, one := range list {
		if !ok(one) {
			return fmt.Errorf("%w: %s/%d: %q is not %s", access.ErrInvalid, field, i, one, form)
		}
		if slices.Index(list, one) < i {
			return fmt.Errorf("%w: %s/%d: %q is named twice", access.ErrInvalid, field, i, one)
		}
	}
	return nil
}
