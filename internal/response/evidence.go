package response

import (
	"context"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/stix"
)

// EvidenceSort is what the evidence of a completion is.
type EvidenceSort string

// The sorts of evidence. The last three name something on this hub, and were
// checked when they were reported: it was there, whoever reported it could see
// it, and a contribution or a receipt was its own. The others are its word.
const (
	InWords       EvidenceSort = "words"
	AtURL         EvidenceSort = "url"          // "https://..." or "http://..."
	ByDigest      EvidenceSort = "digest"       // "sha256:" and 64 hexadecimal digits, of a document
	OfContributed EvidenceSort = "contribution" // "contribution--" and a UUID
	OfProtection  EvidenceSort = "protection"   // "protection--" and a UUID
	OfReceipt     EvidenceSort = "receipt"      // "receipt:", a protection's id, ":" and the name of an outlet
)

// Reference is evidence that names something on this hub.
type Reference struct {
	Sort   EvidenceSort
	ID     string // of the contribution or the protection
	Outlet string // of a receipt
}

// Check fails unless what is referred to exists, is visible to the principal,
// and, of a contribution or a receipt, is its own: with access.ErrNotFound, or
// access.ErrInvalid for what is there and proves nothing.
type Check func(context.Context, access.Principal, Reference) error

// ParseEvidence says of which sort evidence is, and to what it refers. A digest
// or an id that was cut in copying proves nothing and would be found out too late.
func ParseEvidence(text string) (EvidenceSort, Reference, error) {
	if err := access.CheckProse("evidence", text, maxText, true); err != nil {
		return "", Reference{}, fmt.Errorf("%w: say by what one can tell that it was done", err)
	}
	digest, isDigest := strings.CutPrefix(text, "sha256:")
	receipt, isReceipt := strings.CutPrefix(text, "receipt:")
	switch {
	case isDigest:
		if raw, err := hex.DecodeString(digest); err != nil || len(raw) != 32 {
			return "", Reference{}, fmt.Errorf("%w: evidence: after \"sha256:\" there have to be 64 hexadecimal digits", access.ErrInvalid)
		}
		return ByDigest, Reference{}, nil
	case strings.HasPrefix(text, "https://"), strings.HasPrefix(text, "http://"):
		if u, err := url.Parse(text); err != nil || u.Host == "" || u.User != nil {
			return "", Reference{}, fmt.Errorf("%w: evidence: %q is not a URL of a host, without a password", access.ErrInvalid, text)
		}
		return AtURL, Reference{}, nil
	case isReceipt:
		id, outlet, _ := strings.Cut(receipt, ":")
		if stix.TypeOfID(id) != "protection" || outlet == "" {
			return "", Reference{}, fmt.Errorf("%w: evidence: after \"receipt:\" there have to be a protection's id, \":\" and the outlet's name", access.ErrInvalid)
		}
		return OfReceipt, Reference{OfReceipt, id, outlet}, nil
	}
	for _, sort := range []EvidenceSort{OfContributed, OfProtection} {
		if !strings.HasPrefix(text, string(sort)+"--") {
			continue
		}
		if stix.TypeOfID(text) != string(sort) {
			return "", Reference{}, fmt.Errorf("%w: evidence: %q begins like an id and is not \"%s--\" and a UUID", access.ErrInvalid, text, sort)
		}
		return sort, Reference{Sort: sort, ID: text}, nil
	}
	return InWords, Reference{}, nil
}

// checkEvidence gives a completion the sort of its evidence.
func (s *State) checkEvidence(ctx context.Context, by access.Principal, c *Completion) error {
	sort, of, err := ParseEvidence(c.Evidence)
	if err != nil {
		return err
	}
	c.Sort = sort
	if of == (Reference{}) {
		return nil
	}
	if s.check == nil {
		return fmt.Errorf("%w: evidence: a reference cannot be checked here: say it in words", access.ErrInvalid)
	}
	return s.check(ctx, by, of)
}
