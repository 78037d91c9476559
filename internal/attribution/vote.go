package attribution

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"slices"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/signature"
)

// Vote is a ballot with its signature. A partner's last vote on a statement
// counts; whether the key is that partner's, voters know and verifiers check.
type Vote struct {
	Case      CaseID              `json:"case"`
	Party     string              `json:"party,omitempty"`
	Document  Ballot              `json:"document"`
	Key       string              `json:"key"`
	Signature signature.Signature `json:"signature"`
}

// voteKey is what a partner can hold one vote of.
type voteKey struct {
	statement int
	by        access.PartnerID
}

// cast is what a partner has voted on one statement.
type cast struct{ last, times int }

func (v Vote) of() (CaseID, string) { return v.Case, v.Party }

func (v Vote) as(party string) body {
	v.Party = party
	return v
}

func (v Vote) check(f *file, by access.PartnerID) error {
	b := v.Document
	i, err := f.about(b.Case, b.Statement)
	if err != nil {
		return fmt.Errorf("document: %w", err)
	}
	if b.Partner != by {
		return fmt.Errorf("%w: document: partner is %.100q, but %s casts the vote", access.ErrForbidden, b.Partner, by)
	}
	if err := b.Validate(); err != nil {
		return fmt.Errorf("document: %w", err)
	}
	if f.voted[voteKey{i, by}].times >= maxVotesOfOne {
		return fmt.Errorf("%w: %d votes of one partner on one statement are the most", access.ErrConflict, maxVotesOfOne)
	}
	if f.may != nil && !f.may(by, v.Key) {
		return notAVoter(v.Key)
	}
	key, err := signature.ParsePublic(v.Key)
	if err != nil {
		return fmt.Errorf("%w: key: %w", access.ErrInvalid, err)
	}
	text, err := b.Message()
	if err != nil {
		return err
	}
	if f.ballots[sha256.Sum256(text)] {
		return fmt.Errorf("%w: the partner has cast this very ballot on the statement before: whoever repeats it would undo what came after", access.ErrConflict)
	}
	if err := key.Verify(text, v.Signature); err != nil {
		return fmt.Errorf("%w: the vote is not signed by %s: %w", access.ErrInvalid, key, err)
	}
	return nil
}

// Validate says what is wrong with a ballot in itself, before it is signed.
func (b Ballot) Validate() error {
	if !slices.Contains([]Choice{Endorse, Dissent, Abstain}, b.Vote) {
		return fmt.Errorf("%w: vote %.100q is not endorse, dissent or abstain", access.ErrInvalid, b.Vote)
	}
	return cmp.Or(
		b.Confidence.validate(),
		access.CheckProse("words", b.Words, maxText, true),
		access.CheckProse("occurred", b.Occurred, maxTitle, false),
	)
}

func notAVoter(key string) error {
	return fmt.Errorf("%w: %.100q is not a key that the partner votes with now: register it, or sign with one that is", access.ErrForbidden, key)
}

func (v Vote) apply(f *file, at Where) {
	i := f.statementAt(v.Document.Statement)
	s, key := &f.Statements[i], voteKey{i, at.By}
	before := f.voted[key]
	if before.times > 0 {
		s.Votes[before.last].Last = false
	}
	if text, err := v.Document.Message(); err == nil { // check has made it
		f.ballots[sha256.Sum256(text)] = true
	}
	f.voted[key] = cast{last: len(s.Votes), times: before.times + 1}
	s.Votes = append(s.Votes, Voted{v, at, true})
}

// about is the index of the statement that a vote or a reply names.
func (f *file) about(id CaseID, statement string) (int, error) {
	if id != f.ID {
		return 0, fmt.Errorf("%w: case is %.100q, not %s", access.ErrInvalid, id, f.ID)
	}
	digest, err := ParseDigest(statement)
	if err != nil {
		return 0, fmt.Errorf("statement: %w", err)
	}
	i, has := f.statement[digest]
	if !has {
		return 0, fmt.Errorf("statement %s: %w in the case: a vote or a reply is on the exact text that was put to the vote", digest, access.ErrNotFound)
	}
	return i, nil
}

// statementAt is about for what was checked.
func (f *file) statementAt(statement string) int {
	i, _ := f.about(f.ID, statement)
	return i
}

// Publication makes a statement the partners' own, and the case public.
type Publication struct {
	Case      CaseID `json:"case"`
	Party     string `json:"party,omitempty"`
	Statement string `json:"statement"` // digest, hexadecimal
}

func (p Publication) of() (CaseID, string) { return p.Case, p.Party }

func (p Publication) as(party string) body {
	p.Party = party
	return p
}

func (p Publication) check(f *file, _ access.PartnerID) error {
	i, err := f.about(p.Case, p.Statement)
	if err != nil {
		return err
	}
	s := &f.Statements[i]
	if s.Published > 0 {
		return fmt.Errorf("statement %s: %w: it is published (record %d)", s.Digest, access.ErrConflict, s.Published)
	}
	if err := f.follows(s.Document); err != nil {
		return err
	}
	if !f.Policy.Satisfied(s.Endorsed()) {
		return fmt.Errorf("statement %s: %w: the votes do not satisfy the policy (%s): %s", s.Digest, access.ErrConflict, f.Policy, s.Tally())
	}
	return nil
}

func (p Publication) apply(f *file, at Where) {
	f.current = f.statementAt(p.Statement)
	f.Statements[f.current].Published = at.Record
}

// Tally is how many partners' last votes there are of each kind.
type Tally struct {
	Endorse int `json:"endorse"`
	Dissent int `json:"dissent"`
	Abstain int `json:"abstain"`
}

// String is "2 endorsed, 1 dissented, 0 abstained".
func (t Tally) String() string {
	return fmt.Sprintf("%d endorsed, %d dissented, %d abstained", t.Endorse, t.Dissent, t.Abstain)
}

// Tally counts the last votes.
func (s Statement) Tally() (t Tally) {
	for _, v := range s.Votes {
		switch {
		case !v.Last:
		case v.Document.Vote == Endorse:
			t.Endorse++
		case v.Document.Vote == Dissent:
			t.Dissent++
		case v.Document.Vote == Abstain:
			t.Abstain++
		}
	}
	return t
}

// Endorsed says for which partners the last vote endorses. Silence and
// abstention never do.
func (s Statement) Endorsed() func(access.PartnerID) bool {
	endorsed := make(map[access.PartnerID]bool)
	for _, v := range s.Votes {
		if v.Last && v.Document.Vote == Endorse {
			endorsed[v.By] = true
		}
	}
	return func(p access.PartnerID) bool { return endorsed[p] }
}
