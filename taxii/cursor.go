package taxii

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"

	"github.com/go-json-experiment/json"
)

// maxCursor is the length of the longest next parameter that is looked at. The
// cursor of the longest query (see maxQuery) fits, all its commas escaped.
const maxCursor = 40 << 10

// minKey is the shortest Handler.CursorKey, in bytes.
const minKey = 16

// cursor is what the opaque next parameter holds: the place to go on after,
// and the filters of the first request, which some clients drop or change on
// the second page. It gives no access: what is released is decided anew for
// each page.
//
// It is sealed (AES-256-GCM), since the backend's own cursor may count what the
// client is not to know of, and bound to its resource. Its length tells nothing
// of a backend's cursor that is shorter than cursorStep.
type cursor struct {
	Filter string `json:"filter"` // as a query
	After  string `json:"after"`  // the backend's own cursor
	Limit  int    `json:"limit"`
}

const cursorStep = 64 // bytes

// seal writes a cursor of a resource.
func (h *Handler) seal(c cursor, at place, v view) (string, error) {
	aead, err := h.sealer()
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("write cursor: %w", err)
	}
	text = append(text, bytes.Repeat([]byte{' '}, cursorStep-len(c.After)%cursorStep)...)
	//nolint:gosec // the cipher makes a random nonce of its own (see newSealer)
	box := aead.Seal(nil, nil, text, resource(at, v))
	return base64.RawURLEncoding.EncodeToString(box), nil
}

// open reads a cursor of a resource, and its filter.
func (h *Handler) open(next string, at place, v view) (c cursor, f Filter, err error) {
	aead, err := h.sealer()
	if err != nil {
		return cursor{}, Filter{}, err
	}
	if len(next) > maxCursor {
		return cursor{}, Filter{}, fmt.Errorf("%w: it has %d characters", ErrCursor, len(next))
	}
	box, err := base64.RawURLEncoding.Strict().DecodeString(next)
	if err != nil {
		return cursor{}, Filter{}, fmt.Errorf("%w: %w", ErrCursor, err)
	}
	text, err := aead.Open(nil, nil, box, resource(at, v))
	if err != nil {
		return cursor{}, Filter{}, fmt.Errorf("%w: %w", ErrCursor, err)
	}
	if err := json.Unmarshal(text, &c, json.RejectUnknownMembers(true)); err != nil {
		return cursor{}, Filter{}, fmt.Errorf("%w: %w", ErrCursor, err)
	}
	query, err := url.ParseQuery(c.Filter)
	if err != nil {
		return cursor{}, Filter{}, fmt.Errorf("%w: %w", ErrCursor, err)
	}
	if f, err = ParseFilter(query, fields(at, v)...); err != nil {
		return cursor{}, Filter{}, fmt.Errorf("%w: %w", ErrCursor, err)
	}
	return c, f, nil
}

// resource names what a cursor belongs to. No part holds a slash: they are
// parts of a path.
func resource(at place, v view) []byte {
	return []byte(strings.Join([]string{at.root, at.collection.ID, at.object, v.String()}, "/"))
}

// sealer makes the cipher of this handler's cursors, once. Its nonces are
// random and in the sealed text.
func (h *Handler) sealer() (cipher.AEAD, error) {
	h.sealing.Do(func() {
		secret := h.CursorKey
		if len(secret) == 0 {
			secret = make([]byte, sha256.Size)
			_, _ = rand.Read(secret) // never fails
		}
		h.sealed, h.sealErr = newSealer(secret)
	})
	return h.sealed, h.sealErr
}

func newSealer(secret []byte) (cipher.AEAD, error) {
	if len(secret) < minKey {
		return nil, fmt.Errorf("seal cursors: CursorKey has %d bytes: give it at least %d", len(secret), minKey)
	}
	key, err := hkdf.Key(sha256.New, secret, nil, "tocsin taxii next", sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("seal cursors: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("seal cursors: %w", err)
	}
	return cipher.NewGCMWithRandomNonce(block)
}
