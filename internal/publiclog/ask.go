package publiclog

import (
	"context"
	"errors"
	"sync/atomic"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/tocsin-project/tocsin/internal/translog"
	"github.com/tocsin-project/tocsin/internal/witness"
)

// AskClient asks over HTTP (C2SP tlog-witness). It remembers up to where the
// witness has seen the log; where it is wrong, the witness says so.
func AskClient(c *witness.Client) Ask {
	var seen atomic.Int64
	return func(ctx context.Context, signed []byte, tree translog.Checkpoint, prove func(older int64) (tlog.TreeProof, error)) ([]byte, error) {
		var other *witness.SizeError
		lines, err := askFrom(ctx, c, seen.Load(), signed, tree, prove)
		if errors.As(err, &other) {
			lines, err = askFrom(ctx, c, other.Size, signed, tree, prove)
		}
		if err == nil {
			seen.Store(tree.Size)
		}
		return lines, err
	}
}

func askFrom(ctx context.Context, c *witness.Client, old int64, signed []byte, tree translog.Checkpoint, prove func(int64) (tlog.TreeProof, error)) ([]byte, error) {
	if old > tree.Size {
		return nil, errors.New("the witness has cosigned a larger tree: this log was set back, or the witness has seen another under its name")
	}
	proof, err := prove(old)
	if err != nil {
		return nil, err
	}
	return c.Cosign(ctx, old, proof, signed)
}
