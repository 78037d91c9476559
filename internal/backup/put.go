package backup

import (
	"archive/tar"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"
	"os"
	"path/filepath"

	"filippo.io/age"

	"github.com/tocsin-project/tocsin/internal/atomicfile"
)

// segmentBytes is how much goes into one segment before the next is begun: a
// damaged one takes at most so much with it.
const segmentBytes = 64 << 20

// member is one member of a segment.
type member struct {
	name    string
	mode    int64
	size    int64
	content io.Reader
}

// counting hashes and counts what is written through it.
type counting struct {
	to  io.Writer
	sum hash.Hash
	n   int64
}

func (c *counting) Write(p []byte) (int, error) {
	n, err := c.to.Write(p)
	c.sum.Write(p[:n])
	c.n += int64(n)
	return n, err
}

// put writes one file of the backup, encrypted if there are recipients, and
// returns once it is on disk under its name.
func (d *Dir) put(name string, to []age.Recipient, write func(io.Writer) error) (part, error) {
	path := filepath.Join(d.path, filepath.FromSlash(name))
	var c *counting
	staged, err := atomicfile.Stage(filepath.Dir(path), 0o600, func(w io.Writer) error {
		c = &counting{to: w, sum: sha256.New()}
		if len(to) == 0 {
			return write(c)
		}
		sealed, err := age.Encrypt(c, to...)
		if err != nil {
			return err
		}
		if err := write(sealed); err != nil {
			return err
		}
		return sealed.Close()
	})
	if err != nil {
		return part{}, fmt.Errorf("write %s: %w", name, err)
	}
	if err := os.Rename(staged, path); err != nil {
		return part{}, errors.Join(err, os.Remove(staged))
	}
	p := part{Name: name, Bytes: c.n}
	c.sum.Sum(p.SHA256[:0])
	return p, atomicfile.SyncDir(filepath.Dir(path))
}

// segments writes the members into as many segments as it takes.
func (d *Dir) segments(run int, to []age.Recipient, members iter.Seq2[member, error]) (parts []part, err error) {
	next, stop := iter.Pull2(members)
	defer stop()
	m, failed, more := next()
	for more && failed == nil {
		p, err := d.put(segmentName(run, len(parts)+1, len(to) > 0), to, func(w io.Writer) error {
			archive := tar.NewWriter(w)
			for written := int64(0); more && failed == nil && written < segmentBytes; m, failed, more = next() {
				if err := m.into(archive); err != nil {
					return fmt.Errorf("%s: %w", m.name, err)
				}
				written += m.size
			}
			if failed != nil {
				return failed
			}
			return archive.Close()
		})
		if err != nil {
			return nil, err
		}
		parts = append(parts, p)
	}
	return parts, failed
}

func (m member) into(archive *tar.Writer) error {
	err := archive.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: m.name, Mode: m.mode, Size: m.size, Format: tar.FormatPAX})
	if err != nil {
		return err
	}
	n, err := io.Copy(archive, m.content)
	if err == nil && n != m.size {
		err = fmt.Errorf("it became shorter while it was copied: %d bytes of %d", n, m.size)
	}
	return err
}
