package release

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/stix"
)

// Reader is one principal, with the answers that the rule gave it.
type Reader struct {
	who  access.Principal
	may  map[audienceKey]answer
	from *Register
}

// answer is the release rule's, with the entry after which the reader is told.
type answer struct {
	may   bool
	after ledger.Seq
}

type audienceKey struct{ owner, audience string }

// Reader is who's view of the ledger. It belongs to one goroutine.
func (r *Register) Reader(who access.Principal) *Reader {
	return &Reader{who: who, may: map[audienceKey]answer{}, from: r}
}

// maySee asks the rule once for each audience. One that cannot be read is
// nobody's.
func (r *Reader) maySee(owner, audience string) bool { return r.ask(owner, audience).may }

// isTold says whether the reader is told of a contribution's entry. Who joined
// its community later is not: what came before is there to be asked for.
func (r *Reader) isTold(owner, audience string, entry ledger.Seq) bool {
	a := r.ask(owner, audience)
	return a.may && entry > a.after
}

func (r *Reader) ask(owner, audience string) answer {
	key := audienceKey{owner, audience}
	known, ok := r.may[key]
	if !ok {
		if a, err := access.ParseAudience(audience); err == nil {
			known.after, known.may = r.who.TellsSince(access.PartnerID(owner), a)
		}
		r.may[key] = known
	}
	return known
}

// Body is what the reader may be told of an entry, as things stood when the
// ledger's entry asOf had been folded: its body, or one with fewer objects or
// fewer parts of them. nil is nothing: the reader is not told that there is an
// entry.
func (r *Reader) Body(e ledger.Entry, asOf ledger.Seq) ([]byte, error) { return r.body(e, asOf, false) }

// Marked is Body for a reader that hands on what it is told: of a contribution it
// says who may be told, in Part.Audience and Part.Audiences.
func (r *Reader) Marked(e ledger.Entry, asOf ledger.Seq) ([]byte, error) {
	return r.body(e, asOf, true)
}

func (r *Reader) body(e ledger.Entry, asOf ledger.Seq, marked bool) ([]byte, error) {
	if !r.maySee(e.Actor, e.Audience) {
		return nil, nil
	}
	if e.Kind != contribution.KindAccepted {
		return e.Body, nil
	}
	if string(e.Body) == ledger.Erased || !r.isTold(e.Actor, e.Audience, e.Seq) {
		return nil, nil
	}
	own := r.who.Partner != "" && e.Actor == string(r.who.Partner)
	taken := r.from.touching(e.Seq, asOf)
	audience := ""
	if marked {
		audience = r.told(e.Audience)
	}
	if len(taken) == 0 && !granular(e.Body) {
		if own && !marked {
			return e.Body, nil
		}
		return shared(e, audience)
	}
	seen, err := r.visible(e, taken)
	if err != nil || len(seen.objects) == 0 {
		return nil, err
	}
	part := seen.part
	if !own || marked {
		part = contribution.Part{ID: part.ID, Source: part.Source, Origin: part.Origin, Audience: audience}
	}
	part.Objects = nil
	for _, o := range seen.objects {
		part.Objects = append(part.Objects, o.raw)
	}
	if marked {
		part.Audiences = r.narrowed(e, seen.objects, taken)
	}
	body, err := json.Marshal(part)
	if err != nil {
		return nil, fmt.Errorf("release entry %d: %w", e.Seq, err)
	}
	return body, nil
}

// beforeObjects ends what the hub itself wrote before a part's objects.
var beforeObjects = []byte(`"objects":[`)

// shared is a part as it is told to others than its owner: how many parts there
// are, and for whom some of them are, would tell of what is hidden.
func shared(e ledger.Entry, audience string) ([]byte, error) {
	head, objects, ok := bytes.Cut(e.Body, beforeObjects)
	var part contribution.Part
	err := json.Unmarshal(append(append(bytes.Clone(head), beforeObjects...), "]}"...), &part)
	if err != nil || !ok {
		return nil, fmt.Errorf("release entry %d: its body is no contribution's: %w", e.Seq, err)
	}
	told, err := json.Marshal(contribution.Part{ID: part.ID, Source: part.Source, Origin: part.Origin, Audience: audience})
	if err != nil {
		return nil, fmt.Errorf("release entry %d: %w", e.Seq, err)
	}
	told, _, _ = bytes.Cut(told, beforeObjects)
	body := make([]byte, 0, len(told)+len(beforeObjects)+len(objects))
	return append(append(append(body, told...), beforeObjects...), objects...), nil
}

// granular says whether the part's members before its objects, which the hub
// wrote itself, tell of granular markings.
func granular(body []byte) bool {
	head, _, _ := bytes.Cut(body, beforeObjects)
	return bytes.Contains(head, []byte(`"granular":true`))
}

// seen is what a reader may see of a part.
type seen struct {
	part    contribution.Part
	objects []object
}

type object struct {
	id      string
	version time.Time
	raw     jsontext.Value // in the form that the reader may see
}

// visible is the part with its objects in the form that the reader may see,
// after what was taken.
func (r *Reader) visible(e ledger.Entry, taken []Withdrawal) (s seen, err error) {
	if err := json.Unmarshal(e.Body, &s.part); err != nil {
		return s, fmt.Errorf("release entry %d: %w", e.Seq, err)
	}
	for i, raw := range s.part.Objects {
		header, err := stix.ParseHeader(raw)
		if err != nil {
			return s, fmt.Errorf("release entry %d: object %d: %w", e.Seq, i, err)
		}
		if !r.still(e, header, taken) {
			continue
		}
		shown, err := r.Redact(e.Actor, e.Audience, s.part.Recipients, raw)
		switch {
		case errors.Is(err, stix.ErrWithheld):
		case err != nil:
			return s, fmt.Errorf("release entry %d: %s: %w", e.Seq, header.ID, err)
		default:
			s.objects = append(s.objects, object{header.ID, header.Version(), shown})
		}
	}
	return s, nil
}

// still says whether the reader may see an object after all that was taken.
func (r *Reader) still(e ledger.Entry, h stix.Header, taken []Withdrawal) bool {
	for _, w := range taken {
		if w.Owner == e.Actor && w.names(h.ID, h.Version()) && !r.maySee(w.Owner, w.Audience) {
			return false
		}
	}
	return true
}

// Redact takes away the parts of an object that the reader may not see by its
// granular markings: each is an audience of its own, the level of the marking
// within the community of the whole.
func (r *Reader) Redact(owner, audience string, recipients []string, raw jsontext.Value) (jsontext.Value, error) {
	whole, err := access.ParseAudience(audience)
	if err != nil {
		return nil, stix.ErrWithheld
	}
	shown, _, err := stix.Redact(raw, func(ref string) bool {
		level, ok := stix.TLPOf(ref)
		if !ok {
			return false
		}
		part := access.Audience{TLP: access.TLP(level), Community: whole.Community}
		if part.TLP == access.Red {
			for _, id := range recipients {
				part.Recipients = append(part.Recipients, access.PartnerID(id))
			}
		}
		return !r.maySee(owner, part.String())
	})
	return shown, err
}
