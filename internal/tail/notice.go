package tail

import "fmt"

// Kind is what a Notice is about.
type Kind string

// The kinds of notices.
const (
	Rotated    Kind = "rotated"    // a file was read to its end and left for the next: nothing is missing
	Truncated  Kind = "truncated"  // a file was truncated; its rest was not found elsewhere, or was
	Gone       Kind = "gone"       // the file of the position is not to be found
	Unreadable Kind = "unreadable" // a file that should be read cannot be
)

// Notice is what is said of a file that went otherwise than planned.
type Notice struct {
	Kind Kind
	Path string // of the file that it is about
	// Missing is how many bytes have not been and will not be read: 0 for none,
	// -1 for nobody knows. Of a packed file it is packed bytes.
	Missing int64
	Text    string // a sentence without its subject, which is Path
}

func (f *File) tell(kind Kind, path string, missing int64, format string, args ...any) {
	f.told = append(f.told, Notice{kind, path, missing, fmt.Sprintf(format, args...)})
}

// notify gives what was told: to somebody who may ask the File in turn.
func (f *File) notify() {
	f.mu.Lock()
	told := f.told
	f.told = nil
	f.mu.Unlock()
	for _, n := range told {
		f.notice(n)
	}
}
