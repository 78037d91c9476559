package federation

import (
	"context"

	"github.com/tocsin-project/tocsin/internal/client"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/stream"
)

// again reads the stream from its beginning although much of it is here: the terms
// are others, or an administrator wants it so. What is here stays and is not taken
// twice; what the other hub no longer tells, or the terms no longer let in, is taken
// back. It gives the mark of where that ended.
func (f *Follower) again(ctx context.Context, connection *client.Client) (stream.Mark, error) {
	if err := f.deps.Settled(ctx); err != nil {
		return stream.Mark{}, &own{err}
	}
	f.found, f.last = map[string]bool{}, stream.Mark{}
	defer func() { f.found = nil }()
	if err := f.follow(ctx, connection, stream.Mark{}, true); err != nil {
		return stream.Mark{}, err
	}
	b := &batch{}
	if err := f.withdrawLost(ctx, b); err != nil {
		return stream.Mark{}, err
	}
	return f.last, f.record(ctx, b, f.last, f.state.unsaid)
}

// withdrawLost adds the withdrawal of what is here and was not told again.
func (f *Follower) withdrawLost(ctx context.Context, b *batch) error {
	lost := map[string]*brought{}
	for seq := range f.state.held.all() {
		e, part, err := f.entry(ctx, seq)
		if err != nil {
			return &own{err}
		}
		if part.ID == "" || f.found[part.ID] {
			continue
		}
		if lost[part.ID] == nil {
			lost[part.ID] = &brought{id: part.ID}
		}
		lost[part.ID].entries, lost[part.ID].before = append(lost[part.ID].entries, seq), append(lost[part.ID].before, e.Audience)
	}
	for _, c := range lost {
		err := f.addTightening(b, contribution.Tightening{
			Owner: string(f.owner), Contribution: c.id, Entries: c.entries, Before: c.before,
			Reason: "the hub where it came from no longer tells it, or it is no longer taken", By: "hub:" + f.cfg.Name,
		})
		if err == nil && b.full() {
			err = f.record(ctx, b, stream.Mark{}, counts{})
		}
		if err != nil {
			return &own{err}
		}
	}
	return nil
}
