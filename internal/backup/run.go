package backup

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"maps"
	"path/filepath"
	"time"

	"filippo.io/age"

	"github.com/tocsin-project/tocsin/internal/atomicfile"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// chunkBytes is from how many bytes of records on a member of a segment is full.
const chunkBytes = 1 << 20

// Source is what is copied: a hub's data directory and, in it, its ledger as it is
// stored, opened for reading. The hub may be running.
type Source struct {
	Data   string
	Layout Layout
	Ledger ledger.Ledger
}

// Result is what a run has added.
type Result struct {
	Run     int         `json:"run"`     // 0: there was nothing new
	Head    ledger.Head `json:"head"`    // of what is in the backup by now
	Entries uint64      `json:"entries"` // of the ledger
	Files   int         `json:"files"`   // changed or new
	Keys    int         `json:"keys"`    // blocks changed or new
	Bytes   int64       `json:"bytes"`   // written
}

// ErrOtherHub says that a ledger does not go on from what is in the backup.
var ErrOtherHub = errors.New("the backup is of another history: of another hub, or of this one before it was restored; use a new directory")

// Run copies what is new, encrypted to the recipients; without any it is not
// encrypted. When it returns all of it is on disk. A run that fails leaves the
// backup as it was.
func (d *Dir) Run(ctx context.Context, source Source, to []age.Recipient) (Result, error) {
	result, err := d.run(ctx, source, to)
	if err != nil {
		return Result{}, fmt.Errorf("back up %s into %s: %w", source.Data, d.path, err)
	}
	return result, nil
}

func (d *Dir) run(ctx context.Context, source Source, to []age.Recipient) (result Result, err error) {
	last := d.history.last()
	m := manifest{Format: format, Run: last.Run + 1, Previous: d.history.sum, Hub: last.Hub, Made: time.Now().UTC().Truncate(time.Second), Head: last.Head}
	c := &copying{Dir: d, source: source, files: make(map[string]string), seen: make(map[string]stamp)}
	if m.Segments, err = d.segments(m.Run, to, c.members(ctx, &m)); err != nil {
		return result, errors.Join(err, d.tidy())
	}
	m.Files = c.files
	var at stamp
	m.Keys, m.KeyBytes, at, err = d.copyKeys(filepath.Join(source.Data, filepath.FromSlash(source.Layout.Keys)), m.Run, to)
	if err != nil {
		return result, errors.Join(err, d.tidy())
	}
	result = Result{Head: m.Head, Entries: uint64(m.Head.Seq - last.Head.Seq), Files: len(m.Files), Keys: len(m.Keys)}
	if len(m.Segments) > 0 || len(m.Keys) > 0 || m.KeyBytes != last.KeyBytes {
		if err := d.end(m, &result); err != nil {
			return result, errors.Join(err, d.tidy())
		}
	}
	maps.Copy(d.seen, c.seen)
	d.keys = at
	return result, nil
}

// end writes the run's .run, with which it counts.
func (d *Dir) end(m manifest, result *Result) error {
	text, err := m.text()
	if err != nil {
		return err
	}
	if err := atomicfile.Write(filepath.Join(d.path, runName(m.Run)), text, 0o600); err != nil {
		return err
	}
	var replaced []block
	for _, b := range m.Keys {
		result.Bytes += b.Bytes
		if older, ok := d.history.keys[b.Block]; ok {
			replaced = append(replaced, older)
		}
	}
	for _, p := range m.Segments {
		result.Bytes += p.Bytes
	}
	result.Run, result.Bytes = m.Run, result.Bytes+int64(len(text))
	d.history.take(m, sha256.Sum256(text))
	return d.drop(replaced)
}

// members yields the files and then the entries that are new.
func (c *copying) members(ctx context.Context, m *manifest) iter.Seq2[member, error] {
	return func(yield func(member, error) bool) {
		c.yield = yield
		if c.everyFile() {
			c.entries(ctx, m)
		}
	}
}

// entries yields the records after the manifest's head up to the ledger's, and
// moves the manifest's head. The first has to follow from it: its hash commits to
// all that is in the backup.
func (c *copying) entries(ctx context.Context, m *manifest) {
	head, err := c.source.Ledger.Head(ctx)
	if err != nil {
		c.fail(err)
		return
	}
	if head.Seq < m.Head.Seq || head.Seq == m.Head.Seq && head.Hash != m.Head.Hash {
		c.fail(fmt.Errorf("%w (the ledger ends with entry %d, %s, the backup with %d, %s)", ErrOtherHub, head.Seq, head.Hash, m.Head.Seq, m.Head.Hash))
		return
	}
	var records bytes.Buffer
	first := m.Head.Seq + 1
	flush := func() bool {
		if records.Len() == 0 {
			return true
		}
		text := bytes.NewReader(bytes.Clone(records.Bytes()))
		name := fmt.Sprintf("entries/%020d", first)
		records.Reset()
		first = m.Head.Seq + 1
		return c.yield(member{name, 0o600, text.Size(), text}, nil)
	}
	for e, err := range c.source.Ledger.Read(ctx, m.Head.Seq) {
		if err != nil {
			c.fail(err)
			return
		}
		if e.Seq > head.Seq {
			break
		}
		if e.Prev != m.Head.Hash {
			c.fail(fmt.Errorf("%w (its entry %d, %s, is not here)", ErrOtherHub, m.Head.Seq, m.Head.Hash))
			return
		}
		record := e.Record()
		records.Write(binary.BigEndian.AppendUint32(nil, uint32(len(record))))
		records.Write(record)
		m.Head = ledger.Head{Seq: e.Seq, Hash: e.Hash}
		if e.Seq == 1 {
			m.Hub = e.Hash
		}
		if records.Len() >= chunkBytes && !flush() {
			return
		}
	}
	flush()
}
