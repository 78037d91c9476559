package api

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"fmt"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// places hides where in the ledger a page ends: from two places others could
// tell how much they were not shown between them. A place is good for the caller
// that was given it, until the hub ends.
type places struct{ block cipher.Block }

func newPlaces() places {
	var key [32]byte
	_, _ = rand.Read(key[:]) // never fails (crypto/rand, Go 1.24)
	block, err := aes.NewCipher(key[:])
	if err != nil {
		panic("api: " + err.Error()) // only for a key of another length
	}
	return places{block}
}

// mark goes into a block beside the place, so that others than those that were
// given away are told from them: by chance one in 2^64.
func (places) mark(who access.Principal) uint64 {
	h := uint64(14695981039346656037) // FNV-1a, of 64 bits
	for _, b := range []byte(who.Partner) {
		h = (h ^ uint64(b)) * 1099511628211
	}
	return h
}

// name is the place as the caller is told it; "" for none.
func (p places) name(who access.Principal, at ledger.Seq) string {
	if at == 0 {
		return ""
	}
	var block [aes.BlockSize]byte
	binary.BigEndian.PutUint64(block[:], uint64(at))
	binary.BigEndian.PutUint64(block[8:], p.mark(who))
	p.block.Encrypt(block[:], block[:])
	return hex.EncodeToString(block[:])
}

// at reads what name wrote for the caller.
func (p places) at(who access.Principal, name string) (ledger.Seq, error) {
	if name == "" {
		return 0, nil
	}
	block, err := hex.DecodeString(name)
	if err == nil && len(block) == aes.BlockSize {
		p.block.Decrypt(block, block)
		if binary.BigEndian.Uint64(block[8:]) == p.mark(who) {
			return ledger.Seq(binary.BigEndian.Uint64(block)), nil
		}
	}
	return 0, fmt.Errorf("%w: after: no page of yours ends there since the hub was started: begin with the first", errInvalid)
}
