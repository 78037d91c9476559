package telemetry

import (
	"bufio"
	"errors"
	"io"
)

// lines cuts the input into lines and never holds more of one than the limit.
type lines struct {
	in     *bufio.Reader
	max    int
	long   []byte // a line that does not fit in the reader's buffer
	number int    // of the current line, from 1
	offset int64  // of the current line's first byte
	next   int64
}

const lineBuffer = 256 << 10

func newLines(r io.Reader, limit int) *lines {
	return &lines{in: bufio.NewReaderSize(r, lineBuffer), max: limit}
}

// read returns the next line without its end, valid until the next call.
// tooLong says that the line was over the limit; text is then nil. A last line
// without an end counts; one that a failing reader broke off does not.
func (l *lines) read() (text []byte, tooLong bool, err error) {
	l.long = l.long[:0]
	l.offset = l.next
	for {
		part, err := l.in.ReadSlice('\n')
		l.next += int64(len(part))
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			if !errors.Is(err, io.EOF) || l.next == l.offset {
				return nil, false, err
			}
		}
		ended := err == nil || errors.Is(err, io.EOF)
		if err == nil {
			part = part[:len(part)-1]
		}
		if tooLong = tooLong || len(l.long)+len(part) > l.max; !tooLong {
			if ended && len(l.long) == 0 {
				text = part
			} else {
				l.long = append(l.long, part...)
				text = l.long
			}
		}
		if ended {
			l.number++
			if tooLong {
				text = nil
			}
			return text, tooLong, nil
		}
	}
}
