package match

// layer is what changed since the layers below it were made. An indicator in a
// lower one is dead if it is among the removed or its id among the superseded
// of one above; that is asked on hits only.
type layer struct {
	added      *table
	removed    *table // indicators of lower layers
	superseded *table // ids, as keys with codeID
	ids        *ids   // of added; the writer's own
}

func newLayer(seed uint64) layer {
	return layer{added: newTable(seed), removed: newTable(seed), superseded: newTable(seed), ids: newIDs(0)}
}

// buries says whether the layer makes an indicator of a lower one dead; h and
// k are its value's.
func (l *layer) buries(h uint64, k *key, ind *Indicator) bool {
	return l.removed.has(h, k, ind.ID, ind.Subdomains) || l.supersedes(ind.ID)
}

func (l *layer) supersedes(id string) bool {
	k := idKey(id)
	_, _, _, ok := l.superseded.next(k.hash(l.superseded.seed), &k, 0)
	return ok
}

// add stores an indicator that is not in the layer.
func (l *layer) add(h uint64, k *key, id string, subdomains bool) {
	p := l.added.add(h, k, id, subdomains)
	byID := idKey(id)
	l.ids.add(byID.hash(l.added.seed), p)
}

func (l *layer) remove(h uint64, k *key, id string, subdomains bool) bool {
	p, ok := l.added.remove(h, k, id, subdomains)
	if ok {
		byID := idKey(id)
		l.ids.remove(byID.hash(l.added.seed), p)
	}
	return ok
}

// of are the indicators that were added with the id.
func (l *layer) of(id string) (all []Indicator) {
	k := idKey(id)
	for _, p := range l.ids.candidates(k.hash(l.added.seed)) {
		if e, ok := split(l.added.arena.entry(p)); ok && e.hasID(id) {
			all = append(all, e.indicator())
		}
	}
	return all
}

// reserve is the layer with room for n more of each kind; its tables are
// others where they had to grow.
func (l layer) reserve(added, removed, superseded int) layer {
	if l.added.wasteful() {
		l.added = l.added.packed(added)
		l.ids = newIDs(l.added.len() + added)
		l.added.each(func(p place, e parts) bool {
			ind := e.indicator()
			k := idKey(ind.ID)
			l.ids.add(k.hash(l.added.seed), p)
			return true
		})
	}
	l.added = l.added.roomy(added)
	l.removed = l.removed.roomy(removed)
	l.superseded = l.superseded.roomy(superseded)
	return l
}

func (t *table) roomy(n int) *table {
	switch {
	case t.fits(n):
		return t
	case t.wasteful():
		return t.packed(n)
	}
	return t.grown(n)
}
