package deliver

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/go-json-experiment/json"
	"github.com/secure-systems-lab/go-securesystemslib/dsse"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/signature"
)

// PayloadType is that of a bulletin in its envelope.
const PayloadType = "application/vnd.tocsin.bulletin+json"

// MaxBundle is how long a bundle can be, in bytes.
const MaxBundle = 32 << 20

// LoadKey reads the key that the hub signs bundles with, or makes it: a file that its
// owner alone may read. One that was restored with other permissions is given its own
// again: a hub has to start in the night in which it was restored.
func LoadKey(path string) (signature.Signer, error) {
	if err := os.Chmod(path, 0o600); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return signature.Signer{}, fmt.Errorf("key of bundles: %w", err)
	}
	key, err := signature.ReadSigner(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if key, err = signature.Generate(); err != nil {
		return key, err
	}
	return key, key.Write(path)
}

// Envelope holds a bulletin and who signed it (Dead Simple Signing Envelope 1.0).
type Envelope = dsse.Envelope

// Seal signs a bulletin: its JSON, with one Ed25519 signature whose keyid is the key's
// fingerprint. Of a bulletin that Open would not read for its length the ends of the
// longest lists are left out, and it says how many.
func Seal(b Bulletin, key signature.Signer) (*Envelope, error) {
	payload, err := b.payload(maxPayload)
	if err != nil {
		return nil, fmt.Errorf("write the bulletin: %w", err)
	}
	signer, err := dsse.NewEnvelopeSigner(signs{key})
	if err != nil {
		return nil, err
	}
	e, err := signer.SignPayload(context.Background(), PayloadType, payload)
	if err != nil {
		return nil, fmt.Errorf("sign the bulletin: %w", err)
	}
	return e, nil
}

// Open reads a bundle that the key has signed. Nothing of one that it has not is given.
func Open(text []byte, key signature.Public) (Bulletin, error) {
	b, err := open(text, key)
	if err != nil {
		return Bulletin{}, fmt.Errorf("open the bundle: %w", err)
	}
	return b, nil
}

func open(text []byte, key signature.Public) (b Bulletin, err error) {
	if key == (signature.Public{}) || key.IsPasskey() {
		return b, errors.New("the key has to be the hub's: \"ed25519:\" and base64")
	}
	if len(text) > MaxBundle {
		return b, fmt.Errorf("it has %d bytes, at most %d are read", len(text), MaxBundle)
	}
	var e dsse.Envelope
	if err := json.Unmarshal(text, &e); err != nil {
		return b, fmt.Errorf("it is no DSSE envelope: %w", err)
	}
	if e.PayloadType != PayloadType {
		return b, fmt.Errorf("it holds %q, not %q", clean(e.PayloadType, maxReason), PayloadType)
	}
	verifier, err := dsse.NewEnvelopeVerifier(verifies{key})
	if err != nil {
		return b, err
	}
	_, payload, err := verifier.VerifyAndDecode(context.Background(), &e)
	if err != nil {
		return b, fmt.Errorf("the signature is not by %s: %w", key, err)
	}
	if err := json.Unmarshal(payload, &b); err != nil {
		return Bulletin{}, fmt.Errorf("what is signed cannot be read: %w", err)
	}
	if b.Version != BulletinVersion {
		return Bulletin{}, fmt.Errorf("it is of version %d, this program reads %d: use a newer one", b.Version, BulletinVersion)
	}
	if b.Partner == "" || b.Made.IsZero() {
		return Bulletin{}, errors.New("it does not say for whom it is, or as of when")
	}
	return b, nil
}

// signs is a key as package dsse wants it.
type signs struct{ key signature.Signer }

func (s signs) Sign(_ context.Context, data []byte) ([]byte, error) {
	return s.key.Sign(data).Ed25519, nil
}

func (s signs) KeyID() (string, error) { return s.key.Public().Fingerprint(), nil }

// verifies is a public key as package dsse wants it.
type verifies struct{ key signature.Public }

func (v verifies) Verify(_ context.Context, data, sig []byte) error {
	return v.key.Verify(data, signature.Signature{Ed25519: sig})
}

func (v verifies) KeyID() (string, error) { return v.key.Fingerprint(), nil }

func (v verifies) Public() crypto.PublicKey { return v.key }

// Fits says whether a bulletin is for the partner and later than a sequence; "" and 0
// are not asked for.
func (b Bulletin) Fits(partner access.PartnerID, after int64) error {
	if partner != "" && b.Partner != partner {
		return fmt.Errorf("read the bundle: it is for %s, not for %s", clean(string(b.Partner), maxReason), partner)
	}
	if after > 0 && b.Sequence <= after {
		return fmt.Errorf("read the bundle: its sequence is %d, and you have read %d: this is an older one, or the same", b.Sequence, after)
	}
	return nil
}
