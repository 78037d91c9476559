package tail

import "bytes"

// rewritten is what to do when the source was truncated: go on in a copy of what
// it held, if there is one, and begin anew where it ends.
func (f *File) rewritten() (wait bool) {
	if f.endLine() {
		return false
	}
	s := f.source
	f.next = nil // they came after what it was
	if err := s.stat(); err != nil {
		return f.say(err)
	}
	line := f.line()
	if s.verify() == nil && s.head.whole() && s.size < s.at {
		f.tell(Truncated, s.name, 0, "it was cut to %d bytes, %d had been read: reading goes on at its end", s.size, s.at)
		again := &source{name: s.name, file: s.file, origin: s.origin}
		again.at = s.size
		f.adopt(again, again.at, line, nil)
		return false
	}
	all, err := folder(f.path)
	if err != nil {
		return f.say(err)
	}
	if rest, _ := f.find(all, &s.origin); rest != nil {
		f.tell(Truncated, s.name, 0, "it was truncated; %s is a copy and is read from byte %d on", rest.name, rest.at)
		f.adopt(rest, rest.at, line, nil)
		return false
	}
	f.tell(Truncated, s.name, -1, "it was truncated and no copy of it was found: what it held after byte %d, if anything, is missing", s.at)
	again := &source{name: s.name, file: s.file, anew: true}
	if err := again.stat(); err != nil {
		return f.say(err)
	}
	if err := again.begin(""); err != nil {
		return f.say(err)
	}
	f.adopt(again, 0, 0, nil)
	return false
}

// skipHole passes over the zeroes that a truncated file begins with when its
// writer goes on at the place where it was (it did not open it to append).
func (f *File) skipHole(room []byte) error {
	s := f.source
	for {
		n, err := s.file.ReadAt(room, s.at)
		data := len(bytes.TrimLeft(room[:n], "\x00"))
		s.at += int64(n - data)
		if data > 0 {
			s.anew = false
			f.marks[len(f.marks)-1].offset = s.at
			return nil
		}
		if n < len(room) {
			return nilAtEnd(err)
		}
	}
}
