package demo

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"

	"github.com/google/uuid"

	"github.com/tocsin-project/tocsin/internal/attribution"
)

// file files items and has them rated.
func (l *ladder) file(ctx context.Context, items ...item) error {
	for _, one := range items {
		e := one.is
		e.Case, e.ID = l.id, attribution.EvidenceID("evidence--"+uuid.NewString())
		if one.sealed != "" {
			content := attribution.Digest(sha256.Sum256([]byte(one.sealed)))
			l.opened = attribution.Unsealing{Case: l.id, Evidence: e.ID, Salt: newSalt(), Digest: content.Named()}
			e.Seal = attribution.Seal(l.opened.Salt, content).Named()
		}
		if err := l.seats[one.by].caller.Post(ctx, "/cases/evidence", e, nil); err != nil {
			return fmt.Errorf("file %q: %w", e.Title, err)
		}
		l.items[e.Title] = e.ID
		for _, r := range one.ratings {
			ratings := make([]attribution.Rating, 0, len(r.values))
			for i, h := range []attribution.HypothesisID{"north-korea", "lazarus-for-gain", "criminals", attribution.FalseFlag} {
				ratings = append(ratings, attribution.Rating{Evidence: e.ID, Hypothesis: h, Value: r.values[i], Reason: r.reason})
			}
			if err := l.rate(ctx, r.by, ratings...); err != nil {
				return fmt.Errorf("rate %q: %w", e.Title, err)
			}
		}
	}
	return nil
}

func (l *ladder) rate(ctx context.Context, by string, ratings ...attribution.Rating) error {
	for i := range ratings {
		ratings[i].Case = l.id
	}
	return l.seats[by].caller.Post(ctx, "/cases/ratings", map[string][]attribution.Rating{"ratings": ratings}, nil)
}

// state puts a statement to the vote, and publishes it.
func (l *ladder) state(ctx context.Context, d attribution.Document, votes []ballot) error {
	d.Case = l.id
	var proposed struct {
		Document attribution.Document `json:"document"`
		Digest   string               `json:"digest"`
	}
	if err := l.seats["us"].caller.Post(ctx, "/cases/statements", map[string]any{"case": l.id, "document": d}, &proposed); err != nil {
		return err
	}
	// What is signed is the digest of what one has read, not what a hub says it is.
	digest, err := proposed.Document.Digest()
	if err != nil {
		return err
	}
	l.digest = digest.String()
	for _, v := range votes {
		if err := l.vote(ctx, v); err != nil {
			return fmt.Errorf("vote of %s: %w", parties[v.by].name, err)
		}
	}
	return l.seats["us"].caller.Post(ctx, "/cases/publications", map[string]any{"case": l.id, "statement": l.digest}, nil)
}

func (l *ladder) vote(ctx context.Context, v ballot) error {
	from := l.seats[v.by]
	b := attribution.Ballot{Case: l.id, Statement: l.digest, Partner: from.id, Vote: v.vote, Words: v.words, Confidence: v.confidence, Occurred: v.occurred}
	message, err := b.Message()
	if err != nil {
		return err
	}
	return from.caller.Post(ctx, "/cases/votes", attribution.Vote{Case: l.id, Document: b, Key: from.signer.Public().String(), Signature: from.signer.Sign(message)}, nil)
}

func newSalt() (salt attribution.Salt) {
	_, _ = rand.Read(salt[:]) // it never fails
	return salt
}
