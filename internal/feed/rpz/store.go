package rpz

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"

	"github.com/zeebo/xxh3"

	"github.com/tocsin-project/tocsin/internal/atomicfile"
)

// stored is a cold zone as a file keeps it: the facts that it says, what had
// changed since the one before, and how it differs from that.
type stored struct {
	serial      uint32
	answers     []netip.Addr
	names       facts[name]
	nets        facts[block]
	recentNames []name
	recentNets  []block
	history     []change
}

// storedHead says what the file is. Its number rises when the same facts come to be
// said in other records: then the same serial would not mean the same content.
const storedHead = "tocsin cold zone 1\n"

// maxStored is the largest file that is read: some twenty million names.
const maxStored = 1 << 30

// keptZone begins the names of the files of zones.
const keptZone = "zone-"

// fileOf is the name of a view's file, which tells nothing of the view.
func fileOf(view string) string {
	sum := sha256.Sum256([]byte(view))
	return keptZone + hex.EncodeToString(sum[:8])
}

// write replaces the file. After storedHead come numbers as varints and texts with
// their lengths before them: the serial, the answers, the names and the prefixes
// in force, those that were recent, the changes; and then the XXH3 of it all.
func (z *stored) write(path string) error {
	staged, err := atomicfile.Stage(filepath.Dir(path), 0o600, func(w io.Writer) error {
		sum := xxh3.New()
		out := &encoder{to: io.MultiWriter(w, sum)}
		out.stored(z)
		if out.err == nil {
			_, out.err = w.Write(binary.BigEndian.AppendUint64(nil, sum.Sum64()))
		}
		return out.err
	})
	if err != nil {
		return err
	}
	if err := os.Rename(staged, path); err != nil {
		return errors.Join(err, os.Remove(staged))
	}
	return atomicfile.SyncDir(filepath.Dir(path))
}

type encoder struct {
	to     io.Writer
	buffer []byte
	err    error
}

func (e *encoder) flush(least int) {
	if len(e.buffer) >= least && e.err == nil {
		_, e.err = e.to.Write(e.buffer)
		e.buffer = e.buffer[:0]
	}
}

func (e *encoder) number(n int)  { e.buffer = binary.AppendUvarint(e.buffer, uint64(n)) }
func (e *encoder) text(s string) { e.number(len(s)); e.buffer = append(e.buffer, s...) }

func (e *encoder) stored(z *stored) {
	e.buffer = append(e.buffer, storedHead...)
	e.number(int(z.serial))
	e.number(len(z.answers))
	for _, a := range z.answers {
		e.text(string(a.AsSlice()))
	}
	e.number(len(z.names))
	for _, f := range z.names {
		e.number(int(f.kind))
		e.number(int(f.answer))
		e.text(string(f.key))
		e.flush(64 << 10)
	}
	e.number(len(z.nets))
	for _, f := range z.nets {
		e.text(f.key.String())
		e.flush(64 << 10)
	}
	e.number(len(z.recentNames))
	for _, n := range z.recentNames {
		e.text(string(n))
	}
	e.number(len(z.recentNets))
	for _, b := range z.recentNets {
		e.text(b.String())
	}
	e.number(len(z.history))
	for _, c := range z.history {
		e.number(int(c.from))
		e.number(int(c.to))
		e.records(c.removed)
		e.records(c.added)
	}
	e.flush(0)
}

func (e *encoder) records(rs []record) {
	e.number(len(rs))
	for _, r := range rs {
		e.text(r.name)
		e.text(string(r.answer.AsSlice()))
		e.number(count(r.wild)*2 + count(r.pass))
		e.flush(64 << 10)
	}
}

var errStored = errors.New("damaged")

// readStored reads a file that write wrote. The error wraps what the file system
// says, or errStored.
func readStored(path string) (*stored, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxStored {
		return nil, fmt.Errorf("%s: %w: it has %d bytes", path, errStored, info.Size())
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	z, err := parseStored(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return z, nil
}
