package web

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// A vote in the browser is signed by a passkey over the ballot's message
// (docs/attribution.md): the form is posted to the path that begins, which makes
// the ballot and keeps it; the passkey's answer goes to the path that finishes,
// which takes nothing else. A passkey does not show what it signs, so that this
// trusts the page: see there.

// statementPage is a statement by itself, where it is voted on.
type statementPage struct {
	caseView
	One  statementView
	Mine []ballotView // how the reader's partner has voted: one or none
}

// votingView is how the reader can vote.
type votingView struct {
	Partner string // for which; "" for somebody who votes for nobody
	Here    bool   // in this browser
	Why     string // if not here, why not and what to do
}

// ballotView is a vote as it stands in the record.
type ballotView struct {
	voiceView
	Choice attribution.Choice
	Key    string
	Text   string // what is signed
}

const (
	maxBallot  = 64 << 10 // bytes of the form
	notCast    = "The passkey did not sign this vote, and nothing was cast. Begin again, or vote on the command line."
	byYourself = "Vote on the command line: tocsin case vote."
)

func (p *pages) statement(r reading) (content, error) {
	c, s, err := p.put(r.who, r.Request)
	if err != nil {
		return content{}, err
	}
	v := p.caseView(c)
	page := statementPage{caseView: *v, One: v.statementOf(s, true)}
	page.Agreement, page.About = agreementOn(c, &s), "this statement"
	page.One.Vote = p.voting(r, page.One.State)
	for _, vote := range s.Standing() {
		if vote.By != r.who.Partner {
			continue
		}
		text, err := vote.Document.Message()
		if err != nil {
			return content{}, err
		}
		page.Mine = append(page.Mine, ballotView{v.voice(vote, true), vote.Document.Vote, vote.Key, string(text)})
	}
	return content{"statement", "Statement, version " + number(s.Document.Version), "/cases", page}, nil
}

// put is the statement that a path names.
func (p *pages) put(who access.Principal, r *http.Request) (attribution.Case, attribution.Statement, error) {
	c, err := p.Views.Cases.Get(who, attribution.CaseID(r.PathValue("id")))
	if err != nil {
		return c, attribution.Statement{}, err
	}
	digest, err := attribution.ParseDigest(r.PathValue("digest"))
	if err != nil {
		return c, attribution.Statement{}, err
	}
	s := c.Statement(digest)
	if s == nil {
		return c, attribution.Statement{}, fmt.Errorf("%w: the case has no statement %s", access.ErrNotFound, digest)
	}
	return c, *s, nil
}

// voting says whether the reader can vote in this browser on a statement that is
// in such a state.
func (p *pages) voting(r reading, state string) votingView {
	if r.who.Partner == "" {
		return votingView{}
	}
	v := votingView{Partner: p.nameOf(string(r.who.Partner))}
	one, _, _ := p.SignIn.Reader(r.Request)
	door := p.door(r.Request)
	keys := 0
	for _, held := range p.Views.Voters.Keys(r.who.Partner) {
		if held.Until.IsZero() {
			keys++
		}
	}
	mine := slices.ContainsFunc(p.SignIn.SigningKeys(one.Person), func(k signingKey) bool { return p.Views.Voters.May(r.who.Partner, k.Key.String()) })
	switch {
	case state != statePublished && state != stateWaits:
		v.Why = "Another statement has taken the place of this one: vote on that."
	case !r.who.AtLeast(access.Analyst):
		v.Why = fmt.Sprintf("Whoever votes has the role analyst, or a higher one; yours is %s.", r.who.Role)
	case keys == 0:
		v.Why = v.Partner + " has no key to vote with: a coordinator of it registers one, on the account page or with tocsin key register."
	case one.Person == "":
		v.Why = "A program's token has no passkey: sign in as a person. " + byYourself
	case !mine:
		v.Why = fmt.Sprintf("None of your passkeys is among the %s that %s votes with. %s", plural(keys, "key"), v.Partner, byYourself)
	case !door.Passkeys:
		v.Why = "Passkeys belong to the hub's name: open " + door.Elsewhere + " to vote in a browser."
	case !p.SignIn.Fresh(one):
		v.Why = "To vote here, sign in again: it is more than a quarter of an hour ago."
	default:
		v.Here = true
	}
	return v
}

