package taxii

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// Errors that a backend returns, or wraps, to have the handler answer as the
// specification says. Any other error is answered as 500, with an id and
// without its text. To say more, return an *Error.
var (
	ErrUnauthorized = errors.New("unauthorized") // 401: no credential, or one that is not valid
	ErrForbidden    = errors.New("forbidden")    // 403
	// ErrNotFound is answered as 404. An id that is hidden from the user has to
	// give it as well.
	ErrNotFound = errors.New("not found")
	// ErrCursor says that PageRequest.After is none that the backend gave out: 400.
	ErrCursor = errors.New("the cursor is not valid")
)

// Error is the error message resource (section 3.6.1). A backend may return
// one; a client's methods do where the server sent one.
type Error struct {
	Status      int // the HTTP status, which the resource holds as a string
	Title       string
	Description string
	ID          string // names this one failure in the server's log
	Code        string // the server's name of this kind of failure
	// External is the URL of an explanation, Details whatever else there is:
	// a JSON object. Both are a server's own business.
	External string
	Details  jsontext.Value
	// RetryAfter goes with 429 and 503; zero leaves it out. It is rounded up
	// to seconds.
	RetryAfter time.Duration
}

// Error is "403 Forbidden: title: description".
func (e *Error) Error() string {
	s := fmt.Sprintf("%d %s", e.Status, http.StatusText(e.Status))
	for _, part := range []string{e.Title, e.Description} {
		if part != "" {
			s += ": " + part
		}
	}
	return s
}

// Is makes a client's error comparable with the errors of this package.
func (e *Error) Is(target error) bool {
	switch e.Status {
	case http.StatusUnauthorized:
		return target == ErrUnauthorized
	case http.StatusForbidden:
		return target == ErrForbidden
	case http.StatusNotFound:
		return target == ErrNotFound
	}
	return false
}

// wireError is an Error as it is sent.
type wireError struct {
	Title       string `json:"title"`
	Description string `json:"description,omitempty"`
	ErrorID     string `json:"error_id,omitempty"`
	ErrorCode   string `json:"error_code,omitempty"`
	HTTPStatus  string `json:"http_status,omitempty"`
	External    string `json:"external_details,omitempty"`

	Details jsontext.Value `json:"details,omitempty"`
}

func (e *Error) wire() wireError {
	return wireError{
		Title: e.Title, Description: e.Description, ErrorID: e.ID, ErrorCode: e.Code,
		HTTPStatus: strconv.Itoa(e.Status), External: e.External, Details: e.Details,
	}
}

// toError is what to tell a client about an error, or nil if nothing of it may
// be told.
func toError(err error) *Error {
	own, tooLarge := (*Error)(nil), (*http.MaxBytesError)(nil)
	switch {
	case errors.As(err, &own):
		return own
	case errors.As(err, &tooLarge):
		return &Error{Status: http.StatusRequestEntityTooLarge, Title: "the body is too large",
			Description: fmt.Sprintf("at most %d bytes are accepted (max_content_length of the API root): send the objects in several requests", tooLarge.Limit)}
	case errors.Is(err, ErrUnauthorized):
		return &Error{Status: http.StatusUnauthorized, Title: "a valid credential is needed",
			Description: "send Authorization: Bearer TOKEN, or Basic with the token as the password"}
	case errors.Is(err, ErrForbidden):
		return &Error{Status: http.StatusForbidden, Title: "not permitted"}
	case errors.Is(err, ErrNotFound):
		return &Error{Status: http.StatusNotFound, Title: "not found",
			Description: "there is no such resource, or none that this credential may see"}
	case errors.Is(err, ErrCursor):
		return badRequest("next is not a cursor that this resource gave out: start again without it, with added_after")
	}
	return nil
}

func badRequest(description string) *Error {
	return &Error{Status: http.StatusBadRequest, Title: "the request is not valid", Description: description}
}
