package stream

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Position is where a reader is; the zero Position is the beginning.
type Position struct {
	Seq   ledger.Seq  // of the last entry that it was told
	Entry [8]byte     // the beginning of that entry's hash
	N     uint64      // of its last line
	Chain ledger.Hash // of its last line
	// Seen is the ledger's entry up to which what was taken back has been told,
	// of what the reader had been told: it runs ahead of Seq.
	Seen ledger.Seq
}

// Matches says whether the entry at Seq is the one that the reader was told.
// It is not where the ledger was restored from a backup and went another way.
func (p Position) Matches(e ledger.Entry) bool {
	return p.Seq == e.Seq && p.Entry == [8]byte(e.Hash[:8])
}

const (
	positionLength = 8 + 8 + 8 + 32 + 8
	sealedLength   = 12 + positionLength + 16
	cursorInfo     = "tocsin stream cursor 2\x00"
)

var cursorText = base64.RawURLEncoding.Strict()

// Codec makes and reads cursors. It may be used from many goroutines at once.
type Codec struct{ key [32]byte }

// NewCodec makes a codec with a secret key; cursors last as long as the key.
func NewCodec(key [32]byte) *Codec { return &Codec{key} }

// Start is the reader's cursor of the beginning.
func (c *Codec) Start(reader string) string {
	return string(appendCursor(nil, c.sealer(reader), []byte(reader), Position{}))
}

// Parse reads a cursor that was made for the reader. An empty text is the
// beginning. Anything else fails with ErrCursor, in words that are the same
// for a damaged, a foreign and another reader's cursor.
func (c *Codec) Parse(reader, text string) (Position, error) {
	if text == "" {
		return Position{}, nil
	}
	if len(text) != cursorText.EncodedLen(sealedLength) {
		return Position{}, errCursor(text)
	}
	sealed, err := cursorText.DecodeString(text)
	if err != nil {
		return Position{}, errCursor(text)
	}
	b, err := c.sealer(reader).Open(nil, nil, sealed, []byte(reader))
	if err != nil {
		return Position{}, errCursor(text)
	}
	var p Position
	p.Seq = ledger.Seq(binary.BigEndian.Uint64(b))
	copy(p.Entry[:], b[8:])
	p.N = binary.BigEndian.Uint64(b[16:])
	copy(p.Chain[:], b[24:])
	p.Seen = ledger.Seq(binary.BigEndian.Uint64(b[56:]))
	return p, nil
}

func errCursor(text string) error {
	return fmt.Errorf("%w (%d characters): it is damaged, or was made by another hub, for another reader or for other kinds: "+
		"send the cursor of the last line that you read as it was, or none to start at the beginning", ErrCursor, len(text))
}

// sealer is the reader's cipher. Random nonces are safe for 2^32 cursors of
// one reader (NIST SP 800-38D, section 8.3).
func (c *Codec) sealer(reader string) cipher.AEAD {
	key, err := hkdf.Expand(sha256.New, c.key[:], cursorInfo+reader, 32)
	if err != nil {
		panic("stream: derive a reader's key: " + err.Error()) // only for longer keys than HKDF can give
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		panic("stream: " + err.Error()) // only for a key that has not 32 bytes
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic("stream: " + err.Error()) // only for a cipher that is not AES
	}
	return aead
}

func appendCursor(dst []byte, sealer cipher.AEAD, reader []byte, p Position) []byte {
	var plain [positionLength]byte
	binary.BigEndian.PutUint64(plain[:], uint64(p.Seq))
	copy(plain[8:], p.Entry[:])
	binary.BigEndian.PutUint64(plain[16:], p.N)
	copy(plain[24:], p.Chain[:])
	binary.BigEndian.PutUint64(plain[56:], uint64(p.Seen))
	var room [sealedLength]byte
	sealed := sealer.Seal(room[:0], nil, plain[:], reader) //nolint:gosec // no nonce is given: the cipher draws one
	return cursorText.AppendEncode(dst, sealed)
}
