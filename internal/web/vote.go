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

// votingView is how the reader can vote.
type votingView struct {
	Partner string // for which; "" for somebody who votes for nobody
	Here    bool   // in this browser
	Why     string // if not here, why not and what to do
}

const maxBallot = 64 << 10 // bytes of the form

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
	says := map[string]any{"Partner": v.Partner, "Role": r.who.Role, "Keys": keys, "Elsewhere": door.Elsewhere}
	switch {
	case state != statePublished && state != stateWaits:
		v.Why = english.say("case.vote.overtaken", nil)
	case !r.who.AtLeast(access.Analyst):
		v.Why = english.say("case.vote.role", says)
	case keys == 0:
		v.Why = english.say("case.vote.no-key", says)
	case one.Person == "":
		v.Why = english.say("case.vote.token", nil)
	case !mine:
		v.Why = english.say("case.vote.not-mine", says)
	case !door.Passkeys:
		v.Why = english.say("case.vote.elsewhere", says)
	case !p.SignIn.Fresh(one):
		v.Why = english.say("case.vote.old", nil)
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
		p.unscripted(w, r, err, english.say("case.vote.not-cast", nil))
		return
	}
	text, err := ballot.Message()
	if err != nil {
		p.unscripted(w, r, err, english.say("case.vote.not-cast", nil))
		return
	}
	may := func(key string) bool { return p.Views.Voters.May(who.Partner, key) }
	c, err := p.SignIn.BeginSigning(r, one, may, text, ballot)
	p.challenged(w, r, c, err, english.say("case.vote.not-cast", nil))
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
		p.answer(w, http.StatusServiceUnavailable, map[string]string{"error": english.say("case.vote.unavailable", nil)})
	case err != nil:
		p.unscripted(w, r, err, english.say("case.vote.not-cast", nil))
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
	_, err = p.Views.InCase(r.Context(), who, b.Case, draft)
	return err
}
