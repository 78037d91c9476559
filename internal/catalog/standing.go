package catalog

import (
	"cmp"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/catalog/shelf"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// asker answers one principal from one view of the shelf.
type asker struct {
	c    *Catalog
	view shelf.View
	*released
	listed map[shelf.Number]standing // by the newest version of the id
	ahead  *takenBack
	at     ledger.Seq // the view has what was folded up to here, and perhaps more

	opened time.Time // the view
	looks  int       // at versions, since a scan last paused; a reading counts as looksPerReading
}

// ask opens a view; close has to follow soon.
func (c *Catalog) ask(who access.Principal) *asker {
	at, ahead := ledger.Seq(c.shown.Load()), c.ahead.Load() // before the view: it may only be newer
	return &asker{c: c, view: c.shelf.View(), released: c.releasedTo(who), opened: time.Now(), at: at, ahead: ahead}
}

func (a *asker) close() { a.view.Close() }

// sees says whether there is the version for the principal.
func (a *asker) sees(n shelf.Number) bool {
	r := a.view.At(n)
	if r.Flags&(shelf.Erased|shelf.Behind) != 0 || !a.has(r.Audience) {
		return false
	}
	if a.ahead != nil {
		if seq, _, _ := a.view.Place(n); a.ahead.hides(ledger.Seq(seq), a.at) {
			return false
		}
	}
	return r.Flags&shelf.Granular == 0 || !a.withholds(n)
}

// withholds says whether the principal may see nothing of a version because of
// the markings of its parts. One that cannot be read is withheld.
func (a *asker) withholds(n shelf.Number) bool {
	red, decided := a.c.granular.known(n)
	levels := a.partsSeen(red)
	if bits := decided >> (2 * levels); bits&1 != 0 {
		return bits&2 != 0
	}
	a.looks += looksPerReading
	raw, err := a.raw(n)
	if err != nil {
		return true
	}
	a.c.granular.decide(n, levels, raw == nil)
	return raw == nil
}

// standing is the versions of an id that a principal sees, each once, however
// many partners shared it.
//
// Only the creator of an object versions it (STIX 2.1, section 3.6.1). That is
// the partner whose version came first among those that are seen: its versions
// come first here, and so do those of the hub, whose administrator may correct
// everybody. What others call a version follows: it is there to be read, and
// supersedes, revokes and hides nothing.
type standing struct {
	versions []shelf.Number       // the creator's and then those of others, each the newest first
	creators int                  // how many are the creator's; one at least, if there are any
	places   map[shelf.Number]int // in versions, where there are many
}

// manyVersions is from where on a version's place is kept, and not looked for.
const manyVersions = 16

// place is a version's place among the versions, -1 if it is not one of them.
func (s standing) place(n shelf.Number) int {
	if s.places == nil {
		return slices.Index(s.versions, n)
	}
	if i, ok := s.places[n]; ok {
		return i
	}
	return -1
}

// versions is the standing of the id that a version is of.
func (a *asker) versions(n shelf.Number) standing {
	newest := a.view.NewestOf(n)
	if s, ok := a.listed[newest]; ok {
		return s
	}
	s := a.list(newest)
	if a.listed == nil {
		a.listed = map[shelf.Number]standing{}
	}
	a.listed[newest] = s
	return s
}

func (a *asker) list(newest shelf.Number) (s standing) {
	var seen []shelf.Number
	for n := newest; n != 0; n = a.view.At(n).Prev {
		a.looks++
		if a.sees(n) {
			seen = append(seen, n)
		}
	}
	if len(seen) < 2 {
		return standing{versions: seen, creators: len(seen)}
	}
	creator := a.owner(seen[len(seen)-1])
	foreign := func(n shelf.Number) int {
		if owner := a.owner(n); owner == creator || owner == access.Hub {
			return 0
		}
		return 1
	}
	slices.SortFunc(seen, func(x, y shelf.Number) int {
		return cmp.Or(
			cmp.Compare(foreign(x), foreign(y)),
			cmp.Compare(a.view.At(y).Modified, a.view.At(x).Modified),
			cmp.Compare(x, y), // of the same version the one that came first
		)
	})
	listed := map[int64]bool{}
	for _, n := range seen {
		if modified := a.view.At(n).Modified; !listed[modified] {
			listed[modified] = true
			s.versions = append(s.versions, n)
			s.creators += 1 - foreign(n)
		}
	}
	if len(s.versions) >= manyVersions {
		s.places = make(map[shelf.Number]int, len(s.versions))
		for i, n := range s.versions {
			s.places[n] = i
		}
	}
	return s
}

func (a *asker) owner(n shelf.Number) access.PartnerID { return a.known(a.view.At(n).Audience).owner }

// newest is the version of an id that the principal is shown; 0 if none is.
func (a *asker) newest(id string) (shelf.Number, error) {
	newest, err := a.view.Newest(shelf.KeyOf(id))
	if newest == 0 || err != nil {
		return 0, err
	}
	if a.view.At(newest).Flags&shelf.Contested == 0 {
		if !a.sees(newest) {
			return 0, nil
		}
		return newest, nil
	}
	if s := a.versions(newest); s.creators > 0 {
		return s.versions[0], nil
	}
	return 0, nil
}

// isNewest says whether a version is the one that the principal is shown.
func (a *asker) isNewest(n shelf.Number) bool {
	if !a.sees(n) {
		return false
	}
	return a.view.At(n).Flags&shelf.Contested == 0 || a.versions(n).versions[0] == n
}
