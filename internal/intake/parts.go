package intake

import (
	"crypto/sha256"
	"fmt"
	"hash"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/zeebo/xxh3"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/stix"
)

// partOverhead is room for what a part's body holds beside its objects,
// recipients and origin.
const partOverhead = 512

// parts gathers objects into the bodies of entries: one audience each, and
// none larger than an entry may be.
type parts struct {
	s          Submission
	recipients []byte // as JSON, with a comma before it; empty if there are none
	origin     []byte // the same
	head       int    // bytes before the objects of a part
	room       int    // bytes of objects in a part
	content    hash.Hash
	groups     map[string]*group
	order      []*group // as the audiences first appear
	last       *group   // of the object before
	lastFor    access.Audience
	versions   map[versionKey]version
	counts     map[xxh3.Uint128]int // of an object's versions
	elsewhere  map[placement]bool   // versions that a second audience has as well
}

// group is the objects of one audience.
type group struct {
	audience string
	full     []piece
	open     piece
}

// piece is comma-separated objects, enough for one entry, behind room for what
// stands before them in the entry's body.
type piece struct {
	text     []byte
	granular bool // an object has granular markings
	red      bool // one of them is TLP:RED
}

// versionKey names a version of an object.
type versionKey struct {
	id xxh3.Uint128
	at int64
}

// version is what was taken of a version first.
type version struct {
	content xxh3.Uint128
	group   *group
}

// placement is a version in another group than its first. What several parts
// of a MISP event share goes to the audience of each.
type placement struct {
	versionKey
	*group
}

func newParts(s Submission) *parts {
	p := &parts{s: s, content: sha256.New(), groups: map[string]*group{}, versions: map[versionKey]version{}, counts: map[xxh3.Uint128]int{}, elsewhere: map[placement]bool{}}
	if len(s.Audience.Recipients) > 0 {
		if list, err := json.Marshal(s.Audience.Recipients); err == nil { // else they are no text, and nobody's ids
			p.recipients = fmt.Appendf(nil, `,"recipients":%s`, list)
		}
	}
	if s.Origin != nil {
		if o, err := json.Marshal(s.Origin); err == nil { // else it is no text either
			p.origin = fmt.Appendf(nil, `,"origin":%s`, o)
		}
	}
	p.head = partOverhead + len(p.recipients) + len(p.origin)
	p.room = ledger.MaxBody - p.head - len("]}")
	return p
}

// addition is what became of an object.
type addition int

const (
	added    addition = iota
	again             // the same version with the same content is there
	contrary          // the same version is there and says something else
	crowded           // there are maxVersions of the object already
)

// maxVersions is how many versions of one object a contribution may hold: to
// place each costs a look at the others.
const maxVersions = 1000

// add puts an object into the part of its audience, without the white space
// between its tokens.
func (p *parts) add(a access.Audience, o stix.Object) addition {
	g := p.group(a)
	if len(g.open.text) > p.head && len(g.open.text)-p.head+1+len(o.Raw) > p.room {
		g.full, g.open = append(g.full, g.open), piece{}
	}
	if g.open.text == nil {
		g.open.text = make([]byte, p.head, max(firstRoom, p.head+len(o.Raw)+2))
	}
	before := len(g.open.text)
	if free := cap(g.open.text) - before; free <= len(o.Raw)+3 {
		// Twice as much each time: a piece is copied about once over.
		g.open.text = slices.Grow(g.open.text, max(before, len(o.Raw)+3))
	}
	if before > p.head {
		g.open.text = append(g.open.text, ',')
	}
	start := len(g.open.text)
	g.open.text = appendCompact(g.open.text, o.Raw)
	written := g.open.text[start:]

	key := versionKey{id: xxh3.HashString128(o.ID), at: unversioned}
	if v := o.Header.Version(); !v.IsZero() {
		key.at = v.UnixNano()
	}
	content := xxh3.Hash128(written)
	if earlier, found := p.versions[key]; !found {
		if p.counts[key.id]++; p.counts[key.id] > maxVersions {
			g.open.text = g.open.text[:before]
			return crowded
		}
		p.versions[key] = version{content, g}
	} else if here := (placement{key, g}); earlier.content != content || earlier.group == g || p.elsewhere[here] {
		g.open.text = g.open.text[:before]
		if earlier.content != content {
			return contrary
		}
		return again
	} else {
		p.elsewhere[here] = true
	}
	p.content.Write([]byte(g.audience))
	p.content.Write([]byte{'\n'})
	p.content.Write(written)
	p.content.Write([]byte{'\n'})
	if len(o.GranularMarkingRefs) > 0 {
		g.open.granular = true
		g.open.red = g.open.red || narrowest(o.GranularMarkingRefs) == access.Red
	}
	return added
}

// unversioned stands for the version of an object that has no times.
const unversioned = -1 << 63

// group is that of an audience.
func (p *parts) group(a access.Audience) *group {
	if p.last != nil && a.TLP == p.lastFor.TLP && a.Community == p.lastFor.Community && len(a.Recipients) == 0 && len(p.lastFor.Recipients) == 0 {
		return p.last
	}
	key := a.String()
	g := p.groups[key]
	if g == nil {
		g = &group{audience: key}
		p.groups[key] = g
		p.order = append(p.order, g)
	}
	p.last, p.lastFor = g, a
	return g
}

// firstRoom is the first size of a piece.
const firstRoom = 4 << 10
