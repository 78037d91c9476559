package edge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"
)

// lookEvery is how often a file that has been read to its end is looked at.
const lookEvery = 200 * time.Millisecond

// followedFile reads a file that grows, across its rotation and truncation.
type followedFile struct {
	ctx  context.Context
	path string
	file *os.File
}

// FollowFile opens a sensor's log, from the beginning, to be read as it grows
// until the context ends. When the path names another file (rotation), the old
// one is read to its end first; a file that became shorter is read anew.
func FollowFile(ctx context.Context, path string) (io.ReadCloser, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("follow telemetry: %w", err)
	}
	return &followedFile{ctx: ctx, path: path, file: f}, nil
}

// Read waits for more at the end of the file; it ends with io.EOF when the
// context does.
func (f *followedFile) Read(p []byte) (int, error) {
	for {
		n, err := f.file.Read(p)
		if n > 0 || err != nil && !errors.Is(err, io.EOF) {
			return n, err
		}
		rotated, err := f.look()
		if err != nil {
			return 0, err
		}
		if rotated {
			continue
		}
		select {
		case <-time.After(lookEvery):
		case <-f.ctx.Done():
			return 0, io.EOF
		}
	}
}

// look finds out whether there is another file to read, or the same anew.
func (f *followedFile) look() (bool, error) {
	now, err := os.Stat(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil // between the two steps of a rotation
	}
	if err != nil {
		return false, fmt.Errorf("follow telemetry: %w", err)
	}
	open, err := f.file.Stat()
	if err != nil {
		return false, fmt.Errorf("follow telemetry: %w", err)
	}
	if !os.SameFile(now, open) {
		// What was written to the old one between the last read and the
		// rotation is read before it is left.
		if at, err := f.file.Seek(0, io.SeekCurrent); err == nil && at < open.Size() {
			return true, nil
		}
		next, err := os.Open(f.path)
		if err != nil {
			return false, fmt.Errorf("follow telemetry: %w", err)
		}
		old := f.file
		f.file = next
		return true, old.Close()
	}
	at, err := f.file.Seek(0, io.SeekCurrent)
	if err != nil {
		return false, fmt.Errorf("follow telemetry: %w", err)
	}
	if now.Size() < at {
		_, err = f.file.Seek(0, io.SeekStart)
		return true, err
	}
	return false, nil
}

// Close closes the file.
func (f *followedFile) Close() error { return f.file.Close() }
