package tail

import (
	"bytes"
	"net"
	"time"
)

// accept takes connections until the listener is closed.
func (l *Lines) accept() {
	for l.ctx.Err() == nil {
		c, err := l.listener.Accept()
		if err != nil {
			// Too many open files, for example: it passes, or the context ends.
			select {
			case <-time.After(longestPause):
			case <-l.ctx.Done():
			}
			continue
		}
		if l.take(c) {
			l.served.Go(func() { l.serve(c) })
		} else {
			_ = c.Close() // nothing was said on it
		}
	}
}

// take notes a connection, if it may stay.
func (l *Lines) take(c net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ctx.Err() != nil {
		return false
	}
	if len(l.open) >= l.limits.Connections {
		l.stats.Refused++
		return false
	}
	l.stats.Connections++
	l.open[c] = struct{}{}
	return true
}

func (l *Lines) count(n *uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	*n++
}

// firstRoom is a connection's buffer until a line needs a larger one.
const firstRoom = 64 << 10

// serve gives the lines of a connection until it ends.
func (l *Lines) serve(c net.Conn) {
	defer func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.open, c)
		_ = c.Close() // it was only read
	}()
	room := make([]byte, min(firstRoom, l.limits.Line))
	held, skipping := 0, false // bytes of a line without an end; it was too long
	for {
		n, err := c.Read(room[held:])
		whole := bytes.LastIndexByte(room[held:held+n], '\n') + 1
		if whole > 0 {
			whole += held
		}
		held += n
		if whole > 0 {
			from := 0
			if skipping {
				from, skipping = bytes.IndexByte(room, '\n')+1, false
			}
			if from < whole && !l.give(room[from:whole]) {
				return
			}
			held = copy(room, room[whole:held])
		}
		switch {
		case skipping:
			held = 0
		case held < len(room):
		case held < l.limits.Line:
			room = append(make([]byte, 0, min(2*held, l.limits.Line)), room...)
			room = room[:cap(room)]
		default:
			held, skipping = 0, true
			l.count(&l.stats.TooLong)
		}
		if err != nil {
			if held > 0 && l.ctx.Err() == nil {
				l.count(&l.stats.Broken)
			}
			return
		}
	}
}

// give hands whole lines to Read and waits until they have been read.
func (l *Lines) give(lines []byte) bool {
	select {
	case l.batches <- lines:
	case <-l.ctx.Done():
		return false
	}
	select {
	case <-l.spent:
		return true
	case <-l.ctx.Done():
		return false
	}
}
