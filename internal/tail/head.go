package tail

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
)

// head is the first bytes of a file, by which it is known again.
type head struct {
	length int
	bytes  []byte // nil if only the digest is known
	digest string // of them in hex; "" if it has to be made
}

func (h *head) sum() string {
	if h.digest == "" {
		sum := sha256.Sum256(h.bytes)
		h.digest = hex.EncodeToString(sum[:])
	}
	return h.digest
}

// begins says whether a file that begins with first may be the one.
func (h *head) begins(first []byte) bool {
	if len(first) < h.length {
		return false
	}
	if h.bytes != nil {
		return bytes.Equal(h.bytes, first[:h.length])
	}
	other := head{bytes: first[:h.length]}
	return h.sum() == other.sum()
}

// grow takes in what a file begins with by now.
func (h *head) grow(first []byte) {
	if len(first) > h.length || h.bytes == nil {
		h.bytes = append(make([]byte, 0, HeadSize), first...)
		h.length, h.digest = len(first), ""
	}
}

// whole says that the head is as long as one gets.
func (h *head) whole() bool { return h.length == HeadSize }

// readHead reads the first bytes of a file, as many as there are and room has.
func readHead(r io.ReaderAt, room []byte) ([]byte, error) {
	n, err := r.ReadAt(room, 0)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return room[:n], err
}

// nilAtEnd is the error unless it is that of the end.
func nilAtEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
