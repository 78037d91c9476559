package dossier

import (
	"fmt"
	"strings"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/signature"
)

// ballots is the votes of a case and what they carry, read off the records one
// by one, so that it can be said of records that break a rule elsewhere, too.
type ballots struct {
	opening   attribution.Opening
	proposed  map[string]bool                      // statements by digest
	endorsed  map[string]map[access.PartnerID]bool // by the last vote that counts
	cast      map[attribution.Choice]int           // votes, by choice
	published []string                             // digests
	unknown   int                                  // votes of partners of whom the reader knows no key
	stranger  func(access.PartnerID) bool          // whose votes count for nothing
	votes     error                                // the first thing wrong with a vote
	carried   error                                // the first thing wrong with a publication
}

// count reads one record. check says what is wrong with a vote, and of one that
// is wrong nothing is counted.
func (b *ballots) count(l recordLine, check func(attribution.Vote) error) error {
	r := l.opened.Record
	switch r.Kind {
	case attribution.KindOpened:
		if r.N != 1 {
			return nil // the fold says so
		}
		return l.body(&b.opening)
	case attribution.KindStatement:
		var m attribution.Motion
		if err := l.body(&m); err != nil {
			return err
		}
		digest, err := m.Document.Digest()
		if err != nil {
			return err
		}
		b.proposed[digest.String()] = true
		b.endorsed[digest.String()] = make(map[access.PartnerID]bool)
	case attribution.KindVote:
		var vote attribution.Vote
		if err := l.body(&vote); err != nil {
			return err
		}
		if err := b.vote(r, vote, check); err != nil && b.votes == nil {
			b.votes = fmt.Errorf("%s: line %d: vote of %s (%s): %w", fileRecords, r.N, vote.Party, r.By, err)
		}
	case attribution.KindPublished:
		var p attribution.Publication
		if err := l.body(&p); err != nil {
			return err
		}
		b.published = append(b.published, p.Statement)
		endorsed := b.endorsed[p.Statement]
		if !b.opening.Policy.Satisfied(func(p access.PartnerID) bool { return endorsed[p] }) && b.carried == nil {
			b.carried = fmt.Errorf("%s: line %d: it publishes statement %.64s, and the %s before it by keys that may sign do not satisfy the policy, %s",
				fileRecords, r.N, p.Statement, count(len(endorsed), "endorsement"), b.rule())
		}
	}
	return nil
}

// rule is the policy with the partners' names in place of their ids.
func (b *ballots) rule() string {
	pairs := make([]string, 0, 2*len(b.opening.Members))
	for id, name := range b.opening.Members {
		pairs = append(pairs, string(id), name)
	}
	return strings.NewReplacer(pairs...).Replace(b.opening.Policy.String())
}

func (b *ballots) vote(r attribution.Record, vote attribution.Vote, check func(attribution.Vote) error) error {
	d := vote.Document
	if !b.proposed[d.Statement] {
		return fmt.Errorf("it is on %.64s, which is no statement that was put to the vote before it", d.Statement)
	}
	if d.Partner != r.By {
		return fmt.Errorf("its document is of the partner %.100q", d.Partner)
	}
	if err := check(vote); err != nil {
		return err
	}
	if b.stranger(r.By) {
		b.unknown++
		return nil
	}
	b.cast[d.Vote]++
	delete(b.endorsed[d.Statement], r.By)
	if d.Vote == attribution.Endorse {
		b.endorsed[d.Statement][r.By] = true
	}
	return nil
}

// countVotes reads all votes once. It needs to know which keys may sign.
func (v *verifier) countVotes() (*ballots, error) {
	if v.ballots != nil {
		return v.ballots, nil
	}
	switch {
	case v.readRecords() != nil:
		return nil, notMade("records")
	case v.keyring == nil:
		return nil, notMade("keyacts")
	case v.places == nil:
		return nil, notMade("inclusion")
	}
	b := &ballots{
		stranger: v.strangers(),
		proposed: make(map[string]bool), endorsed: make(map[string]map[access.PartnerID]bool), cast: make(map[attribution.Choice]int),
	}
	indexes := v.recordIndexes()
	for i, l := range v.records {
		err := b.count(l, func(vote attribution.Vote) error {
			if v.theCase == nil { // else the fold has done it
				if err := verifyVote(vote); err != nil {
					return err
				}
			}
			if b.stranger(l.opened.Record.By) {
				return nil
			}
			return v.maySign(l.opened.Record.By, vote.Key, indexes[i])
		})
		if err != nil {
			return nil, err
		}
	}
	v.ballots = b
	return b, nil
}

// strangers says which partners are outside the policy and have no key that the
// reader trusts. Nobody can say whether their votes are theirs, and the hub
// cannot keep them out of the case: they neither count nor spoil the dossier.
func (v *verifier) strangers() func(access.PartnerID) bool {
	known := make(map[access.PartnerID]bool)
	for _, voter := range v.trusted.Voters {
		known[voter.Partner] = true
	}
	var opening attribution.Opening
	if len(v.records) > 0 && v.records[0].body(&opening) == nil {
		for _, p := range opening.Policy.Partners() {
			known[p] = true
		}
	}
	return func(p access.PartnerID) bool { return !known[p] }
}

func verifyVote(vote attribution.Vote) error {
	message, err := vote.Document.Message()
	if err != nil {
		return err
	}
	key, err := signature.ParsePublic(vote.Key)
	if err != nil {
		return err
	}
	return key.Verify(message, vote.Signature)
}

// checkVotes holds each vote against its signature, its statement and the keys
// that may sign for its partner.
func (v *verifier) checkVotes() (string, error) {
	b, err := v.countVotes()
	if err != nil {
		return "", err
	}
	if b.votes != nil {
		return "", b.votes
	}
	detail := fmt.Sprintf("%s to endorse, %d to dissent, %d to abstain, each signed by a key that may over its own words",
		count(b.cast[attribution.Endorse], "vote"), b.cast[attribution.Dissent], b.cast[attribution.Abstain])
	switch b.unknown {
	case 0:
	case 1:
		detail += "; 1 vote of a partner whose key you do not know, which counts for nothing"
	default:
		detail += fmt.Sprintf("; %s of partners whose keys you do not know, which count for nothing", count(b.unknown, "vote"))
	}
	return detail, nil
}

// checkPolicy says whether those who had to agree did before each publication.
func (v *verifier) checkPolicy() (string, error) {
	b, err := v.countVotes()
	if err != nil {
		return "", err
	}
	if b.carried != nil {
		return "", b.carried
	}
	return fmt.Sprintf("%s, carried by the votes before it: %s", count(len(b.published), "publication"), b.rule()), nil
}
