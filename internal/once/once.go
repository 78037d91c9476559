// Package once has requests that carry a key carried out once (the IETF's
// Idempotency-Key header, draft-ietf-httpapi-idempotency-key-header), also over a
// restart of the hub.
//
// That a request with a key was taken is an entry of the ledger, in the same
// append as what the request did: either both are there or neither. So nothing is
// done twice, whenever the hub dies. The answer is kept beside the ledger, to be
// given again; where it is lost, who asks again is told when the request was taken.
package once

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// KindKeyed says that a request with a key was taken; its body is Keyed, its actor
// the partner, its audience nobody.
const KindKeyed ledger.Kind = "request.keyed"

// Keyed is a request as the ledger remembers it: by digests, which tell nothing of
// what it held.
type Keyed struct {
	Key     ledger.Hash `json:"key"`     // of the caller and its key
	Request ledger.Hash `json:"request"` // of what was asked for
}

// Kept is for how long a key is remembered.
const Kept = 24 * time.Hour

// MaxKey is how long a key may be, in bytes.
const MaxKey = 255

// ErrKey says that the header does not hold a key.
var ErrKey = errors.New("invalid Idempotency-Key")

// ParseKey reads the header: a string of RFC 8941 ("8e03978e-40d5-43e8-bc93-6894a57f9324",
// with the quotation marks), or, as many programs send it, the same without them.
func ParseKey(header string) (string, error) {
	text := strings.TrimSpace(header)
	quoted := len(text) >= 2 && text[0] == '"' && text[len(text)-1] == '"'
	if quoted {
		text = text[1 : len(text)-1]
	}
	bad := func(r rune) bool {
		return r <= ' ' && (r != ' ' || !quoted) || r >= 0x7f || r == '"' || r == '\\' || r == ',' && !quoted
	}
	if text == "" || len(text) > MaxKey || strings.ContainsFunc(text, bad) {
		return "", fmt.Errorf("%w: send one of 1 to %d printable ASCII characters such as a UUID, in quotation marks", ErrKey, MaxKey)
	}
	return text, nil
}

// NewKeyed is what the ledger remembers of a request: caller is the token or
// person that sent it, and what are the parts that make it this request and no other.
func NewKeyed(caller, key string, what ...[]byte) Keyed {
	return Keyed{Key: digest([]byte(caller), []byte(key)), Request: digest(what...)}
}

// digest is of parts, each with its length before it, so that no two lists of
// parts are the same text.
func digest(parts ...[]byte) ledger.Hash {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:", len(p))
		h.Write(p)
	}
	return ledger.Hash(h.Sum(nil))
}

type turnKey struct{}

// With has what is appended in the context be part of the request.
func With(ctx context.Context, t *Turn) context.Context { return context.WithValue(ctx, turnKey{}, t) }

func turn(ctx context.Context) *Turn {
	t, _ := ctx.Value(turnKey{}).(*Turn)
	return t
}

// Drafts is what to append for the drafts of a request: of one with a key the
// first time with the entry that remembers it, at the end.
func Drafts(ctx context.Context, drafts []ledger.Draft) ([]ledger.Draft, error) {
	t := turn(ctx)
	if t == nil || len(drafts) == 0 || !t.mark() {
		return drafts, nil
	}
	d, err := ledger.NewDraft(KindKeyed, t.actor, "", t.keyed)
	if err != nil {
		return nil, err
	}
	return append(drafts[:len(drafts):len(drafts)], d), nil
}

// Failed says that what Drafts gave was not appended, if that is certain: then
// the next append of the request remembers it.
func Failed(ctx context.Context, err error) {
	if t := turn(ctx); t != nil && (errors.Is(err, ledger.ErrConflict) || errors.Is(err, ledger.ErrInvalid) || errors.Is(err, ledger.ErrClosed)) {
		t.unmark()
	}
}

// Secret says that the answer holds what must not be written anywhere, or what
// may have to be erased: it is kept in memory alone, and a hub that was started
// since does not have it.
func Secret(ctx context.Context) {
	if t := turn(ctx); t != nil {
		t.set(func() { t.secret = true })
	}
}

// Repeatable says that the request does no harm when it is carried out again, and
// has to be where it was carried out in part: it takes several steps that a crash
// may part. Its key is kept in memory alone, for as long as the answer is.
func Repeatable(ctx context.Context) {
	if t := turn(ctx); t != nil {
		t.set(func() { t.repeatable = true })
	}
}
