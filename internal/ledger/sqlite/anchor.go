package sqlite

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

// The anchor is a small file beside the ledger that holds its head. It is
// there because SQLite ends its write-ahead log at the first frame whose
// checksum does not hold, in silence: a damaged frame in the tail takes every
// later commit with it, and nothing in what is left shows it.
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
	anchorMagic  = "tocsinh1"
	anchorLength = 80
)

type anchor struct{ file *os.File }

func anchorPath(path string) string { return path + ".head" }

func encodeAnchor(h ledger.Head) []byte {
	b := append(make([]byte, 0, anchorLength), anchorMagic...)
	b = binary.BigEndian.AppendUint64(b, uint64(h.Seq))
	b = append(b, h.Hash[:]...)
	sum := sha256.Sum256(b)
	return append(b, sum[:]...)
}

func decodeAnchor(b []byte) (ledger.Head, error) {
	if len(b) != anchorLength {
		return ledger.Head{}, fmt.Errorf("%w: it has %d bytes, not %d", ledger.ErrCorrupt, len(b), anchorLength)
	}
	h := ledger.Head{Seq: ledger.Seq(binary.BigEndian.Uint64(b[8:]))}
	copy(h.Hash[:], b[16:])
	if !bytes.Equal(b, encodeAnchor(h)) {
		return ledger.Head{}, fmt.Errorf("%w: its checksum does not hold", ledger.ErrCorrupt)
	}
	return h, nil
}

// readAnchor gives the head that was acknowledged last; found is false if the
// ledger has no anchor, as after a restore of the ledger's file alone. A
// reader may meet the writer in the middle of a write, so what seems damaged
// is looked at again.
func readAnchor(path string) (h ledger.Head, found bool, err error) {
	for range 5 {
		raw, readErr := os.ReadFile(anchorPath(path))
		if errors.Is(readErr, fs.ErrNotExist) {
			return ledger.Head{}, false, nil
		}
		if readErr != nil {
			return ledger.Head{}, true, readErr
		}
		if h, err = decodeAnchor(raw); err == nil {
			break
		}
	}
	return h, true, err
}

// openAnchor brings the anchor up to head and leaves it open for writing. Here
// alone it is synced, with its directory: later writes go in place.
func openAnchor(path string, head ledger.Head) (*anchor, error) {
	f, err := os.OpenFile(anchorPath(path), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	a := &anchor{file: f}
	err = errors.Join(a.write(head), f.Sync(), atomicfile.SyncDir(filepath.Dir(path)))
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return a, nil
}

func (a *anchor) write(h ledger.Head) error {
	if _, err := a.file.WriteAt(encodeAnchor(h), 0); err != nil {
		return fmt.Errorf("write the anchor: %w", err)
	}
	return nil
}

func (a *anchor) close() error {
	return errors.Join(a.file.Sync(), a.file.Close())
}
