package live

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
)

// seal hides a count from who carries it: how much happens at a hub is nobody's
// business who may not see all of it. Each is sealed anew, so that two cannot be
// told apart; the key is the process's own.
type seal struct{ cipher.AEAD }

func newSeal(random io.Reader) seal {
	var key [32]byte
	if _, err := io.ReadFull(random, key[:]); err != nil {
		panic(fmt.Sprintf("random bytes: %v", err)) // crypto/rand's reader never fails
	}
	block, err := aes.NewCipher(key[:])
	if err != nil {
		panic(fmt.Sprintf("AES with a key of 32 bytes: %v", err))
	}
	sealing, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(fmt.Sprintf("GCM with a random nonce: %v", err))
	}
	return seal{sealing}
}

func (s seal) close(count uint64) string {
	return base64.RawURLEncoding.EncodeToString(s.Seal(nil, nil, binary.BigEndian.AppendUint64(nil, count), nil))
}

// open reads what close wrote; false: it did not write this.
func (s seal) open(place string) (count uint64, ok bool) {
	text, err := base64.RawURLEncoding.DecodeString(place)
	if err != nil {
		return 0, false
	}
	plain, err := s.Open(nil, nil, text, nil)
	if err != nil || len(plain) != 8 {
		return 0, false
	}
	return binary.BigEndian.Uint64(plain), true
}
