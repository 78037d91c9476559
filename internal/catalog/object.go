package catalog

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/catalog/shelf"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/stix"
)

// Object is one version of a STIX object, as one partner shared it, without
// the parts that the principal may not see.
type Object struct {
	ID   string // "malware--" and a UUID
	Type string
	Name string // of an observable its value; may be empty
	PAP  string // the tightest level of the Permissible Actions Protocol in its labels, if any
	// Modified is the version: modified, or created for what cannot be
	// modified, in microseconds; zero for an observable.
	Modified time.Time
	Revoked  bool
	Owner    access.PartnerID
	Audience access.Audience
	// Added is when it came into the catalog: microseconds, strictly
	// increasing with Place.
	Added time.Time
	Place Place
	Raw   jsontext.Value // the bytes as they came; nil where the question left them out
}

// Place is a version's position in added order, with gaps; the same in every
// catalog of the same ledger. As a cursor, n means "after place n", so 0 is
// the beginning.
type Place uint64

// A place is the entry's number and, from 1, the version's in it. An entry's
// body of 1 MiB has room for a third of placeBits' range, of `{},`.
const placeBits = 20

func placeOf(seq uint64, ordinal uint32) Place { return Place(seq<<placeBits | uint64(ordinal)) }

func (p Place) parts() (seq uint64, ordinal uint32) {
	return uint64(p) >> placeBits, uint32(p) & (1<<placeBits - 1)
}

// Object is the newest released version of an id by its creator, who is the
// partner whose version came first among the released; or by the hub. A
// revoked object is found and says that it is revoked.
func (c *Catalog) Object(_ context.Context, who access.Principal, id string) (Object, error) {
	a := c.ask(who)
	defer a.close()
	n, err := a.newest(id)
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return Object{}, fmt.Errorf("object %s: %w", id, err)
	}
	o, _, err := a.object(n)
	if err != nil {
		return Object{}, fmt.Errorf("object %s: %w", id, err)
	}
	return o, nil
}

// Versions is every released version of an id: the creator's and the hub's,
// the newest first, and then those that others call versions of it. Where two
// partners shared the same version it is the creator's, or the one that came
// first.
func (c *Catalog) Versions(_ context.Context, who access.Principal, id string) ([]Object, error) {
	a := c.ask(who)
	defer a.close()
	shown, err := a.newest(id)
	if err == nil && shown == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("versions of %s: %w", id, err)
	}
	var versions []Object
	for _, n := range a.versions(shown).versions {
		o, _, err := a.object(n)
		if err != nil {
			return nil, fmt.Errorf("versions of %s: %w", id, err)
		}
		versions = append(versions, o)
	}
	return versions, nil
}

// raw is a version's bytes as the principal may see them; nil if it may see
// none.
func (a *asker) raw(n shelf.Number) (jsontext.Value, error) {
	raw, err := a.view.Raw(n)
	if err != nil || a.view.At(n).Flags&shelf.Granular == 0 {
		return raw, err
	}
	out, withheld, err := a.forReader(a.known(a.c.granular.redOf(n)), raw)
	if err != nil || withheld {
		return nil, err
	}
	return out, nil
}

// object reads a version that the principal sees.
func (a *asker) object(n shelf.Number) (Object, stix.Header, error) {
	t, err := a.take(n)
	if err != nil {
		return Object{}, stix.Header{}, err
	}
	return t.object()
}

// taken is what a version's view knows of it. The rest is in the bytes, and
// can be read when the view is closed.
type taken struct {
	raw      jsontext.Value
	modified int64
	added    int64
	place    Place
	revoked  bool
	known    *known
}

func (a *asker) take(n shelf.Number) (taken, error) {
	raw, err := a.raw(n)
	if err != nil {
		return taken{}, err
	}
	modified, err := a.view.Modified(n)
	if err != nil {
		return taken{}, err
	}
	r := a.view.At(n)
	seq, ordinal, added := a.view.Place(n)
	return taken{raw, modified, added, placeOf(seq, ordinal), r.Flags&shelf.Revoked != 0, a.known(r.Audience)}, nil
}

func (t taken) object() (Object, stix.Header, error) {
	h, err := stix.ParseHeader(t.raw)
	if err != nil {
		return Object{}, h, fmt.Errorf("%w: the version in place %d: %w", shelf.ErrDamaged, t.place, err)
	}
	o := Object{
		ID: h.ID, Type: h.Type, Name: nameOf(h, t.raw), PAP: h.PAP,
		Modified: fromMicros(t.modified), Revoked: t.revoked,
		Owner: t.known.owner, Audience: t.known.parsed,
		Added: fromMicros(t.added), Place: t.place, Raw: t.raw,
	}
	o.Audience.Recipients = slices.Clone(o.Audience.Recipients)
	return o, h, nil
}

// Entries is the ledger's entries that hold what an owner shared: of a
// contribution all of its entries, of an object those with its versions, but
// for those that it has withdrawn. There are none of what is not the owner's,
// or was erased.
func (c *Catalog) Entries(ctx context.Context, owner access.PartnerID, id string) ([]ledger.Seq, error) {
	if isContribution(id) {
		return c.entriesOf(ctx, owner, id)
	}
	a := c.ask(access.Principal{})
	defer a.close()
	n, err := a.view.Newest(shelf.KeyOf(id))
	if err != nil {
		return nil, fmt.Errorf("entries of %s: %w", id, err)
	}
	var entries []ledger.Seq
	for ; n != 0; n = a.view.At(n).Prev {
		r := a.view.At(n)
		if k := a.known(r.Audience); r.Flags&shelf.Erased == 0 && k.owner == owner && k.parsed.TLP != "" {
			seq, _, _ := a.view.Place(n)
			entries = append(entries, ledger.Seq(seq))
		}
	}
	slices.Sort(entries)
	return slices.Compact(entries), nil
}

// versionTime is when the version was made: modified, or created for what
// cannot be modified, such as a marking definition (TAXII 2.1, section 3.4).
func versionTime(h stix.Header) int64 {
	if t := h.Version(); !t.IsZero() {
		return t.UnixMicro()
	}
	return unversioned
}

// unversioned is the modified time of an object that has none: an observable
// has no versions, its id says all.
const unversioned = math.MinInt64
