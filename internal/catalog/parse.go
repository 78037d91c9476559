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

// parsed is an object as far as it can be read without knowing the others.
type parsed struct {
	raw     jsontext.Value
	id      string
	version shelf.Version
	kind    kind
	words   words
	err     error
}

// parsedPart is a contribution's entry; its objects come in slices.
type parsedPart struct {
	ledger.Entry
	contribution.Part
	erased bool // the entry's content was destroyed
	err    error
	slices []*slice
}

type slice struct {
	raw    []jsontext.Value
	parsed []parsed
	done   chan struct{} // closed when parsed is there
}

// objectsAtOnce is how many objects one goroutine parses before it takes the
// next ones.
const objectsAtOnce = 64

// parse reads entries ahead on all processors and yields them in order. Of
// other kinds than contributions it yields the entry alone.
func parse(ctx context.Context, entries []ledger.Entry, yield func(*parsedPart) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	parts, work := make(chan *parsedPart, 2), make(chan *slice, 64)
	for range runtime.GOMAXPROCS(0) {
		go func() {
			for s := range work {
				s.parse()
			}
		}()
	}
	go func() {
		defer close(parts)
		defer close(work)
		for _, e := range entries {
			p := readPart(e)
			for _, s := range p.slices {
				select {
				case work <- s:
				case <-ctx.Done():
					return
				}
			}
			select {
			case parts <- p:
			case <-ctx.Done():
				return
			}
		}
	}()
	for p := range parts {
		if err := yield(p); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func readPart(e ledger.Entry) *parsedPart {
	p := &parsedPart{Entry: e}
	if e.Kind != contribution.KindAccepted {
		return p
	}
	if p.erased = string(e.Body) == ledger.Erased; p.erased {
		return p
	}
	if p.err = json.Unmarshal(e.Body, &p.Part); p.err != nil {
		return p
	}
	for from := 0; from < len(p.Objects); from += objectsAtOnce {
		raw := p.Objects[from:min(from+objectsAtOnce, len(p.Objects))]
		p.slices = append(p.slices, &slice{raw: raw, parsed: make([]parsed, len(raw)), done: make(chan struct{})})
	}
	return p
}

func (s *slice) parse() {
	defer close(s.done)
	for i, raw := range s.raw {
		s.parsed[i] = parseObject(raw)
	}
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
	p.kind = kindOf(h.Type, h.Labels)
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
