package signin

import (
	"bytes"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"
	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

// passkey is what is kept of one: the public half, and what tells a copy from
// the authenticator itself.
type passkey struct {
	ID         []byte   `json:"id"`
	Key        []byte   `json:"key"`   // COSE
	Flags      byte     `json:"flags"` // of the authenticator data at the last use
	SignCount  uint32   `json:"sign_count"`
	AAGUID     []byte   `json:"aaguid"` // the model of the authenticator, as far as it tells
	Transports []string `json:"transports,omitempty"`
}

const (
	maxPasskeys  = 20
	maxCeremony  = 64 << 10 // bytes of an authenticator's answer
	maxPasskeyID = 1023     // bytes: WebAuthn Level 3, section 4, credential id
	// lasting are the flags that say something of the credential and not of one
	// answer: present, verified, backup eligible, backed up (section 6.1).
	lasting = 0x1d
)

// holder is a person as the WebAuthn library sees one.
type holder struct {
	id       string
	name     string // in the authenticator's list: the e-mail address
	shown    string
	passkeys []passkey
}

func (h holder) WebAuthnID() []byte          { return []byte(h.id) }
func (h holder) WebAuthnName() string        { return h.name }
func (h holder) WebAuthnDisplayName() string { return h.shown }

func (h holder) WebAuthnCredentials() []webauthn.Credential {
	list := make([]webauthn.Credential, 0, len(h.passkeys))
	for _, one := range h.passkeys {
		c := webauthn.Credential{
			ID: one.ID, PublicKey: one.Key, Flags: webauthn.NewCredentialFlags(protocol.AuthenticatorFlags(one.Flags)),
			Authenticator: webauthn.Authenticator{AAGUID: one.AAGUID, SignCount: one.SignCount},
		}
		for _, t := range one.Transports {
			c.Transport = append(c.Transport, protocol.AuthenticatorTransport(t))
		}
		list = append(list, c)
	}
	return list
}

// keptOf is what is to be remembered of a credential.
func keptOf(c *webauthn.Credential) passkey {
	p := passkey{ID: c.ID, Key: c.PublicKey, Flags: byte(c.Flags.ProtocolValue()) & lasting, SignCount: c.Authenticator.SignCount, AAGUID: c.Authenticator.AAGUID}
	for _, t := range c.Transport {
		if len(p.Transports) < 8 && len(t) <= 16 {
			p.Transports = append(p.Transports, string(t))
		}
	}
	return p
}

// newWebAuthn is the hub as a relying party: it wants discoverable credentials
// and that the authenticator has made sure of its user, and does not care which
// make it is.
func newWebAuthn(origin, host string) (*webauthn.WebAuthn, error) {
	rp, err := webauthn.New(&webauthn.Config{
		RPID: host, RPDisplayName: "Tocsin", RPOrigins: []string{origin},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: protocol.ResidentKeyRequired(),
			UserVerification: protocol.VerificationRequired,
		},
	})
	if err != nil {
		return nil, fmt.Errorf("passkeys of %s: %w", origin, err)
	}
	return rp, nil
}

// beginPasskey has a browser make a passkey for the holder. The options are
// for navigator.credentials.create, as JSON.
func beginPasskey(rp *webauthn.WebAuthn, h holder) (options jsontext.Value, session *webauthn.SessionData, err error) {
	creation, session, err := rp.BeginRegistration(h, webauthn.WithExclusions(webauthn.Credentials(h.WebAuthnCredentials()).CredentialDescriptors()))
	if err != nil {
		return nil, nil, fmt.Errorf("begin a passkey: %w", err)
	}
	options, err = json.Marshal(creation, jsonv1.DefaultOptionsV1()) // the options are written for encoding/json
	return options, session, err
}

// finishPasskey checks what the authenticator made.
func finishPasskey(rp *webauthn.WebAuthn, h holder, session *webauthn.SessionData, answer []byte) (passkey, error) {
	if len(answer) > maxCeremony {
		return passkey{}, fmt.Errorf("%w: the passkey's answer has %d bytes, at most %d are taken", ErrRefused, len(answer), maxCeremony)
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return passkey{}, fmt.Errorf("%w: read the passkey's answer: %w", ErrRefused, explained(err))
	}
	credential, err := rp.CreateCredential(h, *session, parsed)
	if err != nil {
		return passkey{}, fmt.Errorf("%w: check the passkey: %w", ErrRefused, explained(err))
	}
	if len(credential.ID) > maxPasskeyID {
		return passkey{}, fmt.Errorf("%w: the passkey's id has %d bytes, at most %d are taken", ErrRefused, len(credential.ID), maxPasskeyID)
	}
	return keptOf(credential), nil
}

// beginAssertion asks for any passkey of this hub's: nobody says first who it is.
func beginAssertion(rp *webauthn.WebAuthn) (options jsontext.Value, session *webauthn.SessionData, err error) {
	assertion, session, err := rp.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return nil, nil, fmt.Errorf("begin to sign in with a passkey: %w", err)
	}
	options, err = json.Marshal(assertion, jsonv1.DefaultOptionsV1())
	return options, session, err
}

// finishAssertion checks an authenticator's answer. find gives whose handle it
// is. The passkey comes back as it is to be remembered from now on; used says
// that this differs from what was.
func finishAssertion(rp *webauthn.WebAuthn, find func(id string) (holder, bool), session *webauthn.SessionData, answer []byte) (h holder, used passkey, err error) {
	parsed, err := readAssertion(answer)
	if err != nil {
		return h, used, err
	}
	var known bool
	credential, err := rp.ValidateDiscoverableLogin(func(_, handle []byte) (webauthn.User, error) {
		if h, known = find(string(handle)); !known {
			return nil, fmt.Errorf("nobody here has this passkey")
		}
		return h, nil
	}, *session, parsed)
	used, err = usedOf(credential, parsed, err)
	return h, used, err
}

func readAssertion(answer []byte) (*protocol.ParsedCredentialAssertionData, error) {
	if len(answer) > maxCeremony {
		return nil, fmt.Errorf("%w: the passkey's answer has %d bytes, at most %d are taken", ErrRefused, len(answer), maxCeremony)
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return nil, fmt.Errorf("%w: read the passkey's answer: %w", ErrRefused, explained(err))
	}
	return parsed, nil
}

// usedOf is a passkey as it is to be remembered after an answer that the library
// has checked, with err.
func usedOf(credential *webauthn.Credential, parsed *protocol.ParsedCredentialAssertionData, err error) (passkey, error) {
	if err != nil {
		return passkey{}, fmt.Errorf("%w: check the passkey: %w", ErrRefused, explained(err))
	}
	// WebAuthn Level 3, section 6.1.1: a count that does not rise means that
	// the private key is in two places.
	if credential.Authenticator.CloneWarning {
		return passkey{}, fmt.Errorf("%w: the passkey's count of uses went from %d to %d: it may have been copied",
			ErrRefused, credential.Authenticator.SignCount, parsed.Response.AuthenticatorData.Counter)
	}
	return keptOf(credential), nil
}

// explained adds what the library keeps for developers.
func explained(err error) error {
	if p, ok := err.(*protocol.Error); ok && p.DevInfo != "" { //nolint:errorlint // the library returns it as it is
		return fmt.Errorf("%w (%s)", err, p.DevInfo)
	}
	return err
}

func (p passkey) equal(o passkey) bool {
	return bytes.Equal(p.ID, o.ID) && p.SignCount == o.SignCount && p.Flags == o.Flags
}
