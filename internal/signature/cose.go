package signature

import (
	"errors"
	"fmt"

	"github.com/fxamacker/cbor/v2"
)

// COSE's names (RFC 9053, sections 2.1 and 7.1.1) of what a vote's passkey is.
const (
	coseEC2   = 2
	coseES256 = -7
	coseP256  = 1
)

// maxCOSE is how long a public key may be, in bytes; one for ES256 has 77.
const maxCOSE = 1 << 10

// coseKeys reads keys as WebAuthn Level 3, section 6.5.1 has them written: no
// member twice, nothing of unbounded length.
var coseKeys = func() cbor.DecMode {
	mode, err := cbor.DecOptions{
		DupMapKey: cbor.DupMapKeyEnforcedAPF, IndefLength: cbor.IndefLengthForbidden, TagsMd: cbor.TagsForbidden,
		MaxNestedLevels: 4, MaxMapPairs: 16, MaxArrayElements: 16,
	}.DecMode()
	if err != nil {
		panic(err) // the options above contradict each other
	}
	return mode
}()

// FromCOSE is the key of a passkey that was made for a relying party, from the
// COSE key that its credential holds. Only ES256 is taken: whoever makes the
// passkey has to ask for that (pubKeyCredParams).
func FromCOSE(rpid string, key []byte) (Public, error) {
	if len(key) > maxCOSE {
		return Public{}, fmt.Errorf("read passkey's key: it has %d bytes, at most %d are taken", len(key), maxCOSE)
	}
	var in struct {
		Type      int    `cbor:"1,keyasint"`
		Algorithm int    `cbor:"3,keyasint"`
		Curve     int    `cbor:"-1,keyasint"`
		X         []byte `cbor:"-2,keyasint"`
		Y         []byte `cbor:"-3,keyasint"`
	}
	if err := coseKeys.Unmarshal(key, &in); err != nil {
		return Public{}, fmt.Errorf("read passkey's key: %w", err)
	}
	if in.Type != coseEC2 || in.Algorithm != coseES256 || in.Curve != coseP256 {
		return Public{}, errors.New("read passkey's key: it is not for ES256 on P-256: make a passkey with an authenticator that has it")
	}
	if len(in.X) != 32 || len(in.Y) != 32 {
		return Public{}, fmt.Errorf("read passkey's key: its coordinates have %d and %d bytes, want 32", len(in.X), len(in.Y))
	}
	p, err := passkey(rpid, append(append([]byte{0x04}, in.X...), in.Y...))
	if err != nil {
		return Public{}, fmt.Errorf("read passkey's key: %w", err)
	}
	return p, nil
}
