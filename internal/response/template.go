package response

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/outbreak"
)

// KindTemplateSet is the entry of a template as it is from then on; its body is
// a Template.
const KindTemplateSet ledger.Kind = "template.set"

// Template is the work that outbreaks of one kind call for, in steps.
type Template struct {
	ID    string `json:"id"` // small letters, digits and '-', at most 64
	Title string `json:"title"`
	// For are the outbreaks that it is for: "port:445", "kind:scans" (a kind of
	// evidence as outbreak has them), or a word such as "ransomware" that only
	// people read.
	For   []string         `json:"for,omitempty"`
	Steps []Step           `json:"steps"`
	By    access.PartnerID `json:"by,omitempty"` // who set it; empty: it came with the program
}

// Step becomes an action when its template is opened.
type Step struct {
	Key   string `json:"key"` // its name within the template: as an id
	Kind  Kind   `json:"kind"`
	Title string `json:"title"`
	// AskedOf is as in Opening; without any, whoever opens the template says of
	// whom the step is asked.
	AskedOf   []string `json:"asked_of,omitempty"`
	Authority string   `json:"authority,omitempty"`
	Approval  Need     `json:"approval,omitempty" enum:"needed,not-needed"`
	DeadlineS int64    `json:"deadline_s,omitzero" minimum:"0"` // seconds after the opening; 0: none
	After     []string `json:"after,omitempty"`                 // keys of the steps that have to be done before
}

// Limits of a template.
const (
	maxTemplates = 500
	maxSteps     = 50
	maxFor       = 20
	maxDeadlineS = 366 * 24 * 3600
)

// Validate says what is wrong with a template.
func (t Template) Validate() error {
	switch {
	case !isKey(t.ID):
		return fmt.Errorf("%w: id %q is not 1 to 64 small letters, digits and '-'", access.ErrInvalid, t.ID)
	case len(t.Steps) == 0:
		return fmt.Errorf("%w: steps: there are none", access.ErrInvalid)
	case len(t.Steps) > maxSteps:
		return fmt.Errorf("%w: steps: there are %d, at most %d are allowed", access.ErrInvalid, len(t.Steps), maxSteps)
	case len(t.For) > maxFor:
		return fmt.Errorf("%w: for has %d members, at most %d are allowed", access.ErrInvalid, len(t.For), maxFor)
	}
	if err := access.CheckText("title", t.Title, maxTitle); err != nil {
		return err
	}
	for i, condition := range t.For {
		if err := access.CheckText(fmt.Sprintf("for/%d", i), condition, maxWord); err != nil {
			return err
		}
	}
	keys := make([]string, 0, len(t.Steps))
	for i, step := range t.Steps {
		if err := step.validate(keys); err != nil {
			return fmt.Errorf("steps/%d: %w", i, err)
		}
		keys = append(keys, step.Key)
	}
	return nil
}

// validate checks a step that comes after those with the keys: a step can only
// wait for earlier ones, so that no circle can be.
func (step Step) validate(earlier []string) error {
	switch {
	case !isKey(step.Key):
		return fmt.Errorf("%w: key %q is not 1 to 64 small letters, digits and '-'", access.ErrInvalid, step.Key)
	case slices.Contains(earlier, step.Key):
		return fmt.Errorf("%w: key %q is another step's, too", access.ErrInvalid, step.Key)
	case step.DeadlineS < 0 || step.DeadlineS > maxDeadlineS:
		return fmt.Errorf("%w: deadline_s is %d: 0 to %d seconds after the opening are allowed", access.ErrInvalid, step.DeadlineS, maxDeadlineS)
	}
	for i, key := range step.After {
		if !slices.Contains(earlier, key) {
			return fmt.Errorf("%w: after/%d: no step before this one has the key %q", access.ErrInvalid, i, key)
		}
		if slices.Index(step.After, key) < i {
			return fmt.Errorf("%w: after/%d: %q is named twice", access.ErrInvalid, i, key)
		}
	}
	o := Opening{Kind: step.Kind, Title: step.Title, AskedOf: step.AskedOf, Authority: step.Authority, Approval: step.Approval}
	if len(o.AskedOf) == 0 {
		o.Volunteered = true // only for the check: who is asked is said later
	}
	return o.Validate()
}

// Fits is how many of the conditions an outbreak meets.
func (t Template) Fits(o outbreak.Outbreak) int {
	n := 0
	for _, condition := range t.For {
		what, of, _ := strings.Cut(condition, ":")
		switch {
		case what == "port" && o.Port != 0 && of == fmt.Sprint(o.Port):
			n++
		case what == "kind" && slices.Contains(o.Kinds, outbreak.Evidence(of)):
			n++
		}
	}
	return n
}

func (t Template) clone() Template {
	t.For, t.Steps = slices.Clone(t.For), slices.Clone(t.Steps)
	for i := range t.Steps {
		t.Steps[i].AskedOf, t.Steps[i].After = slices.Clone(t.Steps[i].AskedOf), slices.Clone(t.Steps[i].After)
	}
	return t
}

func isKey(s string) bool {
	return s != "" && len(s) <= 64 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}
