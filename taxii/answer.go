package taxii

import (
	"bytes"
	"crypto/rand"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
)

// get answers with a resource.
func (h *Handler) get(w http.ResponseWriter, r *http.Request, resource func() (any, error)) error {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return notAllowed("GET, HEAD")
	}
	if err := acceptable(r); err != nil {
		return err
	}
	value, err := resource()
	if err != nil {
		return err
	}
	return h.respond(w, http.StatusOK, value)
}

func acceptable(r *http.Request) error {
	if accepts(r.Header) {
		return nil
	}
	return &Error{Status: http.StatusNotAcceptable, Title: "no acceptable media type",
		Description: "answers have the type " + MediaType + ": the Accept header has to allow it"}
}

// methodError is an Error that goes with an Allow header.
type methodError struct {
	told  *Error
	allow string
}

func (e *methodError) Error() string { return e.told.Error() }
func (e *methodError) Unwrap() error { return e.told }

func notAllowed(allow string) error {
	return &methodError{allow: allow, told: &Error{Status: http.StatusMethodNotAllowed,
		Title: "the method is not permitted", Description: "this resource takes " + allow}}
}

func (h *Handler) respond(w http.ResponseWriter, status int, resource any) error {
	var body bytes.Buffer
	if err := json.MarshalWrite(&body, resource); err != nil {
		return err
	}
	h.send(w, status, body.Bytes())
	return nil
}

// send writes an answer in one piece. The connection may be gone by now; there
// is nobody to tell.
func (h *Handler) send(w http.ResponseWriter, status int, body []byte) {
	defer h.inTime(w)()
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// inTime ends the connection if what is written until done takes longer. A
// ResponseWriter that knows no deadlines has none.
func (h *Handler) inTime(w http.ResponseWriter) (done func()) {
	control := http.NewResponseController(w)
	if control.SetWriteDeadline(time.Now().Add(h.patience())) != nil {
		return func() {}
	}
	return func() {
		// What is still in a buffer is under the deadline as well; the next
		// answer on this connection is not.
		if control.Flush() == nil {
			_ = control.SetWriteDeadline(time.Time{})
		}
	}
}

// fail answers with the error message resource (section 3.6.1).
func (h *Handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil && errors.Is(err, r.Context().Err()) {
		return // the client has gone
	}
	e := toError(err)
	if e == nil {
		e = &Error{Status: http.StatusInternalServerError, Title: "internal error", ID: rand.Text(),
			Description: "quote error_id to the server's administrator"}
		h.log().ErrorContext(r.Context(), "taxii request failed", "error_id", e.ID, "method", r.Method, "path", r.URL.Path, "error", err)
	}
	header := w.Header()
	if e.Status == http.StatusUnauthorized {
		header.Add("WWW-Authenticate", `Bearer realm="TAXII"`)
		header.Add("WWW-Authenticate", `Basic realm="TAXII", charset="UTF-8"`)
	}
	if method := (*methodError)(nil); errors.As(err, &method) {
		header.Set("Allow", method.allow)
	}
	if e.RetryAfter > 0 {
		header.Set("Retry-After", strconv.Itoa(int(math.Ceil(e.RetryAfter.Seconds()))))
	}
	body, err := json.Marshal(e.wire())
	if err != nil { // a title or description that is no UTF-8
		body = []byte(`{"title":"error","http_status":"` + strconv.Itoa(e.Status) + `"}`)
	}
	h.send(w, e.Status, body)
}

func (h *Handler) patience() time.Duration {
	if h.Patience <= 0 {
		return DefaultPatience
	}
	return h.Patience
}

func (h *Handler) log() *slog.Logger {
	if h.Log == nil {
		return slog.Default()
	}
	return h.Log
}
