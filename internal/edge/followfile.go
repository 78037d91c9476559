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
	last byte // that was given
}

// FollowFile opens a sensor's log, from the beginning, to be read as it grows
// until the context ends. When the path names another file that has content
// (rotation), the old one is read to its end first; a file that became shorter
// is read anew. A line that the old one left without an end is ended.
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
		if n > 0 {
			f.last = p[n-1]
		}
		if n > 0 || err != nil && !errors.Is(err, io.EOF) || len(p) == 0 {
			return n, err
		}
		more, left, err := f.look()
		switch {
		case err != nil:
			return 0, err
		case left && f.last != '\n' && f.last != 0:
			p[0], f.last = '\n', '\n'
			return 1, nil
		case more:
			continue
		}
		select {
		case <-time.After(lookEvery):
		case <-f.ctx.Done():
			return 0, io.EOF
		}
	}
}

// look finds out whether there is more to read, and whether it is in another
// file, or in the same anew: then what was read before is left.
func (f *followedFile) look() (more, left bool, err error) {
	now, err := os.Stat(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, false, nil // between the two steps of a rotation
	}
	if err != nil {
		return false, false, fmt.Errorf("follow telemetry: %w", err)
	}
	open, err := f.file.Stat()
	if err != nil {
		return false, false, fmt.Errorf("follow telemetry: %w", err)
	}
	at, err := f.file.Seek(0, io.SeekCurrent)
	if err != nil {
		return false, false, fmt.Errorf("follow telemetry: %w", err)
	}
	switch same := os.SameFile(now, open); {
	case at < open.Size():
		return true, false, nil // written between the last read and this look
	case same && now.Size() < at:
		_, err = f.file.Seek(0, io.SeekStart)
		return true, true, err
	case same || now.Size() == 0:
		// Until the sensor has opened the new file it writes to the old one.
		return false, false, nil
	}
	next, err := os.Open(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, false, nil
	}
	if err != nil {
		return false, false, fmt.Errorf("follow telemetry: %w", err)
	}
	old := f.file
	f.file = next
	return true, true, old.Close()
}

// Close closes the file.
func (f *followedFile) Close() error { return f.file.Close() }
