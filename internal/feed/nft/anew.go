package nft

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/google/nftables"

	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// The two generations of sets: one is in force while the other is built.
var generations = [...]string{"a", "b"}

// anew builds sets of everything beside those in force, in many transactions,
// since one has its limits, and then has the rules look up these, in a single one:
// no packet sees a set that is empty, or half of one. Of an attempt that failed the
// next one removes what it left.
func (o *Outlet) anew(ctx context.Context, s feed.Set) error {
	o.sets = nil
	l := o.link
	l.tableAndChains()
	if err := l.flush(); err != nil {
		return fmt.Errorf("make table inet %s: %w", l.table.Name, err)
	}
	used, err := l.used()
	if err != nil {
		return err
	}
	before, err := l.discard(used)
	if err != nil {
		return fmt.Errorf("remove what was left of an earlier attempt: %w", err)
	}
	b := builder{link: l, generation: unused(before), sets: map[kind]set{}, waiting: elements{}}
	// The sets of single addresses are always there, so that the rules are.
	b.set(kind{false, 32})
	b.set(kind{true, 128})
	now := o.cfg.Clock()
	for _, p := range s.Blocks() {
		if !p.Expires.IsZero() && !p.Expires.After(now) {
			continue
		}
		if err := b.put(ctx, *p, now); err != nil {
			return fmt.Errorf("fill the sets: %w", err)
		}
	}
	if err := b.finish(); err != nil {
		return fmt.Errorf("fill the sets: %w", err)
	}
	for _, c := range chains {
		l.conn.FlushChain(l.chain(c))
	}
	for _, k := range slices.SortedFunc(maps.Keys(b.sets), kind.compare) {
		l.dropBy(k, b.sets[k])
	}
	for _, old := range before {
		l.conn.DelSet(old)
	}
	if err := l.flush(); err != nil {
		return fmt.Errorf("have the rules use the new sets: %w", err)
	}
	o.sets = b.sets
	return nil
}

// discard removes the sets that no rule looks up, and gives the others.
func (l *link) discard(used map[string]int) (kept []set, err error) {
	all, err := l.conn.GetSets(l.table)
	if err != nil {
		return nil, err
	}
	for _, s := range all {
		if used[s.Name] > 0 {
			kept = append(kept, s)
		} else {
			l.conn.DelSet(s)
		}
	}
	return kept, l.flush()
}

// unused is the generation that no set is of.
func unused(sets []set) string {
	for _, s := range sets {
		if s.Name[len(s.Name)-1:] == generations[0] {
			return generations[1]
		}
	}
	return generations[0]
}

// extend drafts sets and rules for kinds that came up, and gives all sets then.
func (l *link) extend(sets map[kind]set, fresh []kind) map[kind]set {
	generation := generations[0]
	if unused(slices.Collect(maps.Values(sets))) == generation {
		generation = generations[1]
	}
	sets = maps.Clone(sets)
	for _, k := range fresh {
		sets[k] = l.newSet(k, generation)
		l.dropBy(k, sets[k])
	}
	return sets
}

// builder fills the sets of a generation that no rule looks up yet.
type builder struct {
	*link
	generation string
	sets       map[kind]set
	waiting    elements
}

func (b *builder) set(k kind) set {
	s, known := b.sets[k]
	if !known {
		s = b.newSet(k, b.generation)
		b.sets[k] = s
		b.waiting[k] = make([]nftables.SetElement, 0, perMessage)
	}
	return s
}

func (b *builder) put(ctx context.Context, p protect.Protection, now time.Time) error {
	k, _, ok := address(p)
	if !ok {
		return nil
	}
	s := b.set(k)
	b.waiting.add(p, now)
	if len(b.waiting[k]) < perMessage {
		return nil
	}
	b.add(s, b.waiting[k])
	b.waiting[k] = b.waiting[k][:0]
	if err := ctx.Err(); err != nil {
		return err
	}
	return b.flush()
}

func (b *builder) finish() error {
	for k, list := range b.waiting {
		b.add(b.sets[k], list)
	}
	return b.flush()
}
