// Package tail gives what sensors write, line by line and once: files that grow,
// are rotated, truncated, packed and taken up again after a restart, and sockets
// that sensors connect to.
//
// # What a file is
//
// A name in a folder says nothing about what was read under it. A file is known
// by its device and inode and by its first bytes (up to HeadSize of them, more
// as it grows): inodes are used again, and a file that was truncated and filled
// keeps its own. A rotated file that is gone is looked for as a copy with the
// same first bytes, plain or packed with gzip or bzip2 (copytruncate, compress).
//
// # In which order
//
// The file that was being read is read to its end, through the handle that is
// open; then every newer rotation of it in the same folder, then the file that
// has the path now. The old one is left when a newer one has content: a sensor
// writes to one file at a time, so that what was read after that is all of it.
// Rotations are ordered by their number (the highest is the oldest) if all have
// one, and else by when they were last written.
//
// # What is given
//
// Whole lines: one without an end is given when it ends, or when the file is
// left, and then an end is added. It is for lines only: a capture file that is
// rotated begins with a header that nobody expects in the middle of a stream.
package tail

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

const (
	// A file that has been read to its end is looked at after shortestPause, and
	// then each time after twice as long: what a busy sensor writes is read within
	// 10 ms, and a quiet one costs a dozen wake-ups a second, less than half a per cent of a core.
	shortestPause = 10 * time.Millisecond
	longestPause  = 80 * time.Millisecond
	// listEvery is how often the folder is listed while the path names nothing,
	// or a file without content.
	listEvery = 200 * time.Millisecond
)

// File is a file that is followed. Read and Close are for one goroutine at a
// time, At for any.
type File struct {
	ctx    context.Context
	path   string // absolute
	notice func(Notice)
	timer  *time.Timer

	mu      sync.Mutex // guards what follows; not held while waiting
	closed  bool
	source  *source // what is being read; nil while there is nothing
	prev    origin  // the file after which the next is looked for
	next    []candidate
	pending []byte // to be given before more is read: it is in no file
	listed  time.Time
	trouble string   // what keeps the next file from being read, said once
	told    []Notice // to be given when mu is not held
	from    Position // as Open was given it

	given int64 // bytes of the stream
	lines int64 // ends of lines in it
	last  byte  // of it
	marks []mark
}

// Open follows the file at path until the context ends: from a position on, or
// from the beginning for the zero Position. What has been written since the
// position is looked for in every rotation that is newer. The path need not name
// a file at the moment, unless the position is the zero one. notice, which may
// be nil, is told what went otherwise than planned, in the goroutine that calls
// Open or Read.
//
// If reading begins within a file whose first lines begin with '#' (Zeek's
// header names the fields there), these are given again first.
func Open(ctx context.Context, path string, from Position, notice func(Notice)) (*File, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("follow %s: %w", path, err)
	}
	if from.Path != "" && from.Path != absolute {
		return nil, fmt.Errorf("follow %s: the position is one of %s; forget it to begin at the beginning", absolute, from.Path)
	}
	if from.Offset < 0 || from.Line < 0 || from.HeadLength < 0 || from.HeadLength > HeadSize {
		return nil, fmt.Errorf("follow %s: the position is damaged (offset %d, line %d, head length %d); forget it to begin at the beginning",
			absolute, from.Offset, from.Line, from.HeadLength)
	}
	if notice == nil {
		notice = func(Notice) {}
	}
	f := &File{ctx: ctx, path: absolute, notice: notice, timer: time.NewTimer(0)}
	info, err := os.Stat(absolute)
	switch {
	case err == nil && !info.Mode().IsRegular():
		err = errors.New("it is not a regular file; a sensor can also write to a socket or to standard input")
	case err == nil && from == Position{}:
		err = f.start()
	case err == nil || errors.Is(err, fs.ErrNotExist) && from != Position{}:
		err = f.resume(from)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("follow %s: %w", path, err), f.Close())
	}
	f.notify()
	return f, nil
}

// Read gives whole lines as far as p has room for them, and waits for more at
// the end. It returns io.EOF when the context ends. Another error is the file's
// that has the path: it may be tried again.
func (f *File) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for pause := shortestPause; f.ctx.Err() == nil; {
		n, wait, err := f.step(p)
		f.notify()
		if n > 0 || err != nil {
			return n, err
		}
		if !wait {
			continue
		}
		f.timer.Reset(pause)
		pause = min(2*pause, longestPause)
		select {
		case <-f.timer.C:
		case <-f.ctx.Done():
		}
	}
	return 0, io.EOF
}

// step reads once, or finds out at the end what is to be done there.
func (f *File) step(p []byte) (n int, wait bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return 0, false, io.EOF
	}
	switch {
	case len(f.pending) > 0:
		n = copy(p, f.pending)
		f.pending = f.pending[n:]
		f.gave(p[:n])
		return n, false, nil
	case f.source == nil:
		return 0, f.begin(), nil
	case f.source.anew:
		if err := f.skipHole(p); err != nil {
			return 0, false, fmt.Errorf("follow %s: %w", f.source.name, err)
		}
	}
	n, err = f.source.read(p)
	switch {
	case n > 0:
		f.gave(p[:n])
		return n, false, nil
	case errors.Is(err, errRewritten):
		return 0, f.rewritten(), nil
	case err != nil && f.source.past():
		f.tell(Unreadable, f.source.name, -1, "its rest cannot be read (%v)", err)
		f.source.broken = true
		return 0, false, nil
	case err != nil:
		return 0, false, fmt.Errorf("follow %s: %w", f.source.name, err)
	case f.source.left:
		return 0, f.advance(), nil
	}
	return 0, f.look(), nil
}

// Close closes the files.
func (f *File) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.timer.Stop()
	f.closed = true
	if f.source == nil {
		return nil
	}
	err := f.source.file.Close()
	f.source = nil
	return err
}
