package attribution

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/canonical"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Salt hides what a commitment is to until it is opened: unsalted digests of
// guessable text can be found by trying.
type Salt [32]byte

// Digest is a SHA-256; its text is hexadecimal.
type Digest [sha256.Size]byte

// String is the digest in hexadecimal.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// Named is the digest as members of records write one: "sha256:" and hexadecimal.
func (d Digest) Named() string { return digestPrefix + d.String() }

// ParseDigest reads 64 lower-case hexadecimal digits.
func ParseDigest(text string) (d Digest, err error) { return d, d.UnmarshalText([]byte(text)) }

// ParseNamed reads what Named writes.
func ParseNamed(text string) (Digest, error) {
	digits, ok := strings.CutPrefix(text, digestPrefix)
	if !ok {
		return Digest{}, fmt.Errorf("%w: %.100q is not \"sha256:\" and 64 hexadecimal digits", access.ErrInvalid, text)
	}
	return ParseDigest(digits)
}

// MarshalText writes the digest in hexadecimal.
func (d Digest) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads 64 lower-case hexadecimal digits.
func (d *Digest) UnmarshalText(text []byte) error { return readHex(d[:], text) }

// MarshalText writes the salt in hexadecimal.
func (s Salt) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(s[:])), nil }

// UnmarshalText reads 64 lower-case hexadecimal digits.
func (s *Salt) UnmarshalText(text []byte) error { return readHex(s[:], text) }

func readHex(to, text []byte) error {
	if len(text) != hex.EncodedLen(len(to)) || strings.Trim(string(text), "0123456789abcdef") != "" {
		return fmt.Errorf("%w: %.100q is not %d lower-case hexadecimal digits", access.ErrInvalid, text, hex.EncodedLen(len(to)))
	}
	_, err := hex.Decode(to, text)
	return err
}

// Record is one act in a case as outsiders are shown it: what a dossier's
// records.jsonl holds (docs/dossier.md).
type Record struct {
	At   Time             `json:"at"`
	Body jsontext.Value   `json:"body"`
	By   access.PartnerID `json:"by"`
	Case CaseID           `json:"case"`
	Kind ledger.Kind      `json:"kind"`
	N    int              `json:"n"`    // 1 for the opening, then without a gap
	Prev string           `json:"prev"` // commitment to the record before, hexadecimal
}

const (
	digestPrefix = "sha256:"
	recordTag    = "tocsin-record/v1\n"
)

// NoRecord is what the first record's Prev says.
const NoRecord = "0000000000000000000000000000000000000000000000000000000000000000"

// Time is a time as records write it: UTC, six decimals.
type Time struct{ time.Time }

const timeLayout = "2006-01-02T15:04:05.000000Z"

// MarshalText writes the time in the one form that there is.
func (t Time) MarshalText() ([]byte, error) { return []byte(t.UTC().Format(timeLayout)), nil }

// UnmarshalText reads that form and nothing else.
func (t *Time) UnmarshalText(text []byte) error {
	read, err := time.Parse(timeLayout, string(text))
	if err != nil || read.Year() < 1 || read.Format(timeLayout) != string(text) {
		return fmt.Errorf("%w: time %q is not written as %s", access.ErrInvalid, text, timeLayout)
	}
	t.Time = read.UTC()
	return nil
}

// MarshalJSON keeps time.Time's, which leaves out noughts, from being promoted.
func (t Time) MarshalJSON() ([]byte, error) {
	text, err := t.MarshalText()
	return slices.Concat([]byte{'"'}, text, []byte{'"'}), err
}

// UnmarshalJSON is as strict as UnmarshalText.
func (t *Time) UnmarshalJSON(text []byte) error {
	var value string
	if err := json.Unmarshal(text, &value); err != nil {
		return err
	}
	return t.UnmarshalText([]byte(value))
}

// Bytes is the record's canonical JSON, which its commitment is over.
func (r Record) Bytes() ([]byte, error) { return written(r) }

// Commit is the commitment to a record's bytes under its salt:
// H("tocsin-record/v1\n" | salt | H(bytes)).
func Commit(salt Salt, record []byte) Digest {
	inner := sha256.Sum256(record)
	return tagged(recordTag, salt[:], inner[:])
}

// Seal is the seal of content with the given digest.
func Seal(salt Salt, content Digest) Digest { return tagged("tocsin-seal/v1\n", salt[:], content[:]) }

// Vector is a partner's weights of the hypotheses, 0 to 1,000,000 each; they are
// normalised when they are used. Whole numbers, so that everybody writes the
// text that was committed to in the same way.
type Vector map[HypothesisID]int

// SealVector is the commitment to a probability vector.
func SealVector(salt Salt, v Vector) (Digest, error) {
	text, err := written(v)
	if err != nil {
		return Digest{}, err
	}
	inner := sha256.Sum256(text)
	return tagged("tocsin-vector/v1\n", salt[:], inner[:]), nil
}

func tagged(tag string, parts ...[]byte) Digest {
	h := sha256.New()
	h.Write([]byte(tag))
	for _, p := range parts {
		h.Write(p)
	}
	return Digest(h.Sum(nil))
}

// written is a document in canonical form.
func written(document any) ([]byte, error) {
	text, err := canonical.JSON(document)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", access.ErrInvalid, err)
	}
	return text, nil
}
