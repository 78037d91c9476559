package federation

import (
	"context"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/release"
	"github.com/tocsin-project/tocsin/internal/stream"
	"github.com/tocsin-project/tocsin/stix"
)

// brought is a contribution here with its entries.
type brought struct {
	id      string
	entries []ledger.Seq
	before  []string        // the audiences of the entries
	objects map[string]bool // their ids
}

// takeBack adds what a line of the other hub takes back of what it told.
func (f *Follower) takeBack(ctx context.Context, b *batch, line stream.Line) error {
	var n release.Notice
	if err := json.Unmarshal(line.Body, &n); err != nil {
		b.reject(refusal(line, "no notice of what was taken back: "+err.Error()))
		return nil
	}
	for _, as := range n.Contributions {
		list, err := f.brought(ctx, as)
		if err != nil {
			return &own{err}
		}
		for _, c := range list {
			if err := f.tighten(b, c, n); err != nil {
				return &own{err}
			}
		}
	}
	return nil
}

// brought is what is here of a contribution of the other hub's.
func (f *Follower) brought(ctx context.Context, as string) (list []*brought, err error) {
	for seq := range f.state.held.of(as) {
		e, part, err := f.entry(ctx, seq)
		if err != nil {
			return nil, err
		}
		if part.Origin == nil || part.Origin.As != as {
			continue // erased, or another's with the same hash
		}
		at := slices.IndexFunc(list, func(c *brought) bool { return c.id == part.ID })
		if at < 0 {
			at, list = len(list), append(list, &brought{id: part.ID, objects: map[string]bool{}})
		}
		c := list[at]
		c.entries, c.before = append(c.entries, seq), append(c.before, e.Audience)
		for _, raw := range part.Objects {
			h, err := stix.ParseHeader(raw)
			if err != nil {
				return nil, fmt.Errorf("read entry %d: %w", seq, err)
			}
			c.objects[h.ID] = true
		}
	}
	return list, nil
}

// entry is an entry with a contribution of this follower's; of one that was erased
// the part is empty.
func (f *Follower) entry(ctx context.Context, seq ledger.Seq) (ledger.Entry, contribution.Part, error) {
	e, err := ledger.At(ctx, f.deps.Ledger, seq)
	var part contribution.Part
	if err == nil && string(e.Body) != ledger.Erased {
		err = json.Unmarshal(e.Body, &part)
	}
	if err != nil {
		err = fmt.Errorf("read what another hub told: %w", err)
	}
	return e, part, err
}

// tighten adds what a notice says of one contribution. A notice that names no
// object is of an erased one.
func (f *Follower) tighten(b *batch, c *brought, n release.Notice) error {
	withdrawn := n.Withdrawn
	if len(n.Withdrawn)+len(n.Tightened) == 0 {
		for id := range c.objects {
			withdrawn = append(withdrawn, id)
		}
	}
	if err := f.narrow(b, c, withdrawn, n, ""); err != nil {
		return err
	}
	return f.narrow(b, c, n.Tightened, n, f.narrower(c, n.Audience))
}

// narrower is who may still be told here; empty for nobody. It is never more than
// were told before.
func (f *Follower) narrower(c *brought, there string) string {
	here, taken := f.cfg.Here(there)
	if !taken {
		return ""
	}
	for _, text := range c.before {
		if before, err := access.ParseAudience(text); err != nil || !here.Within(before) {
			return ""
		}
	}
	return here.String()
}

// narrow adds the entries that narrow objects of a contribution, one for all of
// them where they are all that it brought.
func (f *Follower) narrow(b *batch, c *brought, ids []string, n release.Notice, to string) error {
	ids = slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !c.objects[id] })
	slices.Sort(ids)
	ids = slices.Compact(ids)
	if len(ids) == 0 {
		return nil
	}
	t := contribution.Tightening{
		Owner: string(f.owner), Audience: to, Reason: "taken back at the hub where it came from", By: "hub:" + f.cfg.Name,
		Entries: c.entries, Before: c.before,
	}
	if len(ids) == len(c.objects) && len(n.Versions) == 0 {
		t.Contribution = c.id
		return f.addTightening(b, t)
	}
	t.Only, t.Versions = true, n.Versions
	for _, t.Object = range ids {
		if err := f.addTightening(b, t); err != nil {
			return err
		}
	}
	return nil
}

func (f *Follower) addTightening(b *batch, t contribution.Tightening) error {
	d, err := ledger.NewDraft(contribution.KindTightened, t.Owner, "", t)
	if err != nil {
		return err
	}
	b.add(d)
	return nil
}
