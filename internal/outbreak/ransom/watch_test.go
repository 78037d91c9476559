package ransom_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tocsin-project/tocsin/internal/outbreak/ransom"
)

// watcher sees what happens to files below a folder (inotify(7)), as osquery's
// file_events does, except that the two halves of a renaming are joined. What is
// in a new folder before it can be watched is read off the folder.
type watcher struct {
	t       *testing.T
	fd      int
	root    string
	folders map[int32]string
	known   map[string]bool // files seen to be made
	begun   time.Time

	mu   sync.Mutex
	acts []ransom.Act
	end  chan struct{}
	lost bool

	from   string // of a file that was moved away, until the next event
	cookie uint32
}

func watch(t *testing.T, root string) *watcher {
	t.Helper()
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC)
	if err != nil {
		t.Skipf("this system cannot watch files: %v", err)
	}
	w := &watcher{t: t, fd: fd, root: root, folders: map[int32]string{}, known: map[string]bool{}, begun: time.Now(), end: make(chan struct{})}
	w.add(root, false)
	go w.read()
	return w
}

// sentinel is the file whose making says that all before it has been read.
const sentinel = ".the-end"

// stop returns what happened, and whether any of it was lost.
func (w *watcher) stop() (acts []ransom.Act, lost bool) {
	if err := os.WriteFile(filepath.Join(w.root, sentinel), nil, 0o600); err != nil {
		w.t.Fatal(err)
	}
	<-w.end
	if err := unix.Close(w.fd); err != nil {
		w.t.Error(err)
	}
	return w.acts, w.lost
}

// add watches a folder and those in it; files in a new one were just made.
func (w *watcher) add(folder string, isNew bool) {
	id, err := unix.InotifyAddWatch(w.fd, folder, unix.IN_CREATE|unix.IN_CLOSE_WRITE|unix.IN_MOVED_FROM|unix.IN_MOVED_TO|unix.IN_DELETE|unix.IN_ONLYDIR)
	if err != nil {
		return // it is gone already
	}
	w.folders[int32(id)] = folder
	entries, err := os.ReadDir(folder)
	if err != nil {
		return
	}
	for _, entry := range entries {
		path := filepath.Join(folder, entry.Name())
		switch {
		case entry.IsDir():
			w.add(path, isNew)
		case isNew && !w.known[path]:
			w.known[path] = true
			w.note(ransom.Act{Path: path})
		}
	}
}

func (w *watcher) note(a ransom.Act) {
	a.At = time.Now()
	for _, p := range []*string{&a.Path, &a.From} {
		if rest, err := filepath.Rel(w.root, *p); err == nil && *p != "" {
			*p = rest
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.acts = append(w.acts, a)
}

func (w *watcher) read() {
	defer close(w.end)
	buffer := make([]byte, 1<<20)
	for {
		n, err := unix.Read(w.fd, buffer)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil || n == 0 {
			w.lost = true
			return
		}
		for at := 0; at < n; {
			length := int(binary.NativeEndian.Uint32(buffer[at+12:]))
			name := string(bytes.TrimRight(buffer[at+16:at+16+length], "\x00"))
			if w.event(int32(binary.NativeEndian.Uint32(buffer[at:])), binary.NativeEndian.Uint32(buffer[at+4:]), binary.NativeEndian.Uint32(buffer[at+8:]), name) {
				return
			}
			at += 16 + length
		}
	}
}

// event takes one; true for the last.
func (w *watcher) event(id int32, mask, cookie uint32, name string) bool {
	if mask&unix.IN_Q_OVERFLOW != 0 {
		w.lost = true
		return false
	}
	path := filepath.Join(w.folders[id], name)
	if w.from != "" && (mask&unix.IN_MOVED_TO == 0 || cookie != w.cookie) {
		w.note(ransom.Act{Path: w.from, Gone: true}) // out of what is watched
		w.from = ""
	}
	switch {
	case mask&unix.IN_ISDIR != 0:
		if mask&(unix.IN_CREATE|unix.IN_MOVED_TO) != 0 {
			w.add(path, mask&unix.IN_CREATE != 0)
		}
	case mask&unix.IN_MOVED_FROM != 0:
		w.from, w.cookie = path, cookie
	case mask&unix.IN_MOVED_TO != 0:
		w.note(ransom.Act{Path: path, From: w.from})
		w.from = ""
	case mask&unix.IN_CREATE != 0:
		if name == sentinel && w.folders[id] == w.root {
			return true
		}
		if !w.known[path] {
			w.note(ransom.Act{Path: path})
		}
		delete(w.known, path)
	case mask&unix.IN_CLOSE_WRITE != 0:
		w.note(ransom.Act{Path: path})
	case mask&unix.IN_DELETE != 0:
		delete(w.known, path)
		w.note(ransom.Act{Path: path, Gone: true})
	}
	return false
}
