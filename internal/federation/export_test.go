package federation

import (
	"context"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/stream"
)

// Told gives what a line becomes, and how many objects or lines were rejected.
func (f *Follower) Told(ctx context.Context, hub string, line stream.Line) (drafts []ledger.Draft, rejected int, err error) {
	if err := f.prepared(); err != nil {
		return nil, 0, err
	}
	f.state.hub = hub
	b := &batch{}
	err = f.line(ctx, b, line)
	drafts, rejected = b.drafts, b.rejected
	return drafts, rejected, err
}

// Look is one look at the other hub's public log.
func (f *Follower) Look(ctx context.Context) error { return f.look(ctx) }

// ErrContrary is the error of a log that contradicts itself.
var ErrContrary = errContrary

// Also has the follower's hub follow another one as well.
func (f *Follower) Also(hub string) { f.deps.Peers.ids.Store(hub, "") }
