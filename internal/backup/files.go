package backup

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// pinTries is how often the files are gone through until the pin stayed the same.
// Only what has changed is copied again.
const pinTries = 20

// settled is how old a change has to be for a file's time to tell it from the next
// one: times of files are as coarse as the kernel's ticks.
const settled = time.Second

// stamp is what a file looks like from outside; the zero stamp is like none.
type stamp struct {
	changed time.Time
	size    int64
	mode    fs.FileMode
}

// stampOf is the zero stamp while the file's time cannot be relied on.
func stampOf(info fs.FileInfo) stamp {
	if time.Since(info.ModTime()) < settled {
		return stamp{}
	}
	return stamp{info.ModTime(), info.Size(), info.Mode()}
}

// copying is one run on its way.
type copying struct {
	*Dir
	source Source
	files  map[string]string // what changed: see manifest
	seen   map[string]stamp
	yield  func(member, error) bool
}

// everyFile yields the kept files that have changed, and the pin after those that
// it speaks of. It says whether to go on.
func (c *copying) everyFile() bool {
	for range pinTries {
		pin, err := c.readPin()
		if err != nil {
			return c.fail(err)
		}
		if !c.changedFiles() {
			return false
		}
		again, err := c.readPin()
		switch {
		case err != nil:
			return c.fail(err)
		case bytes.Equal(pin, again):
			return pin == nil || c.one(c.source.Layout.Pin, bytes.NewReader(pin), int64(len(pin)), 0o644)
		}
	}
	return c.fail(fmt.Errorf("%s does not stay the same while the files are copied: try again", c.source.Layout.Pin))
}

func (c *copying) fail(err error) bool {
	c.yield(member{}, err)
	return false
}

// readPin is nil if there is none.
func (c *copying) readPin() ([]byte, error) {
	if c.source.Layout.Pin == "" {
		return nil, nil
	}
	pin, err := os.ReadFile(filepath.Join(c.source.Data, filepath.FromSlash(c.source.Layout.Pin)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return pin, err
}

func (c *copying) changedFiles() bool {
	more := true
	err := filepath.WalkDir(c.source.Data, func(path string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // gone since its folder was read
		}
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		name, err := filepath.Rel(c.source.Data, path)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		if name == c.source.Layout.Pin || !c.source.Layout.Kept(name) {
			return nil
		}
		if more, err = c.file(name, path); err == nil && !more {
			return filepath.SkipAll
		}
		return err
	})
	if err != nil {
		return c.fail(err)
	}
	return more
}

// file yields one file if it is not as it was. What is copied are the bytes that it
// has as it is opened; files only grow, or are replaced by others.
func (c *copying) file(name, path string) (more bool, err error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	info, err := f.Stat()
	if err != nil {
		return false, err
	}
	if s := stampOf(info); s != (stamp{}) && (s == c.Dir.seen[name] || s == c.seen[name]) {
		return true, nil
	}
	c.seen[name] = stampOf(info)
	return c.one(name, io.NewSectionReader(f, 0, info.Size()), info.Size(), info.Mode().Perm()), nil
}

// one yields a file whose content is not what was copied last.
func (c *copying) one(name string, content io.ReadSeeker, size int64, mode fs.FileMode) bool {
	sum := sha256.New()
	fmt.Fprintf(sum, "%o\n", mode)
	_, err := io.Copy(sum, content)
	if err == nil {
		_, err = content.Seek(0, io.SeekStart)
	}
	if err != nil {
		return c.fail(err)
	}
	id, is := pathID(name), hex.EncodeToString(sum.Sum(nil)[:16])
	was, copied := c.files[id]
	if !copied {
		was = c.history.files[id]
	}
	if was == is {
		return true
	}
	c.files[id] = is
	return c.yield(member{"files/" + name, int64(mode), size, content}, nil)
}

func pathID(name string) string {
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:16])
}
