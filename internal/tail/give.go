package tail

import "bytes"

var newline = []byte{'\n'}

// gave counts what was given.
func (f *File) gave(p []byte) {
	f.given += int64(len(p))
	f.lines += int64(bytes.Count(p, newline))
	f.last = p[len(p)-1]
}

// endLine has a line ended that was given without its end, before another file
// goes on. It says whether it had to.
func (f *File) endLine() bool {
	if f.given == 0 || f.last == '\n' {
		return false
	}
	f.pending = newline
	return true
}

// adopt has a file read from where it is at, with so many lines before that,
// after what is given in front of it.
func (f *File) adopt(s *source, offset, line int64, preamble []byte) {
	if f.source != nil && f.source.file != s.file {
		f.drop(f.source)
	}
	f.source, f.trouble = s, ""
	m := mark{stream: f.given, lines: f.lines, of: &s.origin, offset: offset, line: line}
	if len(preamble) > 0 {
		f.pending = preamble
		before := m
		before.fixed = true
		f.marks = append(f.marks, before)
		m.stream += int64(len(preamble))
		m.lines += int64(bytes.Count(preamble, newline))
	}
	f.marks = append(f.marks, m)
}

// line is how many lines of the source have been given or passed over.
func (f *File) line() int64 {
	m := f.marks[len(f.marks)-1]
	return m.line + f.lines - m.lines
}
