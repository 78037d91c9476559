package backup

import (
	"archive/tar"
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"filippo.io/age"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// maxRecord is more than any record of the ledger has, in bytes.
const maxRecord = 4 << 20

// ErrKey says that none of the identities opens a file of the backup.
var ErrKey = errors.New("it is encrypted to a key that is not among those given: name with --identity the file of that one, too")

// read hands the content of a file of the backup to do, in the clear, and holds the
// file against what its run says of it. Damage comes before what do says of it.
// Without do the file is not decrypted.
func (p part) read(dir string, identities []age.Identity, do func(io.Reader) error) error {
	f, err := os.Open(filepath.Join(dir, filepath.FromSlash(p.Name)))
	if errors.Is(err, fs.ErrNotExist) {
		return Damage{p.Name, "it is missing"}
	}
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // it was only read
	raw := &counting{to: io.Discard, sum: sha256.New()}
	stored := io.TeeReader(bufio.NewReaderSize(f, 256<<10), raw)
	var failed error
	if do != nil {
		failed = p.open(stored, identities, do)
	}
	if _, err := io.Copy(io.Discard, stored); err != nil {
		return fmt.Errorf("read %s: %w", p.Name, err)
	}
	switch {
	case raw.n < p.Bytes:
		return Damage{p.Name, fmt.Sprintf("it was cut short: %d bytes of %d", raw.n, p.Bytes)}
	case raw.n > p.Bytes:
		return Damage{p.Name, fmt.Sprintf("it has %d bytes, %d were written", raw.n, p.Bytes)}
	case ledger.Hash(raw.sum.Sum(nil)) != p.SHA256:
		return Damage{p.Name, "its checksum does not hold"}
	case failed != nil:
		return fmt.Errorf("read %s: %w", p.Name, failed)
	}
	return nil
}

func (p part) open(stored io.Reader, identities []age.Identity, do func(io.Reader) error) error {
	if !p.encrypted() {
		return do(stored)
	}
	if len(identities) == 0 {
		return ErrKey
	}
	plain, err := age.Decrypt(stored, identities...)
	if none := new(age.NoIdentityMatchError); errors.As(err, &none) {
		return ErrKey
	}
	if err == nil {
		err = do(plain)
	}
	if err == nil {
		_, err = io.Copy(io.Discard, plain) // its end is authenticated, too
	}
	return err
}

// contents takes what is in a segment; each may be nil.
type contents struct {
	entry func(ledger.Entry) error
	file  func(name string, mode fs.FileMode, content io.Reader) error
}

// segment reads a segment that was decrypted. What it says was written by whoever
// could write to the backup: it is held to the form, and the entries' chain is for
// the caller to check.
func (c contents) segment(plain io.Reader) error {
	archive := tar.NewReader(plain)
	for {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		kind, name, _ := strings.Cut(h.Name, "/")
		switch {
		case h.Typeflag != tar.TypeReg:
			return fmt.Errorf("%w: %q is no plain file", ErrDamaged, h.Name)
		case kind == "entries":
			err = c.records(archive)
		case kind == "files" && filepath.IsLocal(name) && path.Clean(name) == name && name != ".":
			if c.file != nil {
				err = c.file(name, fs.FileMode(h.Mode).Perm(), archive)
			}
		default:
			return fmt.Errorf("%w: it holds %q", ErrDamaged, h.Name)
		}
		if err != nil {
			return err
		}
	}
}

// records reads records, each after its length.
func (c contents) records(from io.Reader) error {
	var length [4]byte
	for {
		_, err := io.ReadFull(from, length[:])
		if errors.Is(err, io.EOF) {
			return nil
		}
		n := binary.BigEndian.Uint32(length[:])
		if err != nil || n > maxRecord {
			return fmt.Errorf("%w: no length of a record", ErrDamaged)
		}
		record := make([]byte, n)
		if _, err := io.ReadFull(from, record); err != nil {
			return fmt.Errorf("%w: a record is cut short", ErrDamaged)
		}
		e, err := ledger.Parse(record)
		if err == nil && c.entry != nil {
			err = c.entry(e)
		}
		if err != nil {
			return err
		}
	}
}
