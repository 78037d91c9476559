package catalog

import (
	"context"
	"errors"
	"runtime"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/catalog/shelf"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/stix"
)

// Prepared is entries that wait to be applied, and are read meanwhile.
type Prepared struct {
	entries []*parsedEntry
}

// Prepare begins to read entries on all processors: what can be known of each
// without knowing the others. Once the context ends they can no longer be
// applied. Until then they take about three times their size in memory.
func Prepare(ctx context.Context, entries []ledger.Entry) *Prepared {
	p := &Prepared{entries: make([]*parsedEntry, len(entries))}
	for i, e := range entries {
		p.entries[i] = &parsedEntry{Entry: e, size: len(e.Body), read: make(chan struct{})}
	}
	work := make(chan *slice, 64)
	for range runtime.GOMAXPROCS(0) {
		go func() {
			for s := range work {
				s.parse(ctx)
			}
		}()
	}
	go func() {
		defer close(work)
		for _, e := range p.entries {
			for _, s := range e.parse(ctx) {
				work <- s
			}
		}
	}()
	return p
}

// Last is the last entry's number; there has to be one.
func (p *Prepared) Last() ledger.Seq { return p.entries[len(p.entries)-1].Seq }

// Bytes is how many bytes the bodies of the entries have.
func (p *Prepared) Bytes() (n int64) {
	for _, e := range p.entries {
		n += int64(e.size)
	}
	return n
}

// parsedEntry is an entry; the objects that it brings come in slices.
type parsedEntry struct {
	ledger.Entry
	size    int           // of the body
	read    chan struct{} // closed when what follows is there
	stopped error         // it was not read
	erased  bool          // its content was destroyed
	part    contribution.Part
	err     error // that it cannot be read
	slices  []*slice
}

type slice struct {
	raw     []jsontext.Value
	done    chan struct{} // closed when what follows is there
	stopped error         // they were not parsed
	parsed  []parsed
}

// parsed is an object as far as it can be read without knowing the others.
type parsed struct {
	raw     jsontext.Value
	id      string
	version shelf.Version
	kind    kind
	words   words
	err     error
}

// objectsAtOnce is how many objects one goroutine parses before it takes the
// next ones.
const objectsAtOnce = 64

// parse gives the slices as well: once e is read it belongs to the fold.
func (e *parsedEntry) parse(ctx context.Context) []*slice {
	defer close(e.read)
	if e.stopped = ctx.Err(); e.stopped != nil || e.Kind != contribution.KindAccepted {
		return nil
	}
	if e.erased = string(e.Body) == ledger.Erased; e.erased {
		return nil
	}
	if e.err = json.Unmarshal(e.Body, &e.part); e.err != nil {
		return nil
	}
	e.Body = nil // the objects are copies
	objects := e.part.Objects
	for from := 0; from < len(objects); from += objectsAtOnce {
		raw := objects[from:min(from+objectsAtOnce, len(objects))]
		e.slices = append(e.slices, &slice{raw: raw, done: make(chan struct{})})
	}
	return e.slices
}

// drop lets go of what was read, once it is folded.
func (e *parsedEntry) drop() {
	e.part.Objects, e.slices = nil, nil
}

func (s *slice) parse(ctx context.Context) {
	defer close(s.done)
	if s.stopped = ctx.Err(); s.stopped != nil {
		return
	}
	s.parsed = make([]parsed, len(s.raw))
	for i, raw := range s.raw {
		s.parsed[i] = parseObject(raw)
	}
}

// openLabels are the labels that everybody sees who sees the object: a view by
// label must not tell of another.
func openLabels(h stix.Header, raw jsontext.Value) []string {
	if !markedParts(h) || len(h.Labels) == 0 {
		return h.Labels
	}
	open, err := stix.ParseHeader(unmarked(raw))
	if err != nil {
		return nil
	}
	return open.Labels
}

func parseObject(raw jsontext.Value) parsed {
	h, err := stix.ParseHeader(raw)
	if err == nil && (h.ID == "" || h.Type == "") {
		err = errors.New("an object needs an id and a type")
	}
	p := parsed{raw: raw, id: h.ID, err: err}
	if err != nil {
		return p
	}
	p.kind = kindOf(h.Type, openLabels(h, raw))
	p.version = shelf.Version{Key: shelf.KeyOf(h.ID), Modified: versionTime(h)}
	if h.Revoked {
		p.version.Flags |= shelf.Revoked
	}
	if markedParts(h) {
		p.version.Flags |= shelf.Granular
	}
	if h.Type == relationshipType {
		p.version.Flags |= shelf.Relationship
		p.version.Source, p.version.Target = shelf.KeyOf(h.SourceRef), shelf.KeyOf(h.TargetRef)
	}
	p.words = wordsFor(h, raw)
	return p
}
