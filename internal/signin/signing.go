package signin

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"
	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/signature"
)

// signing is a message that waits for one of a person's passkeys to sign it.
// Whoever holds the message's signature can check it without the hub: the
// challenge is the message's SHA-256 (docs/dossier.md, "Vote document").
type signing struct {
	session [sha256.Size]byte // of the browser that has to answer
	person  string
	data    *webauthn.SessionData
	message []byte
	about   any
}

// Signed is a message with its signature.
type Signed struct {
	Key       signature.Public
	Signature signature.Signature
	About     any // what BeginSigning was given
}

// SigningKey is a passkey of a person's with the key that it signs with.
type SigningKey struct {
	Credential string // its id
	Key        signature.Public
}

// SigningKeys are the passkeys of a person whose signatures anybody can check;
// only those for ES256 are (signature.FromCOSE).
func (s *Service) SigningKeys(person string) []SigningKey {
	if s.rp == nil {
		return nil
	}
	var keys []SigningKey
	for _, c := range s.cfg.Access.Credentials(person) {
		var one passkey
		if c.Kind != access.Passkey || json.Unmarshal(c.Passkey, &one) != nil {
			continue
		}
		if key, err := s.signsWith(one); err == nil {
			keys = append(keys, SigningKey{c.ID, key})
		}
	}
	return keys
}

func (s *Service) signsWith(p passkey) (signature.Public, error) {
	return signature.FromCOSE(s.rp.Config.RPID, p.Key)
}

// SigningKey is the key of one of the passkeys of a fresh session's person.
func (s *Service) SigningKey(one Session, credential string) (signature.Public, error) {
	if err := s.fresh(one); err != nil {
		return signature.Public{}, err
	}
	for _, k := range s.SigningKeys(one.Person) {
		if k.Credential == credential {
			return k.Key, nil
		}
	}
	return signature.Public{}, fmt.Errorf("%w: it is no passkey of yours whose signatures others can check: make another, with an authenticator that has ES256", access.ErrNotFound)
}

// BeginSigning has the browser of a fresh session sign a message with one of its
// person's passkeys, one whose key may sign it. What the message is about comes
// back with the signature: whoever asks keeps nothing meanwhile.
func (s *Service) BeginSigning(r *http.Request, one Session, may func(key string) bool, message []byte, about any) (Challenge, error) {
	if s.rp == nil {
		return Challenge{}, errNoPasskeys
	}
	if err := s.fresh(one); err != nil {
		return Challenge{}, err
	}
	owner, ok := s.holder(one.Person)
	if !ok {
		return Challenge{}, errNoAccount
	}
	owner.passkeys = slices.DeleteFunc(owner.passkeys, func(p passkey) bool {
		key, err := s.signsWith(p)
		return err != nil || !may(key.String())
	})
	if len(owner.passkeys) == 0 {
		return Challenge{}, fmt.Errorf("%w: none of your passkeys may sign this", access.ErrForbidden)
	}
	options, data, err := beginSigning(s.rp, owner, sha256.Sum256(message))
	if err != nil {
		return Challenge{}, err
	}
	begun := signing{keyOf(s.Sessions.token(r)), owner.id, data, message, about}
	return Challenge{s.signings.begin(begun, owner.id, s.cfg.Clock()), options}, nil
}

// FinishSigning checks an authenticator's answer to BeginSigning, from the same
// session, as it is checked at the door and as outsiders will check it.
func (s *Service) FinishSigning(ctx context.Context, r *http.Request, id string, answer []byte) (Signed, error) {
	begun, ok := s.signings.take(id, s.cfg.Clock())
	if !ok || begun.session != keyOf(s.Sessions.token(r)) {
		return Signed{}, errLate
	}
	defer s.cfg.Access.Deciding()() // the count of uses is compared with the last that was kept
	owner, ok := s.holder(begun.person)
	if !ok {
		return Signed{}, errNoAccount
	}
	used, err := finishSigning(s.rp, owner, begun.data, answer)
	if err != nil {
		return Signed{}, err
	}
	signed := Signed{About: begun.about}
	if signed.Signature, err = signature.FromAssertion(answer); err == nil {
		if signed.Key, err = s.signsWith(used); err == nil {
			err = signed.Key.Verify(begun.message, signed.Signature)
		}
	}
	if err != nil {
		return Signed{}, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	_, drafts, err := s.remember(owner.id, used)
	if err == nil && len(drafts) > 0 {
		err = s.cfg.Append(ctx, drafts...)
	}
	return signed, err
}

// beginSigning asks the holder's passkeys, and no others, to sign a challenge.
func beginSigning(rp *webauthn.WebAuthn, h holder, challenge [sha256.Size]byte) (options jsontext.Value, session *webauthn.SessionData, err error) {
	assertion, session, err := rp.BeginLogin(h, webauthn.WithUserVerification(protocol.VerificationRequired),
		func(o *protocol.PublicKeyCredentialRequestOptions) error {
			o.Challenge = challenge[:]
			return nil
		})
	if err != nil {
		return nil, nil, fmt.Errorf("begin to sign with a passkey: %w", err)
	}
	options, err = json.Marshal(assertion, jsonv1.DefaultOptionsV1())
	return options, session, err
}

func finishSigning(rp *webauthn.WebAuthn, h holder, session *webauthn.SessionData, answer []byte) (passkey, error) {
	parsed, err := readAssertion(answer)
	if err != nil {
		return passkey{}, err
	}
	credential, err := rp.ValidateLogin(h, *session, parsed)
	return usedOf(credential, parsed, err)
}
