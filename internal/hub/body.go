package hub

import (
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"time"
)

// What a request's body may take. A stranger that sends one byte and no more
// must not keep its connection, nor one that sends a byte now and then.
const (
	bodyPatience     = 30 * time.Second // with each bodyStride
	bodyStride       = 4 << 10          // bytes: at least 137 a second arrive
	leftoverPatience = 5 * time.Second  // with what the handler has left, which the server reads
)

// impatient ends bodies that do not arrive. What counts is the time in which a
// handler waits for more: to work on what is there may take as long as it does.
// A handler that sets a read deadline of its own, as TAXII's does, has that
// instead. Who is refused before the body has been read does not get to send it.
func impatient(next http.Handler, patience time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body == nil || r.Body == http.NoBody {
			next.ServeHTTP(w, r)
			return
		}
		b := &timedBody{ReadCloser: r.Body, control: http.NewResponseController(w), patience: patience, left: patience}
		answer := &timedAnswer{ResponseWriter: w, body: b, closes: r.ProtoMajor == 1}
		with := *r // the server goes by its own request when it reads what is left
		with.Body = b
		defer b.leave()
		defer func() { // the server knows only of its own request's
			if with.MultipartForm != nil {
				_ = with.MultipartForm.RemoveAll() // what is left is in the system's folder for such files
			}
		}()
		next.ServeHTTP(answer, &with)
	})
}

// timedBody is a body that has to go on arriving.
type timedBody struct {
	io.ReadCloser
	control  *http.ResponseController
	patience time.Duration
	left     time.Duration // of the patience with this stride
	came     int           // bytes of it
	ended    atomic.Bool   // all of the body is there
	managed  atomic.Bool   // the handler has set a deadline of its own
}

// Read reads what has arrived.
func (b *timedBody) Read(p []byte) (int, error) {
	if b.managed.Load() {
		return b.read(p)
	}
	begun := time.Now()
	b.limit(begun.Add(b.left))
	n, err := b.read(p)
	b.limit(time.Time{})
	if b.left, b.came = max(0, b.left-time.Since(begun)), b.came+n; b.came >= bodyStride {
		b.left, b.came = b.patience, 0
	}
	return n, err
}

func (b *timedBody) read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) {
		b.ended.Store(true)
	}
	return n, err
}

// limit sets the deadline. A connection that knows none has none.
func (b *timedBody) limit(t time.Time) { _ = b.control.SetReadDeadline(t) }

// leave bounds how long the server reads what nobody has read.
func (b *timedBody) leave() {
	if !b.ended.Load() && !b.managed.Load() {
		b.limit(time.Now().Add(min(b.patience, leftoverPatience)))
	}
}

// timedAnswer is the answer to a request with a body.
type timedAnswer struct {
	http.ResponseWriter
	body   *timedBody
	closes bool // the protocol has one request at a time on a connection
	begun  bool
}

// Unwrap is for http.ResponseController.
func (a *timedAnswer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// SetReadDeadline has the handler take care of its body. When that is there, the
// server goes on reading, to notice a caller that leaves: a deadline would end the
// work on the body, as if the caller had left.
func (a *timedAnswer) SetReadDeadline(t time.Time) error {
	if a.body.ended.Load() {
		return nil
	}
	a.body.managed.Store(true)
	return a.body.control.SetReadDeadline(t)
}

// WriteHeader begins the answer.
func (a *timedAnswer) WriteHeader(status int) {
	if final := status >= http.StatusOK; final && !a.begun {
		a.begun = true
		if a.closes && status >= http.StatusBadRequest && !a.body.ended.Load() {
			a.Header().Set("Connection", "close")
		}
		if a.closes {
			a.body.leave() // the server may read it before it writes
		}
	}
	a.ResponseWriter.WriteHeader(status)
}

// Write writes of the answer's body.
func (a *timedAnswer) Write(p []byte) (int, error) {
	if !a.begun {
		a.WriteHeader(http.StatusOK)
	}
	return a.ResponseWriter.Write(p)
}
