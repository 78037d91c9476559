package attribution

import (
	"fmt"
	"slices"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/stix"
)

// Hypothesis is one possible answer to a case's question.
type Hypothesis struct {
	ID    HypothesisID `json:"id"`
	Title string       `json:"title"`
	Ref   string       `json:"ref,omitempty"` // STIX id of the cluster, person or state that it names
}

// The hypotheses that every case has beside those that it names: without them
// the least bad of the named ones would win by default.
const (
	Unknown   HypothesisID = "unknown"
	Other     HypothesisID = "other"
	FalseFlag HypothesisID = "false-flag"
)

// Standing lists the hypotheses that every case has.
func Standing() []Hypothesis {
	return []Hypothesis{
		{ID: Unknown, Title: "Cannot be known from this evidence"},
		{ID: Other, Title: "Somebody not named here"},
		{ID: FalseFlag, Title: "Made to look like somebody else"},
	}
}

// IsStanding says whether every case has the hypothesis.
func IsStanding(id HypothesisID) bool { return id == Unknown || id == Other || id == FalseFlag }

// Opening is a case as it was opened. Party, here and in every other body, is
// the name of the partner that acts, as of then: outsiders know no ids.
type Opening struct {
	ID       CaseID                      `json:"id,omitempty"` // given by State.Open if empty
	Party    string                      `json:"party,omitempty"`
	Question string                      `json:"question"`
	Policy   Policy                      `json:"policy"`            // who has to agree; fixed before the evidence
	Members  map[access.PartnerID]string `json:"members,omitempty"` // the names of the policy's partners
	Outbreak string                      `json:"outbreak,omitempty"`
	// Simulated says what in this case is simulated; it is shown wherever the case is.
	Simulated  string       `json:"simulated,omitempty"`
	Hypotheses []Hypothesis `json:"hypotheses"` // the named ones; the standing ones are added
}

// Validate says what is wrong with an opening; its ID may be empty.
func (o Opening) Validate() error {
	if o.ID != "" && stix.TypeOfID(string(o.ID)) != "case" {
		return fmt.Errorf("%w: id %.100q is not \"case--\" and a UUID", access.ErrInvalid, o.ID)
	}
	for _, err := range []error{
		checkParty(o.Party),
		access.CheckProse("question", o.Question, maxTitle, true),
		access.CheckProse("outbreak", o.Outbreak, maxTitle, false),
		access.CheckProse("simulated", o.Simulated, maxText, false),
		o.Policy.Validate(),
		o.checkMembers(),
	} {
		if err != nil {
			return err
		}
	}
	if n := len(o.Hypotheses); n < 1 || n > maxHypotheses {
		return fmt.Errorf("%w: hypotheses: %d are named, 1 to %d are needed", access.ErrInvalid, n, maxHypotheses)
	}
	for i, h := range o.Hypotheses {
		if err := h.Validate(); err != nil {
			return fmt.Errorf("hypotheses/%d: %w", i, err)
		}
		if slices.ContainsFunc(o.Hypotheses[:i], func(earlier Hypothesis) bool { return earlier.ID == h.ID }) {
			return fmt.Errorf("%w: hypotheses/%d: %q is named twice", access.ErrInvalid, i, h.ID)
		}
	}
	return nil
}

// checkMembers says whether exactly the policy's partners have names.
func (o Opening) checkMembers() error {
	partners := o.Policy.Partners()
	for _, p := range partners {
		name, named := o.Members[p]
		if !named {
			return fmt.Errorf("%w: members: the name of %s, which the policy names, is missing", access.ErrInvalid, p)
		}
		if err := access.CheckProse("members/"+string(p), name, maxTitle, true); err != nil {
			return err
		}
	}
	if len(o.taken()) != len(o.Members) {
		return fmt.Errorf("%w: members: two of them have one name: nobody could tell whose vote is whose", access.ErrInvalid)
	}
	if len(o.Members) != len(partners) {
		return fmt.Errorf("%w: members names %d partners, the policy %d: name the policy's and nobody else", access.ErrInvalid, len(o.Members), len(partners))
	}
	return nil
}

// Validate says what is wrong with a hypothesis that a case wants to name.
func (h Hypothesis) Validate() error {
	if !isSlug(string(h.ID)) {
		return fmt.Errorf("%w: id %.100q: use 1 to 64 of a-z, 0-9 and '-'", access.ErrInvalid, h.ID)
	}
	if IsStanding(h.ID) {
		return fmt.Errorf("%w: id %q: every case has this hypothesis already", access.ErrInvalid, h.ID)
	}
	if h.Ref != "" && stix.TypeOfID(h.Ref) == "" {
		return fmt.Errorf("%w: ref %.100q is not a STIX id", access.ErrInvalid, h.Ref)
	}
	return access.CheckProse("title", h.Title, maxTitle, true)
}

// Proposal adds a hypothesis to an open case. Items that count no longer do so
// until they are rated against it, too.
type Proposal struct {
	Case  CaseID `json:"case"`
	Party string `json:"party,omitempty"`
	Hypothesis
}

func (p Proposal) of() (CaseID, string) { return p.Case, p.Party }

func (p Proposal) as(party string) body {
	p.Party = party
	return p
}

func (p Proposal) check(f *file, by access.PartnerID) error {
	if err := f.decides(by, "propose a hypothesis"); err != nil {
		return err
	}
	if err := p.Hypothesis.Validate(); err != nil {
		return err
	}
	if _, has := f.column[p.ID]; has {
		return fmt.Errorf("hypothesis %s: %w: the case has it", p.ID, access.ErrConflict)
	}
	if len(f.Hypotheses)-len(Standing()) >= maxHypotheses {
		return full("hypotheses", maxHypotheses)
	}
	return f.share(KindHypothesis, by, "hypotheses after the opening", maxProposalsOfOne)
}

func (p Proposal) apply(f *file, _ Where) {
	f.column[p.ID] = len(f.Hypotheses)
	f.Hypotheses = append(f.Hypotheses, p.Hypothesis)
}
