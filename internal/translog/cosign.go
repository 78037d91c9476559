package translog

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/atomicfile"
)

// ErrStale says that cosignatures are of a checkpoint that is no longer the
// current one.
var ErrStale = errors.New("the log has grown since")

// Cosign adds signature lines of witnesses to a checkpoint that is signed and
// perhaps cosigned already. Every line is checked like those that are there; of
// two by one witness the later time stays. Nothing else is taken in.
func Cosign(signed []byte, logs, witnesses []string, lines []byte) ([]byte, error) {
	known, err := signatories(logs, witnesses)
	if err != nil {
		return nil, fmt.Errorf("cosign checkpoint: %w", err)
	}
	cosigned, err := cosign(signed, known, lines)
	if err != nil {
		return nil, fmt.Errorf("cosign checkpoint: %w", err)
	}
	return cosigned, nil
}

func cosign(signed []byte, known []signatory, lines []byte) ([]byte, error) {
	now, err := openCosigned(signed, known)
	if err != nil {
		return nil, fmt.Errorf("as it is: %w", err)
	}
	text, all := splitNote(signed)
	for _, line := range splitLines(lines) {
		by, signature, err := whoSigned(line, text, known)
		if err != nil {
			return nil, err
		}
		if !by.witness {
			return nil, fmt.Errorf("%s is a key of the log, not of a witness", by.key)
		}
		seconds, _ := cosignedAt(signature)
		cosignature := Cosignature{Key: by.key.String(), At: time.Unix(seconds, 0).UTC()}
		at := slices.IndexFunc(now.Witnesses, func(c Cosignature) bool { return c.Key == cosignature.Key })
		switch {
		case at < 0:
			now.Witnesses, all = append(now.Witnesses, cosignature), append(all, line)
		case cosignature.At.After(now.Witnesses[at].At):
			now.Witnesses[at], all[len(now.Logs)+at] = cosignature, line
		}
	}
	return joinNote(text, all), nil
}

// splitNote takes a signed note apart: its text, and its signature lines without
// their line feeds.
func splitNote(signed []byte) (text []byte, lines [][]byte) {
	before, after, _ := bytes.Cut(signed, []byte("\n\n"))
	return append(bytes.Clone(before), '\n'), splitLines(after)
}

func splitLines(lines []byte) [][]byte {
	return bytes.Split(bytes.TrimSuffix(lines, []byte("\n")), []byte("\n"))
}

func joinNote(text []byte, lines [][]byte) []byte {
	return slices.Concat(text, []byte("\n"), bytes.Join(lines, []byte("\n")), []byte("\n"))
}

// Cosign adds cosignatures of a checkpoint, lines each with its line feed, to the
// one that is published, and returns it as it is published then. Those by other
// witnesses than the given ones (verifier keys) are dropped from it. Nothing
// changes if a line is of another key or does not verify. ErrStale: the
// checkpoint is no longer the current one.
func (l *Log) Cosign(of Checkpoint, lines []byte, witnesses []string) ([]byte, error) {
	known, err := signatories(l.Keys(), witnesses)
	if err != nil {
		return nil, fmt.Errorf("cosign checkpoint: %w", err)
	}
	l.appending.Lock()
	defer l.appending.Unlock()
	switch {
	case l.broken != nil:
		return nil, fmt.Errorf("cosign checkpoint: %w", l.broken)
	case of != l.tree:
		return nil, fmt.Errorf("cosign checkpoint of size %d: %w, to %d", of.Size, ErrStale, l.tree.Size)
	}
	text, all := splitNote(l.signed)
	all = slices.DeleteFunc(all, func(line []byte) bool {
		_, _, err := whoSigned(line, text, known)
		return err != nil
	})
	signed, err := cosign(joinNote(text, all), known, lines)
	if err != nil {
		return nil, fmt.Errorf("cosign checkpoint: %w", err)
	}
	// The tree is the same, so a crash may leave either file.
	if err := l.failAt("cosign " + checkpointFile); err != nil {
		return nil, fmt.Errorf("cosign checkpoint: %w", err)
	}
	if err := replaceFile(l.dir, l.path(checkpointFile), signed); err != nil {
		return nil, fmt.Errorf("cosign checkpoint: %w", err)
	}
	if err := atomicfile.SyncDir(l.dir); err != nil {
		return nil, fmt.Errorf("cosign checkpoint: %w", err)
	}
	l.become(l.tree, signed, l.edge)
	return bytes.Clone(signed), nil
}
