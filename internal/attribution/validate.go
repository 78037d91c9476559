package attribution

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/stix"
)

// Limits: maxTitle and maxText in bytes, the others in number.
const (
	maxTitle      = 300
	maxText       = 8192
	maxLinks      = 1000
	maxHypotheses = 100
)

// Validate says what is wrong with an opening; its ID may be empty.
func (o Opening) Validate() error {
	if o.ID != "" && stix.TypeOfID(string(o.ID)) != "case" {
		return fmt.Errorf("%w: id %q is not \"case--\" and a UUID", access.ErrInvalid, o.ID)
	}
	if err := access.CheckProse("question", o.Question, maxTitle, true); err != nil {
		return err
	}
	if err := access.CheckProse("outbreak", o.Outbreak, maxTitle, false); err != nil {
		return err
	}
	if err := o.Policy.Validate(); err != nil {
		return err
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

// Validate says what is wrong with a hypothesis that a case wants to name.
func (h Hypothesis) Validate() error {
	if !isSlug(string(h.ID)) {
		return fmt.Errorf("%w: id %q: use 1 to 64 of a-z, 0-9 and '-'", access.ErrInvalid, h.ID)
	}
	if isStanding(h.ID) {
		return fmt.Errorf("%w: id %q: every case has this hypothesis already", access.ErrInvalid, h.ID)
	}
	if h.Ref != "" && stix.TypeOfID(h.Ref) == "" {
		return fmt.Errorf("%w: ref %q is not a STIX id", access.ErrInvalid, h.Ref)
	}
	return access.CheckProse("title", h.Title, maxTitle, true)
}

// Validate says what is wrong with a rating in itself; whether the case has
// such evidence and such a hypothesis only State knows.
func (r Rating) Validate() error {
	if _, ok := r.Value.points(); !ok {
		return fmt.Errorf("%w: value %q is not CC, C, N, I or II", access.ErrInvalid, r.Value)
	}
	if r.Likelihood != 0 && !isLikelihood(r.Likelihood) {
		return fmt.Errorf("%w: likelihood %v is not above 0 and at most 1", access.ErrInvalid, r.Likelihood)
	}
	return access.CheckProse("reason", r.Reason, maxText, true)
}

func isStanding(id HypothesisID) bool { return id == Unknown || id == Other || id == FalseFlag }

func isSlug(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return s != "" && len(s) <= 64
}

func isDigest(s string) bool {
	digits, ok := strings.CutPrefix(s, "sha256:")
	raw, err := hex.DecodeString(digits)
	return ok && err == nil && len(raw) == 32
}
