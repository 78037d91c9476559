package dossiertest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"testing"

	"github.com/google/uuid"
)

// Case is a case on its way to a dossier.
type Case struct {
	*Chain
	World    *World
	Partners []*Partner
	Acts     [][]byte // entries of the log about voters' keys
	ActsAt   []int64
	LoggedAt []int64 // of the records

	Statement string // digest of the last one put to the vote
	statement Body   // its document
	retired   Key    // the fifth partner's key before it was rotated
}

// Policy of every case here, of partners 1 to 7: two thirds of three reviewers,
// and two of four victims.
const policy = "all of [reviewers: 2/3 of [%s, %s, %s], victims: 2 of [%s, %s, %s, %s]]"

// NewCase opens a case with seven partners, of which the second votes with a
// passkey, on a log of its own.
func NewCase(tb testing.TB) *Case {
	tb.Helper()
	return OpenCase(tb, NewWorld(tb), "")
}

// OpenCase is NewCase on a given log; simulated says what is, if anything.
func OpenCase(tb testing.TB, w *World, simulated string) *Case {
	tb.Helper()
	id := "case--" + uuid.NewSHA1(uuid.NameSpaceURL, []byte(tb.Name())).String()
	c := &Case{Chain: NewChain(tb, id), World: w}
	members, ids := Body{}, make([]any, 0, 7)
	for i := range 7 {
		p := NewPartner(tb, fmt.Sprintf("Partner %c", 'A'+i))
		if i == 1 {
			p.Key = NewPasskey(tb)
		}
		c.Partners = append(c.Partners, p)
		members[string(p.ID)] = p.Name
		ids = append(ids, p.ID)
		c.Act("register", p, p.Key.Text(), nil)
	}
	opening := Body{
		"id": id, "question": "Who wrote the worm of May 2017?", "policy": fmt.Sprintf(policy, ids...), "members": members,
		"hypotheses": []any{Body{"id": "lazarus", "title": "The Lazarus cluster"}, Body{"id": "criminals", "title": "Criminals for money"}},
	}
	if simulated != "" {
		opening["simulated"] = simulated
	}
	c.Add("case.opened", c.Partners[0], opening)
	c.Flush()
	return c
}

// Act logs an act about a partner's key. old signs: for a rotation it is the
// key that gives way, for a revocation the key itself.
func (c *Case) Act(act string, p *Partner, key string, old Key) {
	c.tb.Helper()
	previous := ""
	if act == "rotate" {
		previous = old.Text()
	}
	c.ActSigned(act, p, key, previous, old)
}

// ActSigned is Act with a signature by whom one likes; nil for none.
func (c *Case) ActSigned(act string, p *Partner, key, previous string, by Key) {
	c.tb.Helper()
	said := Body{"act": act, "key": key, "partner": string(p.ID), "previous": previous}
	signed := ""
	if by != nil {
		signed = by.Sign(append([]byte("tocsin-key/v1\n"), Canonical(c.tb, said)...)).Text()
	}
	said["at"], said["by"], said["signature"] = Began.Format("2006-01-02T15:04:05.000000Z"), string(p.ID), signed
	entry := append(append([]byte("tocsin-key/v1\n"), Canonical(c.tb, said)...), '\n')
	c.Acts = append(c.Acts, entry)
	c.ActsAt = append(c.ActsAt, c.World.Append(entry)...)
}

// Flush logs the records that are not on the log yet.
func (c *Case) Flush() {
	c.tb.Helper()
	c.LoggedAt = append(c.LoggedAt, c.World.Append(c.Leaves(len(c.LoggedAt)+1)...)...)
}

// Evidence files an item and returns its id.
func (c *Case) Evidence(name string, by *Partner, members Body) string {
	c.tb.Helper()
	id := "evidence--" + uuid.NewSHA1(uuid.NameSpaceURL, []byte(c.Case+name)).String()
	body := Body{
		"id": id, "title": name, "kind": "technical", "reliability": "B", "credibility": 2, "relevance": "H", "forgeability": "M",
		"digest": Named([]byte(name)),
	}
	for member, value := range members {
		if body[member] = value; value == nil {
			delete(body, member)
		}
	}
	c.Add("case.evidence", by, body)
	return id
}

// Rate rates an item.
func (c *Case) Rate(by *Partner, evidence, hypothesis, value string, likelihood float64) {
	c.tb.Helper()
	body := Body{"evidence": evidence, "hypothesis": hypothesis, "value": value, "reason": "As the report says."}
	if likelihood > 0 {
		body["likelihood"] = likelihood
	}
	c.Add("case.rating", by, body)
}

// Propose puts a statement on everything so far to the vote; members replace
// those of a finding of "lazarus".
func (c *Case) Propose(by *Partner, cites []string, members Body) {
	c.tb.Helper()
	n := len(c.Records)
	var opening Body
	unmarshal(c.tb, c.Records[0].Record.Body, &opening)
	document := Body{
		"act": "finding", "case": c.Case, "question": opening["question"], "policy": opening["policy"], "version": 1, "previous": "",
		"basis": Body{"n": n, "commitment": c.Commitment(n)}, "finding": "lazarus",
		"text":       "We find that the Lazarus cluster wrote the worm.",
		"likelihood": "very-likely", "confidence": "moderate", "cites": cites,
		"gaps": []string{"How the first hosts were reached."}, "would_change": []string{"The same code in the hands of others before 2017."},
	}
	for name, value := range members {
		document[name] = value
	}
	c.statement = document
	c.Statement = Tagged("tocsin-statement/v1\n", Canonical(c.tb, document))
	c.Add("case.statement", by, Body{"document": document})
}

// Vote casts a vote on the last statement.
func (c *Case) Vote(by *Partner, vote, words string) {
	c.tb.Helper()
	c.VoteWith(by, by.Key, vote, words)
}

// VoteWith is Vote with a key that need not be the partner's.
func (c *Case) VoteWith(by *Partner, key Key, vote, words string) {
	c.tb.Helper()
	document := Body{"case": c.Case, "statement": c.Statement, "partner": string(by.ID), "vote": vote, "words": words, "confidence": "moderate"}
	message := append([]byte("tocsin-vote/v1\n"), Canonical(c.tb, document)...)
	c.Add("case.vote", by, Body{"document": document, "key": key.Text(), "signature": key.Sign(message)})
}

// Publish publishes the last statement.
func (c *Case) Publish(by *Partner) {
	c.tb.Helper()
	c.Add("case.published", by, Body{"statement": c.Statement})
}

// Reply records a reply: with a key signed, without with a source.
func (c *Case) Reply(by *Partner, relation, text string, key Key) {
	c.tb.Helper()
	document := Body{"case": c.Case, "statement": c.Statement, "from": "Ministry of a state", "relation": relation, "text": text}
	body := Body{"document": document, "source": "https://ministry.example/statement"}
	if key != nil {
		signed := key.Sign(append([]byte("tocsin-reply/v1\n"), Canonical(c.tb, document)...))
		body = Body{"document": document, "key": key.Text(), "signature": signed.Text()}
	}
	c.Add("case.reply", by, body)
}

// Tagged is hex of SHA-256 of a tag and parts.
func Tagged(tag string, parts ...[]byte) string {
	h := sha256.New()
	h.Write([]byte(tag))
	for _, p := range parts {
		h.Write(p)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Named is "sha256:" and the hexadecimal digest of content.
func Named(content []byte) string {
	sum := sha256.Sum256(content)
	return "sha256:" + hex.EncodeToString(sum[:])
}
