package telemetry

import (
	"bytes"
	"io"
)

// lines cuts the input into lines and never holds more of one than the limit.
// It reads only when no whole line is left.
type lines struct {
	in  io.Reader
	max int
	buf []byte // what has been read and not yet returned is buf[start:end]
	// Beyond end there is always room for a line feed and what a parser reads
	// at once.
	start, end int
	seen       int   // of buf[start:end], how much is known to have no line feed
	err        error // the input's, to be told when buf is empty

	number int   // of the current line, from 1
	offset int64 // of the current line's first byte
	next   int64
}

const lineBuffer = 256 << 10

func newLines(r io.Reader, opts Options) *lines {
	l := &lines{in: r, max: opts.MaxLine, buf: make([]byte, lineBuffer), number: opts.Line, next: opts.Offset}
	if l.max <= 0 {
		l.max = defaultMaxLine
	}
	return l
}

// read returns the next line without its end, valid until the next call.
// tooLong says that the line was over the limit; text is then nil. A last line
// without an end counts; one that a failing reader broke off does not. After
// the text come a line feed and room.
func (l *lines) read() (text []byte, tooLong bool, err error) {
	l.offset = l.next
	for {
		if i := bytes.IndexByte(l.buf[l.start+l.seen:l.end], '\n'); i >= 0 {
			text = l.take(l.seen+i, 1)
			break
		}
		l.seen = l.end - l.start
		if l.seen > l.max {
			tooLong = true
			l.next += int64(l.seen)
			l.start, l.end, l.seen = 0, 0, 0
		}
		if l.err == nil {
			l.fill()
			continue
		}
		if l.err != io.EOF || l.seen == 0 && !tooLong { //nolint:errorlint // io.Reader's contract is io.EOF itself
			return nil, false, l.err
		}
		text = l.take(l.seen, 0)
		break
	}
	l.number++
	if tooLong || len(text) > l.max {
		return nil, true, nil
	}
	return text, false, nil
}

// take cuts a line off, and its end.
func (l *lines) take(n, end int) []byte {
	text := l.buf[l.start : l.start+n]
	l.buf[l.start+n] = '\n'
	l.start += n + end
	l.next += int64(n + end)
	l.seen = 0
	return text
}

// fill reads more, once there is space for it.
func (l *lines) fill() {
	if l.start > 0 {
		copy(l.buf, l.buf[l.start:l.end])
		l.start, l.end = 0, l.end-l.start
	}
	if free := len(l.buf) - room - l.end; free < len(l.buf)/4 && l.end > 0 {
		l.buf = append(l.buf, make([]byte, len(l.buf))...)
	}
	for range 100 { // as bufio has it
		n, err := l.in.Read(l.buf[l.end : len(l.buf)-room])
		l.end += n
		l.err = err
		if n > 0 || err != nil {
			return
		}
	}
	l.err = io.ErrNoProgress
}
