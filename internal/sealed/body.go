package sealed

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"fmt"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Overhead is by how many bytes a sealed body is longer than the body in it.
const Overhead = ledger.SealOverhead

const (
	keyLength   = 32
	nonceLength = 12
	tagLength   = 16
	headLength  = 1 + 8 + nonceLength
)

// The ledger's limit has room for exactly this form.
var _ [0]struct{} = [Overhead - headLength - tagLength]struct{}{}

// parts are the fields of a sealed body; they share its memory.
type parts struct {
	key    uint64
	nonce  []byte
	closed []byte // ciphertext and tag
}

func isSealed(body []byte) bool { return len(body) > 0 && body[0] == ledger.SealMark }

// parse takes a body apart that begins with the mark.
func parse(body []byte) (parts, error) {
	if len(body) < Overhead {
		return parts{}, fmt.Errorf("%w: its sealed body has %d bytes, at least %d are needed", ledger.ErrCorrupt, len(body), Overhead)
	}
	p := parts{key: binary.BigEndian.Uint64(body[1:]), nonce: body[9:headLength], closed: body[headLength:]}
	if p.key == 0 {
		return parts{}, fmt.Errorf("%w: its body is sealed with key 0, which never exists", ledger.ErrCorrupt)
	}
	return p, nil
}

// seal gives the draft as it is stored, with its body encrypted under a key
// that nothing else is encrypted under. Even so the nonce is random: a machine
// set back to a snapshot while it runs uses the same key a second time.
func seal(d ledger.Draft, number uint64, key []byte) (ledger.Draft, error) {
	gcm, err := newGCM(key)
	if err != nil {
		return d, err
	}
	body := make([]byte, headLength, len(d.Body)+Overhead)
	body[0] = ledger.SealMark
	binary.BigEndian.PutUint64(body[1:], number)
	rand.Read(body[9:headLength]) // it never fails
	d.Body = gcm.Seal(body, body[9:headLength], d.Body, additional(d.Kind, d.Actor, d.Audience))
	return d, nil
}

// unseal decrypts the body of an entry into memory of its own.
func (p parts) unseal(e ledger.Entry, key []byte) ([]byte, error) {
	gcm, err := newGCM(key)
	if err != nil {
		return nil, err
	}
	body, err := gcm.Open(nil, p.nonce, p.closed, additional(e.Kind, e.Actor, e.Audience))
	if err != nil {
		return nil, fmt.Errorf("%w: its body does not open with key %d", ledger.ErrCorrupt, p.key)
	}
	return body, nil
}

func newGCM(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// additional is what is authenticated with a body: see the package comment.
func additional(kind ledger.Kind, actor, audience string) []byte {
	b := make([]byte, 0, 1+len(kind)+2+len(actor)+2+len(audience))
	b = append(append(b, byte(len(kind))), kind...)
	b = append(binary.BigEndian.AppendUint16(b, uint16(len(actor))), actor...)
	return append(binary.BigEndian.AppendUint16(b, uint16(len(audience))), audience...)
}
