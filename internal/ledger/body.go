package ledger

import (
	"fmt"

	"github.com/go-json-experiment/json"
)

// Erased is what the body of an entry reads as once its content was erased.
const Erased = "null"

// NewDraft is a draft with body as its JSON text. What JSON cannot hold, such
// as text that is not UTF-8, is ErrInvalid.
func NewDraft(kind Kind, actor, audience string, body any) (Draft, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return Draft{}, fmt.Errorf("%w: write %s: %w", ErrInvalid, kind, err)
	}
	return Draft{Kind: kind, Actor: actor, Audience: audience, Body: text}, nil
}

// Fold reads the entry's body and hands it to apply with the entry. A body that
// cannot be read is an error, and apply is not called.
func Fold[T any](e Entry, apply func(Entry, T)) error {
	var body T
	if err := json.Unmarshal(e.Body, &body); err != nil {
		return fmt.Errorf("read %s: %w", e.Kind, err)
	}
	apply(e, body)
	return nil
}
