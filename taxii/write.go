package taxii

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

// add takes objects into the collection (section 5.5).
func (h *Handler) add(w http.ResponseWriter, r *http.Request, at place) error {
	if err := acceptable(r); err != nil {
		return err
	}
	if err := at.may(at.collection.CanWrite, "can_write"); err != nil {
		return err
	}
	if !isTAXII(r.Header.Get("Content-Type")) || !plain(r.Header) {
		return &Error{Status: http.StatusUnsupportedMediaType, Title: "the media type is not supported",
			Description: "send an envelope with Content-Type: " + MediaType + ", not compressed"}
	}
	root, err := describe(r.Context(), at.session, at.root)
	if err != nil {
		return err
	}
	if r.ContentLength > root.MaxContentLength {
		return &http.MaxBytesError{Limit: root.MaxContentLength}
	}
	body := &timedBody{from: http.MaxBytesReader(w, r.Body, root.MaxContentLength), control: http.NewResponseController(w)}
	body.limit(time.Now().Add(h.patience()))
	status, err := at.session.Add(r.Context(), at.root, at.collection.ID, body)
	if err != nil && body.late {
		return &Error{Status: http.StatusRequestTimeout, Title: "the body took too long to arrive",
			Description: fmt.Sprintf("it has to be sent within %s: send the objects in several requests", h.patience())}
	}
	if err != nil {
		return err
	}
	return h.respond(w, http.StatusAccepted, status)
}

func plain(header http.Header) bool {
	encoding := header.Get("Content-Encoding")
	return encoding == "" || strings.EqualFold(encoding, "identity")
}

// timedBody is a body that has to arrive by a deadline. The deadline is lifted
// when all of it is there: to work on it may take longer. Of a body that is
// not, the server reads what is left, which has to end as well.
type timedBody struct {
	from    io.Reader
	control *http.ResponseController
	late    bool
}

// limit sets the deadline. A server that knows none has none.
func (b *timedBody) limit(t time.Time) { _ = b.control.SetReadDeadline(t) }

// Read reads what has arrived.
func (b *timedBody) Read(p []byte) (int, error) {
	n, err := b.from.Read(p)
	b.late = b.late || errors.Is(err, os.ErrDeadlineExceeded)
	if errors.Is(err, io.EOF) {
		b.limit(time.Time{})
	}
	return n, err
}

// remove deletes versions of an object (section 5.7): all of them, unless the
// query says which.
func (h *Handler) remove(w http.ResponseWriter, r *http.Request, at place) error {
	if err := acceptable(r); err != nil {
		return err
	}
	if err := at.may(at.collection.CanRead && at.collection.CanWrite, "can_read or can_write"); err != nil {
		return err
	}
	query, err := parameters(r)
	if err != nil {
		return err
	}
	filter, err := ParseFilter(query, matchObject...)
	if err != nil {
		return badRequest(err.Error())
	}
	if !filter.AddedAfter.IsZero() {
		return badRequest("added_after is no filter of a deletion: it takes " + strings.Join(matchObject, ", "))
	}
	which := filter.Versions
	if which.isZero() {
		// A plain GET means the last version. Were it so here, the object would
		// still be there after it has been deleted.
		which.All = true
	}
	if err := at.session.Delete(r.Context(), at.root, at.collection.ID, at.object, which, filter.SpecVersions); err != nil {
		return err
	}
	h.send(w, http.StatusOK, nil)
	return nil
}
