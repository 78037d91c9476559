// Package voters knows with which keys partners vote: what is registered,
// rotated and revoked, entry by entry on the ledger, and line by line in a
// dossier's keyacts.jsonl (docs/dossier.md). The keys are public, and so is what
// is said of them; their secret halves never come here.
package voters

import (
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/canonical"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/signature"
	"github.com/tocsin-project/tocsin/stix"
)

// KindActed is of the entries that say something of a key; their body is a Claim.
const KindActed ledger.Kind = "key.acted"

// Verb is what is done to a key.
type Verb string

// The verbs.
const (
	Register Verb = "register"
	Rotate   Verb = "rotate"
	Revoke   Verb = "revoke"
)

// Claim is what is said of a key, before the hub says by whom and when.
type Claim struct {
	Verb      Verb             `json:"act"`
	Key       string           `json:"key"`
	Partner   access.PartnerID `json:"partner"`   // whose key it is
	Previous  string           `json:"previous"`  // of a rotation: the key whose place it takes
	Signature string           `json:"signature"` // over Message, see signature.Signature.Text; "" if there is none
}

// Act is a claim that the hub took: a line of keyacts.jsonl.
type Act struct {
	Claim
	At Time   `json:"at"`
	By string `json:"by"` // the partner, or access.Hub
}

// Time is when the hub took an act, as keyacts.jsonl writes it: UTC, six decimals.
// (It does not embed a time.Time, whose MarshalJSON would be taken in its place.)
type Time time.Time

const timeLayout = "2006-01-02T15:04:05.000000Z"

// MarshalText writes the one form.
func (t Time) MarshalText() ([]byte, error) {
	return []byte(time.Time(t).UTC().Format(timeLayout)), nil
}

// UnmarshalText reads it; that it is in the one form is for ParseAct to see.
func (t *Time) UnmarshalText(text []byte) error {
	at, err := time.Parse(timeLayout, string(text))
	if err == nil && at.Year() < 1 {
		err = fmt.Errorf("time %q is before the year 1", text)
	}
	*t = Time(at)
	return err
}

// tag is what a key act on the log begins with, and what is signed of one.
const tag = "tocsin-key/v1\n"

// maxLine is how long an act can be, in bytes: two keys and a passkey's
// signature are below 8 KiB. An entry of the log has to be below 64 KiB.
const maxLine = 16 << 10

// Message is what the previous key signs to rotate, and a key to revoke itself.
// It holds neither time nor actor, which whoever signs cannot know.
func (c Claim) Message() []byte {
	return append([]byte(tag), written(struct {
		Verb     Verb             `json:"act"`
		Key      string           `json:"key"`
		Partner  access.PartnerID `json:"partner"`
		Previous string           `json:"previous"`
	}{c.Verb, c.Key, c.Partner, c.Previous})...)
}

// Line is the act's canonical JSON, without a line break.
func (a Act) Line() []byte { return written(a) }

// Leaf is the act as an entry of the public log.
func (a Act) Leaf() []byte { return append(append([]byte(tag), a.Line()...), '\n') }

// written is what has been validated: its texts are ASCII and its times
// within four-digit years, so that it can be written.
func written(document any) []byte {
	text, err := canonical.JSON(document)
	if err != nil {
		panic(fmt.Sprintf("voters: write %T: %v", document, err))
	}
	return text
}

// ParseAct reads a line of keyacts.jsonl, without its line break: what Line
// writes and nothing else. Whether it is signed, Verify says.
func ParseAct(line []byte) (Act, error) {
	if len(line) > maxLine {
		return Act{}, fmt.Errorf("read key act: it has %d bytes, at most %d are taken", len(line), maxLine)
	}
	var a Act
	if err := json.Unmarshal(line, &a, json.RejectUnknownMembers(true)); err != nil {
		return Act{}, fmt.Errorf("read key act: %w", err)
	}
	if err := a.validate(); err != nil {
		return Act{}, fmt.Errorf("read key act: %w", err)
	}
	if string(a.Line()) != string(line) {
		return Act{}, errors.New("read key act: it is not canonical JSON with every member")
	}
	return a, nil
}

func (a Act) validate() error {
	if a.By != access.Hub && a.By != string(a.Partner) {
		return fmt.Errorf("%w: by %.100q is neither the partner nor %q", access.ErrInvalid, a.By, access.Hub)
	}
	return a.Claim.validate()
}

// validate says what is wrong with the form.
func (c Claim) validate() error {
	if stix.TypeOfID(string(c.Partner)) != "identity" {
		return fmt.Errorf("%w: partner %.100q is not \"identity--\" and a UUID", access.ErrInvalid, c.Partner)
	}
	if _, err := signature.ParsePublic(c.Key); err != nil {
		return fmt.Errorf("%w: key: %w", access.ErrInvalid, err)
	}
	switch c.Verb {
	case Register:
		if c.Signature != "" {
			return fmt.Errorf("%w: to register a key nothing is signed", access.ErrInvalid)
		}
	case Rotate:
		if _, err := signature.ParsePublic(c.Previous); err != nil {
			return fmt.Errorf("%w: previous: %w", access.ErrInvalid, err)
		}
		if c.Previous == c.Key {
			return fmt.Errorf("%w: a key cannot take its own place", access.ErrInvalid)
		}
	case Revoke:
	default:
		return fmt.Errorf("%w: act %.20q is not register, rotate or revoke", access.ErrInvalid, c.Verb)
	}
	if c.Verb != Rotate && c.Previous != "" {
		return fmt.Errorf("%w: only a rotation has a previous key", access.ErrInvalid)
	}
	if c.Signature == "" {
		return nil
	}
	if _, err := signature.ParseSignature(c.Signature); err != nil {
		return fmt.Errorf("%w: %w", access.ErrInvalid, err)
	}
	return nil
}

// Verify says whether the act is signed as it has to be: a rotation by the
// previous key, a revocation by the key itself or, by the hub's administration,
// by nobody.
func (a Act) Verify() error {
	signer := a.Key
	switch {
	case a.Verb == Register, a.Verb == Revoke && a.By == access.Hub && a.Signature == "":
		return nil
	case a.Verb == Rotate:
		signer = a.Previous
	}
	if a.Signature == "" {
		return fmt.Errorf("%w: to %s a key takes a signature by %s", access.ErrInvalid, a.Verb, signer)
	}
	public, err := signature.ParsePublic(signer)
	if err != nil {
		return fmt.Errorf("%w: %w", access.ErrInvalid, err)
	}
	s, err := signature.ParseSignature(a.Signature)
	if err != nil {
		return fmt.Errorf("%w: %w", access.ErrInvalid, err)
	}
	if err := public.Verify(a.Message(), s); err != nil {
		return fmt.Errorf("%w: to %s a key takes a signature by %s: %w", access.ErrInvalid, a.Verb, signer, err)
	}
	return nil
}
