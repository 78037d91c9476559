package pull

import (
	"bytes"

	"github.com/zeebo/xxh3"

	"github.com/tocsin-project/tocsin/internal/intake"
)

// maxLines is how many lines of a text are remembered; a longer one is taken
// whole each time it has changed.
const maxLines = 1_000_000

// lines are those of a text, as hashes. A list of 100,000 values that gains
// one every ten minutes would otherwise be contributed whole every ten minutes.
// They are in memory alone: after a start, a list that has changed is taken
// whole once. nil remembers nothing.
type lines struct {
	hashes map[uint64]struct{}
	header bool // the first line that is no comment may name the columns
}

// linesOf remembers the lines of a text whose lines stand each for themselves;
// of others it gives nil.
func linesOf(kind string, raw []byte) *lines {
	switch intake.Format(kind) {
	case intake.List, intake.URLhaus, intake.ThreatFox, intake.Feodo:
	default:
		return nil
	}
	start := bytes.TrimSpace(raw)
	if len(start) == 0 || bytes.IndexByte([]byte("{[\x1f"), start[0]) >= 0 { // JSON, gzip
		return nil
	}
	if bytes.Count(raw, []byte{'\n'}) > maxLines {
		return nil
	}
	l := &lines{hashes: map[uint64]struct{}{}, header: intake.Format(kind) != intake.List}
	for line := range bytes.Lines(raw) {
		l.hashes[hashOf(line)] = struct{}{}
	}
	return l
}

func hashOf(line []byte) uint64 { return xxh3.Hash(bytes.TrimSpace(line)) }

// without gives the text with those lines emptied that l remembers, so that
// line numbers stay what they are; nil if nothing is left. Comments stay, as
// they may name the columns, and so does a header.
func (l *lines) without(raw []byte, now *lines) []byte {
	if l == nil || now == nil {
		return raw
	}
	rest := make([]byte, 0, len(raw)/8)
	head, found := !now.header, false
	for line := range bytes.Lines(raw) {
		trimmed := bytes.TrimSpace(line)
		comment := len(trimmed) == 0 || trimmed[0] == '#'
		_, known := l.hashes[hashOf(line)]
		switch {
		case comment, !head && known:
			rest = append(rest, line...)
		case !known:
			rest, found = append(rest, line...), true
		default:
			rest = append(rest, '\n')
		}
		head = head || !comment
	}
	if !found {
		return nil
	}
	return rest
}
