package attribution

import (
	"cmp"
	"fmt"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/signature"
)

// Reply is the answer of whom a statement is about: recorded with its source,
// or signed, or both. Only a signed one is the accused's own word.
type Reply struct {
	Case      CaseID          `json:"case"`
	Party     string          `json:"party,omitempty"` // who records it
	Document  Answer          `json:"document"`
	Source    string          `json:"source,omitempty"`
	Key       string          `json:"key,omitempty"`       // an Ed25519 key
	Signature signature.Bytes `json:"signature,omitempty"` // 64 bytes
}

// Signed says whether who replies has signed.
func (r Reply) Signed() bool { return r.Key != "" }

func (r Reply) of() (CaseID, string) { return r.Case, r.Party }

func (r Reply) as(party string) body {
	r.Party = party
	return r
}

func (r Reply) check(f *file, by access.PartnerID) error {
	a := r.Document
	if _, err := f.about(a.Case, a.Statement); err != nil {
		return fmt.Errorf("document: %w", err)
	}
	if a.Relation != Denial && a.Relation != Comment {
		return fmt.Errorf("%w: document: relation %.100q is not denial or comment", access.ErrInvalid, a.Relation)
	}
	if err := cmp.Or(
		access.CheckProse("document: from", a.From, maxTitle, true),
		access.CheckProse("document: text", a.Text, maxText, true),
		access.CheckProse("document: occurred", a.Occurred, maxTitle, false),
		checkGiven("source", r.Source, maxText),
	); err != nil {
		return err
	}
	if len(f.Replies) >= maxReplies {
		return full("replies", maxReplies)
	}
	if err := f.share(KindReply, by, "replies", maxRepliesOfOne); err != nil {
		return err
	}
	if r.Key == "" && len(r.Signature) == 0 {
		if r.Source == "" {
			return fmt.Errorf("%w: neither a source nor a key with its signature is given: say where the reply can be looked up", access.ErrInvalid)
		}
		return nil
	}
	key, err := signature.ParsePublic(r.Key)
	if err != nil || key.IsPasskey() {
		return fmt.Errorf("%w: key %.100q is not an Ed25519 key", access.ErrInvalid, r.Key)
	}
	text, err := a.Message()
	if err != nil {
		return err
	}
	if err := key.Verify(text, signature.Signature{Ed25519: r.Signature}); err != nil {
		return fmt.Errorf("%w: the reply is not signed by %s: %w", access.ErrInvalid, key, err)
	}
	return nil
}

func (r Reply) apply(f *file, at Where) { f.Replies = append(f.Replies, Replied{r, at}) }
