package federation

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/intake"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/stream"
	"github.com/tocsin-project/tocsin/stix"
)

// take adds what a contribution's line brings. What another hub's line cannot be
// read as is rejected like an object that is not valid: one such line must not keep
// the others back.
func (f *Follower) take(ctx context.Context, b *batch, line stream.Line) error {
	var part contribution.Part
	if err := json.Unmarshal(line.Body, &part); err != nil {
		b.reject(refusal(line, "no contribution: "+err.Error()))
		return nil
	}
	if f.cut(part.Origin) {
		b.cut++
		return nil
	}
	origin := contribution.Through(f.state.hub, part.Origin, part.ID, line.By, line.Time)
	if err := origin.Validate(); err != nil {
		b.reject(refusal(line, err.Error()))
		return nil
	}
	for _, g := range f.groups(b, part) {
		if err := f.takeGroup(ctx, b, line, origin, g); err != nil {
			return err
		}
	}
	return nil
}

func refusal(line stream.Line, reason string) intake.Rejection {
	return intake.Rejection{Line: int(line.N), Rule: "federation", Reason: reason}
}

// cut says whether a contribution is not to come this way.
func (f *Follower) cut(from *contribution.Origin) bool { return from != nil && f.cutVia(from.Via) }

// group is objects for the same people.
type group struct {
	audience access.Audience
	objects  bytes.Buffer // with commas between them
}

// groups are the objects that are taken, by whom they are for here; the others are
// counted.
func (f *Follower) groups(b *batch, part contribution.Part) (list []*group) {
	for i, raw := range part.Objects {
		there := part.Audience
		if i < len(part.Audiences) && part.Audiences[i] != "" {
			there = part.Audiences[i]
		}
		here, taken := f.cfg.Here(there)
		if taken {
			raw, taken = f.redacted(raw)
		}
		if !taken {
			b.left++
			continue
		}
		at := slices.IndexFunc(list, func(g *group) bool { return g.audience.String() == here.String() })
		if at < 0 {
			at, list = len(list), append(list, &group{audience: here})
		}
		g := list[at]
		if g.objects.Len() > 0 {
			g.objects.WriteByte(',')
		}
		g.objects.Write(raw)
	}
	return list
}

// redacted is an object without the parts that are marked narrower than the terms
// allow.
func (f *Follower) redacted(raw jsontext.Value) (jsontext.Value, bool) {
	shown, _, err := stix.Redact(raw, func(ref string) bool {
		level, ok := stix.TLPOf(ref)
		return ok && !f.cfg.allows(access.TLP(level))
	})
	return shown, err == nil
}

// maxText is how many bytes of objects are read at once: those of a line, and some.
const maxText = 2 * ledger.MaxBody

// takeGroup reads the objects as everything is read that comes from outside.
func (f *Follower) takeGroup(ctx context.Context, b *batch, line stream.Line, origin contribution.Origin, g *group) error {
	text := slices.Concat([]byte(`{"objects":[`), g.objects.Bytes(), []byte("]}"))
	outcome, done, err := f.deps.Read(ctx, bytes.NewReader(text), intake.Submission{
		Partner: f.owner, Audience: g.audience, Bound: true, Source: "hub:" + f.cfg.Name, Origin: &origin,
		PerObject: true, Format: intake.STIX, MaxBytes: maxText,
	})
	var refused *intake.Refused
	switch {
	case errors.As(err, &refused):
		b.reject(refusal(line, refused.Error()))
		return nil
	case err != nil:
		return &own{fmt.Errorf("read what another hub told: %w", err)}
	}
	done() // memory is reserved by the megabyte; a batch has its own limit
	b.reject(outcome.Rejected...)
	if len(outcome.Drafts) == 0 {
		return nil
	}
	if f.found != nil {
		f.found[outcome.ID] = true
		if here, err := f.deps.Has(ctx, outcome.ID); err != nil || here {
			return err
		}
	}
	b.held = append(b.held, Held{As: origin.As, Back: ledger.Seq(len(b.drafts)), N: len(outcome.Drafts)})
	b.add(outcome.Drafts...)
	b.taken += outcome.Accepted
	return nil
}
