// Package anchor keeps, in a small file beside what an engine stores, which
// entry was acknowledged last: no storage can lose acknowledged entries at its
// end in silence.
package anchor

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tocsin-project/tocsin/internal/atomicfile"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// The anchor is there because SQLite ends its write-ahead log at the first
// frame whose checksum does not hold, and JetStream its last block, in
// silence: a damaged byte takes every later commit with it, and nothing in
// what is left shows it.
//
// It is written after each commit with one pwrite and no fsync: after kill -9
// it is exact, since the kernel keeps what was written; after a power loss it
// may lag behind the ledger, never lead it.
//
//	offset  size  field
//	0       8     "tocsinh1"
//	8       8     seq, big-endian; 0 for an empty ledger
//	16      32    hash
//	48      32    SHA-256 of the 48 bytes before
const (
	magic  = "tocsinh1"
	length = 80
)

// Anchor is the file, open for writing.
type Anchor struct{ file *os.File }

// Path names the anchor of the ledger at path.
func Path(path string) string { return path + ".head" }

func encode(h ledger.Head) []byte {
	b := append(make([]byte, 0, length), magic...)
	b = binary.BigEndian.AppendUint64(b, uint64(h.Seq))
	b = append(b, h.Hash[:]...)
	sum := sha256.Sum256(b)
	return append(b, sum[:]...)
}

func decode(b []byte) (ledger.Head, error) {
	if len(b) != length {
		return ledger.Head{}, fmt.Errorf("%w: it has %d bytes, not %d", ledger.ErrCorrupt, len(b), length)
	}
	h := ledger.Head{Seq: ledger.Seq(binary.BigEndian.Uint64(b[8:]))}
	copy(h.Hash[:], b[16:])
	if !bytes.Equal(b, encode(h)) {
		return ledger.Head{}, fmt.Errorf("%w: its checksum does not hold", ledger.ErrCorrupt)
	}
	return h, nil
}

// Read gives the head that was acknowledged last; found is false if the
// ledger has no anchor, as after a restore of the ledger's file alone. A
// reader may meet the writer in the middle of a write, so what seems damaged
// is looked at again.
func Read(path string) (h ledger.Head, found bool, err error) {
	for range 5 {
		raw, readErr := os.ReadFile(Path(path))
		if errors.Is(readErr, fs.ErrNotExist) {
			return ledger.Head{}, false, nil
		}
		if readErr != nil {
			return ledger.Head{}, true, readErr
		}
		if h, err = decode(raw); err == nil {
			break
		}
	}
	return h, true, err
}

// Open brings the anchor up to head and leaves it open for writing. Here
// alone it is synced, with its directory: later writes go in place.
func Open(path string, head ledger.Head) (*Anchor, error) {
	f, err := os.OpenFile(Path(path), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	a := &Anchor{file: f}
	err = errors.Join(a.Write(head), f.Sync(), atomicfile.SyncDir(filepath.Dir(path)))
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return a, nil
}

// Write moves the anchor to the head, which is on disk.
func (a *Anchor) Write(h ledger.Head) error {
	if _, err := a.file.WriteAt(encode(h), 0); err != nil {
		return fmt.Errorf("write the anchor: %w", err)
	}
	return nil
}

// Close syncs the anchor and closes it.
func (a *Anchor) Close() error {
	return errors.Join(a.file.Sync(), a.file.Close())
}
