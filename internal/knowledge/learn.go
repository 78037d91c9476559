package knowledge

import (
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/release"
	"github.com/tocsin-project/tocsin/internal/stream"
	"github.com/tocsin-project/tocsin/stix"
)

// lesson is what one line of the stream teaches: the journal has one JSON line
// for each.
type lesson struct {
	Mark stream.Mark `json:"mark"`
	// From are the contributions that told what follows, or of which it is taken
	// back, by their ids, and of these only Versions, if there are any. What an
	// older release kept has none: its withdrawals are of all that was told.
	From     []string    `json:"from,omitempty"`
	Versions []time.Time `json:"versions,omitempty"`
	// Ops are in the order of the line's objects.
	Ops []op `json:"ops,omitempty"`
	// Again says that the hub took back what it can no longer name: all has to
	// be learned from the beginning.
	Again bool `json:"-"`
	// Left are indicators that could not be taken, with the reason.
	Left []string `json:"-"`
}

// op is one version of an indicator, or its end.
type op struct {
	ID      string    `json:"id"`
	Version time.Time `json:"version,omitzero"`
	Pattern string    `json:"pattern,omitzero"` // empty: it names nothing any more
	Until   time.Time `json:"until,omitzero"`   // valid_until; zero: no end
	Forced  bool      `json:"forced,omitzero"`  // no version: it was taken back
}

// read understands a line of the stream. After an error the lesson is its mark
// alone.
func read(line stream.Line) (lesson, error) {
	l := lesson{Mark: stream.Mark{Cursor: line.Cursor, N: line.N, Chain: line.Chain}}
	switch line.Kind {
	case contribution.KindAccepted:
		var part contribution.Part
		if err := json.Unmarshal(line.Body, &part); err != nil {
			return l, fmt.Errorf("read contribution of line %d: %w", line.N, err)
		}
		for _, raw := range part.Objects {
			l.object(raw, line.Time)
		}
		if len(l.Ops) > 0 {
			l.From = []string{part.ID}
		}
	case contribution.KindTightened:
		var n release.Notice
		if err := json.Unmarshal(line.Body, &n); err != nil {
			return l, fmt.Errorf("read withdrawal of line %d: %w", line.N, err)
		}
		for _, id := range n.Withdrawn {
			l.Ops = append(l.Ops, op{ID: id, Forced: true})
		}
		if len(l.Ops) > 0 {
			l.From, l.Versions = n.Contributions, n.Versions
		}
		l.Again = len(n.Contributions) > 0 && len(n.Withdrawn)+len(n.Tightened) == 0
	}
	return l, nil
}

// sources are the hashes of the contributions' ids.
func (l *lesson) sources() map[uint64]bool {
	set := make(map[uint64]bool, len(l.From))
	for _, id := range l.From {
		set[hashOf(id)] = true
	}
	return set
}

// ahead is how far a version may be ahead of when the hub took it in.
const ahead = 24 * time.Hour

// object takes in one object that the hub took in at an instant, if it is an
// indicator whose pattern is STIX's. A version from the future counts as of
// then: else it could never be corrected.
func (l *lesson) object(raw jsontext.Value, at time.Time) {
	var kind struct {
		Type string `json:"type"`
	}
	if json.Unmarshal(raw, &kind, jsontext.AllowDuplicateNames(true)) != nil || kind.Type != "indicator" {
		return
	}
	h, err := stix.ParseHeader(raw)
	if err != nil {
		l.Left = append(l.Left, err.Error())
		return
	}
	var validity struct {
		Until time.Time `json:"valid_until"`
	}
	if err := json.Unmarshal(raw, &validity); err != nil {
		l.Left = append(l.Left, fmt.Sprintf("%s: valid_until: %v", h.ID, err))
		return
	}
	one := op{ID: h.ID, Version: h.Version(), Until: validity.Until}
	if one.Version.After(at.Add(ahead)) {
		one.Version = at
	}
	switch {
	case h.Revoked:
	case h.PatternType != "stix":
		l.Left = append(l.Left, fmt.Sprintf("%s: pattern type %q is not matched, only \"stix\" is", h.ID, h.PatternType))
	default:
		one.Pattern = h.Pattern
	}
	l.Ops = append(l.Ops, one)
}
