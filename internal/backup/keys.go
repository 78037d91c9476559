package backup

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"filippo.io/age"
)

// blockBytes is how much of the keys file is replaced when one of its keys is
// destroyed: 4,096 keys of 32 bytes.
const blockBytes = 128 << 10

// copyKeys writes the blocks of the keys file that have changed, and gives the
// file's length.
func (d *Dir) copyKeys(path string, run int, to []age.Recipient) (blocks []block, size int64, at stamp, err error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, at, nil
	}
	if err != nil {
		return nil, 0, at, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	info, err := f.Stat()
	if err != nil {
		return nil, 0, at, err
	}
	at = stampOf(info)
	if at != (stamp{}) && at == d.keys {
		return nil, d.history.last().KeyBytes, at, nil
	}
	for n := 0; ; n++ {
		content, err := readBlock(f, n)
		if err != nil {
			return nil, 0, at, err
		}
		if len(content) == 0 {
			return blocks, size, at, nil
		}
		size += int64(len(content))
		sum := sha256.Sum256(content)
		if known, ok := d.history.keys[n]; ok && known.Content == sum {
			continue
		}
		p, err := d.put(blockName(run, n, len(to) > 0), to, func(w io.Writer) error {
			_, err := w.Write(content)
			return err
		})
		if err != nil {
			return nil, 0, at, err
		}
		blocks = append(blocks, block{p, n, sum})
	}
}

// readBlock reads a block until it is the same twice: a key in it may be destroyed
// meanwhile, and half a key opens nothing.
func readBlock(f io.ReaderAt, n int) ([]byte, error) {
	var before []byte
	for {
		content := make([]byte, blockBytes)
		length, err := f.ReadAt(content, int64(n)*blockBytes)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		content = content[:length]
		if before != nil && bytes.Equal(before, content) {
			return content, nil
		}
		before = content
	}
}

// drop removes the blocks that others have replaced, and with them the keys that
// were destroyed.
func (d *Dir) drop(replaced []block) error {
	var errs []error
	for _, b := range replaced {
		if err := os.Remove(filepath.Join(d.path, b.Name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
