package tail

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"time"
)

// look finds out, at the end of the source, whether to wait there, or that it
// was truncated or has a successor with content.
func (f *File) look() (wait bool) {
	s := f.source
	before := s.modified
	if err := s.stat(); err != nil {
		return f.say(err)
	}
	if s.packed == nil && (s.size < s.at || s.modified != before && errors.Is(s.verify(), errRewritten)) {
		return f.rewritten()
	}
	now, err := os.Stat(f.path)
	if err == nil {
		if device, inode := identity(now); device == s.device && inode == s.inode {
			return true
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return f.say(err)
	}
	f.prev = s.origin
	if len(f.next) > 1 {
		// They were there when the last file was left. What comes after them may
		// be otherwise by now, and is listed again when it is its turn.
		s.left = true
		return false
	}
	if !f.list(err == nil && now.Size() > 0) {
		return true
	}
	// Nobody writes to this one since another has content: its end is one now.
	s.left = slices.ContainsFunc(f.next, func(c candidate) bool { return c.size > 0 })
	if !s.left {
		f.next = nil
	}
	return !s.left
}

// list finds the files that come after the last one, now or when it is time. It
// says whether there are any.
func (f *File) list(now bool) bool {
	if !now && time.Since(f.listed) < listEvery {
		return false
	}
	f.listed = time.Now()
	all, err := folder(f.path)
	if err != nil {
		f.say(err)
		return false
	}
	f.next, _ = successors(all, &f.prev)
	return len(f.next) > 0
}

// say tells what keeps reading from going on, once. It is tried again.
func (f *File) say(err error) (wait bool) {
	if err.Error() != f.trouble {
		f.trouble = err.Error()
		f.tell(Unreadable, f.path, 0, "it cannot be read at the moment and is tried again (%v)", err)
	}
	return true
}

// begin looks for the first file when there was none.
func (f *File) begin() (wait bool) {
	if len(f.next) == 0 && !f.list(false) {
		return true
	}
	return f.advance()
}

// advance goes on with the next file, when the source was read to its end.
func (f *File) advance() (wait bool) {
	if f.endLine() {
		return false
	}
	f.renew()
	for len(f.next) > 0 {
		c := f.next[0]
		s, err := open(c)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			// There was another rotation: the names are not what they were.
			if !f.list(true) && f.source != nil {
				f.source.left = false
			}
			return len(f.next) == 0
		case err != nil && c.current:
			return f.say(err)
		case err != nil:
			f.tell(Unreadable, c.path, c.size, "a rotation with lines that were not read yet cannot be read (%v)", err)
			f.next = f.next[1:]
			f.prev = origin{device: c.device, inode: c.inode, modified: c.modified}
		default:
			f.next = f.next[1:]
			if f.source != nil {
				f.tell(Rotated, f.source.name, 0, "it was read to its end, %s follows", c.path)
			}
			f.adopt(s, 0, 0, nil)
			return false
		}
	}
	// There was nothing in them that could be read.
	return !f.list(false)
}

// renew lists again what comes after the source, if that still has a name of its
// own: it is open, so that its inode is nobody else's. That of a file that was
// listed before, and was packed since, may be another's.
func (f *File) renew() {
	if f.source == nil {
		return
	}
	all, err := folder(f.path)
	if err != nil {
		return // what was listed before has to do
	}
	if list, found := successors(all, &f.source.origin); found {
		f.next = list
	}
}

// drop closes a file that was only read.
func (f *File) drop(s *source) {
	if err := s.file.Close(); err != nil {
		f.say(err)
	}
}