// beginVote makes the ballot of a form, and asks for the passkey's signature.
func (p *pages) beginVote(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBallot)
	one, who, _ := p.SignIn.Reader(r)
	ballot, err := p.ballot(who, r)
	if err != nil {
		p.unscripted(w, r, err, notCast)
		return
	}
	text, err := ballot.Message()
	if err != nil {
		p.unscripted(w, r, err, notCast)
		return
	}
	may := func(key string) bool { return p.Views.Voters.May(who.Partner, key) }
	c, err := p.SignIn.BeginSigning(r, one, may, text, ballot)
	p.challenged(w, r, c, err, notCast)
}

// ballot is what the form says, checked before anybody signs it.
func (p *pages) ballot(who access.Principal, r *http.Request) (attribution.Ballot, error) {
	if err := who.CheckPartner("vote", access.Analyst); err != nil {
		return attribution.Ballot{}, err
	}
	c, s, err := p.put(who, r)
	if err != nil {
		return attribution.Ballot{}, err
	}
	if err := r.ParseForm(); err != nil {
		return attribution.Ballot{}, fmt.Errorf("%w: the form cannot be read, or has more than %d bytes", access.ErrInvalid, maxBallot)
	}
	b := attribution.Ballot{
		Case: c.ID, Statement: s.Digest.String(), Partner: who.Partner, Vote: attribution.Choice(r.PostFormValue("vote")),
		Words:      strings.TrimSpace(strings.ReplaceAll(r.PostFormValue("words"), "\r\n", "\n")),
		Confidence: attribution.Confidence(r.PostFormValue("confidence")),
	}
	return b, b.Validate()
}

// finishVote puts the signed ballot on the record.
func (p *pages) finishVote(w http.ResponseWriter, r *http.Request) {
	id, body, err := p.answered(w, r)
	if err == nil {
		err = p.cast(r, id, body)
	}
	switch {
	case errors.Is(err, ledger.ErrUnavailable):
		p.Logger.Error("a vote cannot be recorded", "error", err)
		p.answer(w, http.StatusServiceUnavailable, map[string]string{"error": "The hub can record nothing just now: your vote is not cast. Tell its administrator, and try again."})
	case err != nil:
		p.unscripted(w, r, err, notCast)
	default:
		p.answer(w, http.StatusOK, map[string]string{"to": strings.TrimSuffix(r.URL.Path, "/vote/finish") + "?cast"})
	}
}

func (p *pages) cast(r *http.Request, id string, answer []byte) error {
	_, who, _ := p.SignIn.Reader(r)
	signed, err := p.SignIn.FinishSigning(r.Context(), r, id, answer)
	if err != nil {
		return err
	}
	b, ok := signed.About.(attribution.Ballot)
	if !ok || string(b.Case) != r.PathValue("id") || b.Statement != r.PathValue("digest") {
		return fmt.Errorf("%w: what was signed is no vote on this statement: begin again", access.ErrConflict)
	}
	vote := attribution.Vote{Case: b.Case, Party: p.nameOf(string(who.Partner)), Document: b, Key: signed.Key.String(), Signature: signed.Signature}
	draft, err := p.Views.Cases.Vote(who, vote, p.Views.Voters.May)
	if err != nil {
		return err
	}
	entries, err := p.Views.Append(r.Context(), draft)
	if err != nil {
		return err
	}
	if _, stands := p.Views.Cases.Leaf(entries[0].Seq); !stands {
		return fmt.Errorf("%w: something else came in between, and this vote is void: look at the case as it is now", access.ErrConflict)
	}
	return nil
}
