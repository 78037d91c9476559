package api

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// places hides where a page of one list ends: from two places in the ledger
// others could tell how much they were not shown between them, and what a list is
// ordered by is not always its reader's to know. A place is good for the caller
// that was given it and for this list, as long as the hub has its secret.
type places struct {
	cipher cipher.AEAD
	list   string
}

// placesOf makes the places of the list of this name.
func (a *API) placesOf(list string) places { return places{a.pages, list} }

// maxPlace is how long the text of a place may be, in bytes.
const maxPlace = 1000

var placeText = base64.RawURLEncoding.Strict()

// newPlaceCipher is what places are sealed with. Random nonces are safe for 2^32
// of them (NIST SP 800-38D, section 8.3). Without a secret it makes one up, and
// places end with the process.
func newPlaceCipher(secret []byte) cipher.AEAD {
	if len(secret) == 0 {
		secret = make([]byte, 32)
		_, _ = rand.Read(secret) // never fails (crypto/rand, Go 1.24)
	}
	key, err := hkdf.Expand(sha256.New, secret, "tocsin places in lists, 1", 32)
	if err != nil {
		panic("api: derive the key of places: " + err.Error()) // only for longer keys than HKDF can give
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		panic("api: " + err.Error()) // only for a key of another length
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic("api: " + err.Error()) // only for a cipher that is not AES
	}
	return aead
}

// whose is what a place is bound to. Names of lists hold no NUL.
func (p places) whose(who access.Principal) []byte {
	return []byte(p.list + "\x00" + string(who.Partner))
}

// seal is the place after what has this key, as the caller is told it.
func (p places) seal(who access.Principal, key string) string {
	return placeText.EncodeToString(p.cipher.Seal(nil, nil, []byte(key), p.whose(who))) //nolint:gosec // no nonce is given: the cipher draws one
}

// open reads what seal wrote for the caller.
func (p places) open(who access.Principal, place string) (string, error) {
	if len(place) <= maxPlace {
		if sealed, err := placeText.DecodeString(place); err == nil {
			if key, err := p.cipher.Open(nil, nil, sealed, p.whose(who)); err == nil {
				return string(key), nil
			}
		}
	}
	return "", fmt.Errorf("%w: after: no page of this list that you were given ends there: send the more of the page before as it was, or begin with the first", errInvalid)
}

// name is seal for a list in the ledger's order; "" for none.
func (p places) name(who access.Principal, at ledger.Seq) string {
	if at == 0 {
		return ""
	}
	return p.seal(who, string(binary.BigEndian.AppendUint64(nil, uint64(at))))
}

// at reads what name wrote for the caller.
func (p places) at(who access.Principal, place string) (ledger.Seq, error) {
	if place == "" {
		return 0, nil
	}
	key, err := p.open(who, place)
	if err != nil || len(key) != 8 {
		return 0, err
	}
	return ledger.Seq(binary.BigEndian.Uint64([]byte(key))), nil
}
