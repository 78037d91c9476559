package tail

// HeadSize is how many of a file's first bytes tell it from others. The heads
// that sensors write are shorter or contain a time.
const HeadSize = 1 << 10

// Position is a place in a file, to be stored and handed back to Open. The zero
// Position is the beginning of whatever has the path.
type Position struct {
	Path string `json:"path"` // absolute, that is followed; the file may have another by now

	Device     uint64 `json:"device"`
	Inode      uint64 `json:"inode"`
	HeadLength int    `json:"head_length"` // first bytes that Head is of, at most HeadSize
	Head       string `json:"head"`        // their SHA-256 in hex

	Offset   int64 `json:"offset"`   // of the next byte, in the file (unpacked, if it is packed)
	Line     int64 `json:"line"`     // lines before it in the file
	Size     int64 `json:"size"`     // of the file when it was last looked at
	Modified int64 `json:"modified"` // when the file had last been written to then, in ns since 1970
}

// mark is where in the stream a file begins, or goes on elsewhere.
type mark struct {
	stream, lines int64 // of the stream, from which it counts
	of            *origin
	offset, line  int64 // in the file at that place
	fixed         bool  // what is given is in front of that place and counts for nothing
}

// At is the place in a file of a byte in the stream that was given since Open:
// so many bytes and lines have been processed. Of what is ahead of the
// stream it knows nothing and answers for its end. Offsets must not fall from
// call to call: what is before the last one is forgotten.
func (f *File) At(offset, lines int64) Position {
	f.mu.Lock()
	defer f.mu.Unlock()
	offset, lines = min(offset, f.given), min(lines, f.lines)
	for len(f.marks) > 1 && f.marks[1].stream <= offset {
		f.marks = f.marks[1:]
	}
	if len(f.marks) == 0 { // there was no file yet
		return f.from
	}
	m := &f.marks[0]
	p := Position{
		Path: f.path, Device: m.of.device, Inode: m.of.inode,
		HeadLength: m.of.head.length, Head: m.of.head.sum(),
		Offset: m.offset, Line: m.line, Size: m.of.size, Modified: m.of.modified,
	}
	if !m.fixed {
		p.Offset = min(m.offset+offset-m.stream, m.of.at) // an end that was added is in no file
		p.Line += lines - m.lines
	}
	return p
}
