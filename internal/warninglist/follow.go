package warninglist

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// Folder is a folder of warninglists that is read again when it has changed. Its
// methods may be called from many goroutines at once.
type Folder struct {
	dir   string
	lists atomic.Pointer[Lists]

	mu    sync.Mutex // of Reload
	files []found    // as they were when they were read
	read  []string   // the folders whose lists hold
}

// Open reads the warninglists of a folder: see Load.
func Open(dir string) (*Folder, Problems, error) {
	f := &Folder{dir: dir}
	_, problems, err := f.Reload()
	if err != nil {
		return nil, problems, err
	}
	return f, problems, nil
}

// Check is that of the lists as they were read last.
func (f *Folder) Check(v observable.Value) (Hit, bool) { return f.lists.Load().Check(v) }

// Lists are those that hold now.
func (f *Folder) Lists() *Lists { return f.lists.Load() }

// Reload reads the folder again if a list came, went, or has another time or size
// than when it was read. When the folder cannot be read, or a list that holds
// cannot be any more, the lists stay as they are and the error says why; a list
// whose folder is gone was taken away on purpose. What was wrong is tried again
// when the folder changes again.
func (f *Folder) Reload() (changed bool, problems Problems, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	files, err := find(f.dir)
	if err != nil {
		return false, Problems{}, fmt.Errorf("read warning lists: %w; those read before hold", err)
	}
	if f.files != nil && slices.Equal(files, f.files) {
		return false, Problems{}, nil
	}
	lists, problems, err := Load(f.dir)
	if err != nil {
		return false, problems, err
	}
	f.files = files
	for _, broken := range problems.Broken {
		if slices.Contains(f.read, broken) {
			return false, problems, fmt.Errorf("read warning lists: %s can no longer be read: all stay as they were: %s", broken, problems)
		}
	}
	f.read = f.read[:0]
	for _, at := range lists.names {
		f.read = append(f.read, at.folder)
	}
	f.lists.Store(lists)
	return true, problems, nil
}
