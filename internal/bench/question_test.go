package bench

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"
)

// question is a request as bytes: nothing on the way puts right what is wrong
// with it.
type question struct {
	method string
	target string // path and query, as they are sent
	header [][2]string
	body   []byte
}

func (q question) clone() question {
	q.header = append([][2]string(nil), q.header...)
	q.body = bytes.Clone(q.body)
	return q
}

func (q question) has(name string) bool {
	for _, h := range q.header {
		if strings.EqualFold(h[0], name) {
			return true
		}
	}
	return false
}

// set puts a header in the place of those of its name.
func (q *question) set(name, value string) {
	q.drop(name)
	q.header = append(q.header, [2]string{name, value})
}

func (q *question) drop(name string) {
	var kept [][2]string
	for _, h := range q.header {
		if !strings.EqualFold(h[0], name) {
			kept = append(kept, h)
		}
	}
	q.header = kept
}

func (q question) bytes() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\n", q.method, q.target)
	if !q.has("Host") {
		b.WriteString("Host: hub.example\r\n")
	}
	for _, h := range q.header {
		fmt.Fprintf(&b, "%s: %s\r\n", h[0], h[1])
	}
	if !q.has("Content-Length") && !q.has("Transfer-Encoding") && len(q.body) > 0 {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(q.body))
	}
	b.WriteString("\r\n")
	b.Write(q.body)
	return b.Bytes()
}

// mostShown is how much of a request is shown, in bytes: the seed gives all.
const mostShown = 600

// String is the request as a person can read it and send it again.
func (q question) String() string {
	text := q.bytes()
	if len(text) > mostShown {
		return fmt.Sprintf("%q and %d bytes more", text[:mostShown], len(text)-mostShown)
	}
	return fmt.Sprintf("%q", text)
}

// framed says whether the server can tell where the request ends, and so has to
// answer it.
func (q question) framed() bool {
	if q.has("Content-Length") || q.has("Transfer-Encoding") || strings.ContainsAny(q.method+q.target, "\r\n") {
		return false
	}
	for _, h := range q.header {
		if strings.ContainsAny(h[0]+h[1], "\r\n") {
			return false
		}
	}
	return true
}

// endless says whether the answer may be one that never ends.
func (q question) endless() bool {
	return strings.Contains(q.target, "stream") || strings.Contains(q.target, "live")
}

// reply is what came back.
type reply struct {
	status int
	header http.Header
	body   []byte // its first part
}

// How long an answer is waited for: whole, of a request that has no end, and of
// an answer that has none.
const (
	longAnswer   = 20 * time.Second
	brokenAnswer = 150 * time.Millisecond
	someAnswer   = 100 * time.Millisecond
	mostAnswer   = 4 << 20 // bytes that are read of one
)

var errNoAnswer = errors.New("no answer")

// asker has one connection, and another when it has to.
type asker struct {
	address string
	conn    net.Conn
	in      *bufio.Reader
}

// ask sends a question once, or a second time if the server has closed a
// connection that was used before. The error wraps errNoAnswer where there was
// none to a request that could be answered.
func (a *asker) ask(q question) (reply, error) {
	used := a.conn != nil
	got, err := a.try(q)
	if err != nil {
		a.hangUp()
		if used {
			if got, err = a.try(q); err != nil {
				a.hangUp()
			}
		}
	}
	if err != nil && !q.framed() {
		return reply{}, nil // the server was right to wait, or to leave
	}
	return got, err
}

func (a *asker) try(q question) (got reply, err error) {
	if a.conn == nil {
		if a.conn, err = net.Dial("tcp", a.address); err != nil {
			return got, err
		}
		a.in = bufio.NewReader(a.conn)
	}
	patience := longAnswer
	if !q.framed() {
		patience = brokenAnswer
	}
	_ = a.conn.SetDeadline(time.Now().Add(patience))
	// A server that has said no closes before it has read all: what it said is
	// read, if it can be.
	_, unsent := a.conn.Write(q.bytes())
	response, err := http.ReadResponse(a.in, &http.Request{Method: q.method})
	for err == nil && response.StatusCode < http.StatusOK {
		response.Body.Close() // what is informational has none
		response, err = http.ReadResponse(a.in, &http.Request{Method: q.method})
	}
	if err != nil {
		a.hangUp()
		if unsent != nil {
			return got, nil
		}
		return got, fmt.Errorf("%w: %w", errNoAnswer, err)
	}
	defer response.Body.Close()
	got = reply{status: response.StatusCode, header: response.Header}
	if q.endless() {
		_ = a.conn.SetDeadline(time.Now().Add(someAnswer))
	}
	got.body, err = io.ReadAll(io.LimitReader(response.Body, mostAnswer))
	if err != nil || response.Close || unsent != nil || !q.framed() || q.endless() || len(got.body) == mostAnswer {
		a.hangUp()
	}
	switch {
	case err == nil, q.endless() && errors.Is(err, os.ErrDeadlineExceeded):
	case response.Close && errors.Is(err, syscall.ECONNRESET): // it left with something unread, as it said
	default:
		return got, fmt.Errorf("%w to the end: %w", errNoAnswer, err)
	}
	return got, nil
}

// hangUp leaves without a word, so that no port waits for a last one.
func (a *asker) hangUp() {
	if a.conn == nil {
		return
	}
	if tcp, ok := a.conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = a.conn.Close()
	a.conn = nil
}
