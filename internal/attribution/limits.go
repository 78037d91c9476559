package attribution

import (
	"fmt"
	"slices"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Limits (docs/dossier.md, "Limits"): maxTitle, maxText and maxPolicy in bytes,
// the others in number.
const (
	maxTitle       = 300
	maxText        = 8192
	maxPolicy      = 65_536
	maxList        = 100  // custody, arguments, inputs, outputs, gaps, would_change
	maxLinks       = 1000 // links, cites
	maxHypotheses  = 100  // named ones
	maxItems       = 10_000
	maxRounds      = 1000
	maxStatements  = 1000
	maxReplies     = 1000
	maxVotesOfOne  = 100 // of one partner on one statement
	maxRecords     = 100_000
	maxOfPartner   = 20_000 // records of one partner in a case, so that none can fill it alone
	keptForJudging = 2_000  // of those, the last are for statements, votes and all that follows
	maxCases       = 1000   // opened by one partner
	// Of one partner, so that none can take all the room that there is of these:
	maxStatementsOfOne = 50
	maxProposalsOfOne  = 20 // hypotheses after the opening
	maxRepliesOfOne    = 200
)

// shareKey is what a partner has a share of.
type shareKey struct {
	kind ledger.Kind
	by   access.PartnerID
}

// share says whether the partner's share of a kind of record has room for one more.
func (f *file) share(kind ledger.Kind, by access.PartnerID, what string, most int) error {
	if f.shares[shareKey{kind, by}] >= most {
		return fmt.Errorf("%w: of one partner the case takes at most %d %s", access.ErrConflict, most, what)
	}
	return nil
}

// toFile are the kinds of record of which there can be many.
var toFile = []ledger.Kind{KindHypothesis, KindEvidence, KindRating, KindCommitted, KindRound, KindRevealed}

// room says whether the case can take n more records of a kind by a partner.
func (f *file) room(kind ledger.Kind, by access.PartnerID, n int) error {
	if f.Records+n > maxRecords {
		return full("records", maxRecords)
	}
	filed := 0
	if slices.Contains(toFile, kind) {
		for _, k := range toFile {
			filed += f.shares[shareKey{k, by}]
		}
		filed += n
	}
	if f.acts[by]+n > maxOfPartner || filed > maxOfPartner-keptForJudging {
		return fmt.Errorf("%w: of one partner the case takes at most %d records, %d of them only for judging (marks, statements, votes, publications, replies, openings)",
			access.ErrConflict, maxOfPartner, keptForJudging)
	}
	return nil
}

func full(what string, limit int) error {
	return fmt.Errorf("%w: the case has %d %s, which is the most: open another case", access.ErrConflict, limit, what)
}

// checkTexts checks a list of texts.
func checkTexts(field string, texts []string, most int) error {
	if len(texts) > most {
		return fmt.Errorf("%w: %s has %d members, at most %d are allowed", access.ErrInvalid, field, len(texts), most)
	}
	for i, text := range texts {
		if err := access.CheckProse(fmt.Sprintf("%s/%d", field, i), text, maxText, true); err != nil {
			return err
		}
	}
	return nil
}

// checkGiven checks a text that may be missing, but is not blank.
func checkGiven(field, text string, most int) error {
	return access.CheckProse(field, text, most, text != "")
}

func checkParty(name string) error { return access.CheckProse("party", name, maxTitle, true) }

func isSlug(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return s != "" && len(s) <= 64
}
