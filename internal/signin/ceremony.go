package signin

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// ceremony is a challenge that waits for an authenticator's answer.
type ceremony struct {
	purpose purpose
	data    *webauthn.SessionData
	owner   holder   // who makes a passkey
	label   string   // what the owner calls it
	new     newcomer // who enrols or claims with it
}

type purpose int

const (
	toSignIn purpose = iota
	toEnrol
	toAdd
)

// Challenge is what a browser needs to use or make a passkey.
type Challenge struct {
	ID      string         // for the cookie that brings the answer back to the challenge
	Options jsontext.Value // of navigator.credentials
}

var errNoPasskeys = fmt.Errorf("%w: browsers make no passkeys for this address of the hub: use a name and TLS, or localhost", access.ErrInvalid)

var errLate = fmt.Errorf("%w: the challenge was answered already, or took longer than ten minutes: begin again", access.ErrConflict)

// BeginPasskey asks for any passkey of this hub's.
func (s *Service) BeginPasskey(from netip.Prefix) (Challenge, error) {
	if s.rp == nil {
		return Challenge{}, errNoPasskeys
	}
	options, data, err := beginAssertion(s.rp)
	if err != nil {
		return Challenge{}, err
	}
	return Challenge{s.keys.begin(ceremony{purpose: toSignIn, data: data}, from, s.cfg.Clock()), options}, nil
}

// FinishPasskey signs in with an authenticator's answer to a challenge.
func (s *Service) FinishPasskey(ctx context.Context, id string, answer []byte, from netip.Prefix) (Session, error) {
	t, err := s.enter(string(access.Passkey), "", from)
	if err != nil {
		return Session{}, err
	}
	begun, ok := s.keys.take(id, s.cfg.Clock())
	if !ok || begun.purpose != toSignIn {
		t.withdrawn()
		return Session{}, errLate
	}
	defer s.cfg.Access.Deciding()() // the count of uses is compared with the last that was kept
	owner, used, err := finishAssertion(s.rp, s.holder, begun.data, answer)
	t.person = owner.id
	if err != nil {
		return Session{}, t.refused(ctx, err.Error())
	}
	person, _ := s.cfg.Access.Person(owner.id)
	credential, drafts, err := s.remember(owner.id, used)
	if err != nil {
		t.withdrawn()
		return Session{}, err
	}
	return t.found(ctx, person, credential.ID, drafts...)
}

// remember is the credential of a passkey that was used, and the drafts that keep
// what its use has changed. The caller holds access.Directory.Deciding.
func (s *Service) remember(person string, used passkey) (access.Credential, []ledger.Draft, error) {
	credential, was := s.passkeyOf(person, used.ID)
	if used.equal(was) {
		return credential, nil, nil
	}
	var err error
	var draft ledger.Draft
	if credential.Passkey, err = json.Marshal(used); err == nil {
		_, draft, err = s.cfg.Access.SetCredential(credential)
	}
	if err != nil {
		return credential, nil, err
	}
	return credential, []ledger.Draft{draft}, nil
}

// BeginEnrol has an invited person's browser make a passkey.
func (s *Service) BeginEnrol(ctx context.Context, secret, label string, from netip.Prefix) (Challenge, error) {
	t, n, err := s.invited(ctx, secret, from)
	if err != nil {
		return Challenge{}, err
	}
	t.withdrawn()
	return s.beginMaking(ceremony{purpose: toEnrol, label: label, new: n, owner: s.holderOf(n.person)}, from)
}

// BeginClaim has the browser of who claims the administration make a passkey.
func (s *Service) BeginClaim(ctx context.Context, secret, name, email, label string, from netip.Prefix) (Challenge, error) {
	t, n, err := s.claiming(ctx, secret, name, email, from)
	if err != nil {
		return Challenge{}, err
	}
	t.withdrawn()
	return s.beginMaking(ceremony{purpose: toEnrol, label: label, new: n, owner: s.holderOf(n.person)}, from)
}

// FinishEnrol gives a newcomer the passkey that BeginEnrol or BeginClaim asked
// for, and signs in.
func (s *Service) FinishEnrol(ctx context.Context, id string, answer []byte, from netip.Prefix) (Session, error) {
	t, err := s.enter(Enrolment, "", from)
	if err != nil {
		return Session{}, err
	}
	begun, ok := s.keys.take(id, s.cfg.Clock())
	if !ok || begun.purpose != toEnrol {
		t.withdrawn()
		return Session{}, errLate
	}
	t.person = begun.owner.id
	c, err := s.finishMaking(begun, answer)
	if err != nil {
		return Session{}, t.refused(ctx, err.Error())
	}
	return s.comeIn(ctx, t, begun.new, c)
}

func (s *Service) beginMaking(c ceremony, from netip.Prefix) (Challenge, error) {
	if s.rp == nil {
		return Challenge{}, errNoPasskeys
	}
	if c.label == "" {
		c.label = "Passkey"
	}
	if err := access.CheckText("the passkey's name", c.label, maxLabel); err != nil {
		return Challenge{}, err
	}
	if len(c.owner.passkeys) >= maxPasskeys {
		return Challenge{}, fmt.Errorf("%w: there are %d passkeys, which is the most: remove one first", access.ErrConflict, maxPasskeys)
	}
	options, data, err := beginPasskey(s.rp, c.owner)
	if err != nil {
		return Challenge{}, err
	}
	c.data = data
	return Challenge{s.keys.begin(c, from, s.cfg.Clock()), options}, nil
}

const maxLabel = 64 // characters of a passkey's name

func (s *Service) finishMaking(begun ceremony, answer []byte) (access.Credential, error) {
	made, err := finishPasskey(s.rp, begun.owner, begun.data, answer)
	if err != nil {
		return access.Credential{}, err
	}
	text, err := json.Marshal(made)
	return access.Credential{Kind: access.Passkey, Label: begun.label, Passkey: text}, err
}

// holder finds the person that a passkey says it belongs to.
func (s *Service) holder(id string) (holder, bool) {
	p, ok := s.cfg.Access.Person(id)
	if !ok {
		return holder{}, false
	}
	return s.holderOf(p), true
}

func (s *Service) holderOf(p access.Person) holder {
	h := holder{id: p.ID, name: p.Email, shown: p.Name}
	for _, c := range s.cfg.Access.Credentials(p.ID) {
		var one passkey
		if c.Kind == access.Passkey && json.Unmarshal(c.Passkey, &one) == nil {
			h.passkeys = append(h.passkeys, one)
		}
	}
	return h
}

// passkeyOf finds the credential that holds a passkey.
func (s *Service) passkeyOf(person string, id []byte) (access.Credential, passkey) {
	for _, c := range s.cfg.Access.Credentials(person) {
		var one passkey
		if c.Kind == access.Passkey && json.Unmarshal(c.Passkey, &one) == nil && string(one.ID) == string(id) {
			return c, one
		}
	}
	return access.Credential{}, passkey{}
}
