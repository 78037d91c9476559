package taxii

import (
	"context"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// Backend is what a Handler serves.
type Backend interface {
	// Session says who asks, by the request's credential or client
	// certificate: see Credential. It fails with ErrUnauthorized, or with an
	// *Error of status 429 and RetryAfter.
	Session(r *http.Request) (Session, error)
}

// Session answers one user's request, with no more than that user may see.
// API roots are known by name here, which is the last part of their URL's
// path. A root or collection that the user may not know of is ErrNotFound.
type Session interface {
	// Discovery has the names of API roots in Default and APIRoots.
	Discovery(ctx context.Context) (Discovery, error)
	Root(ctx context.Context, root string) (APIRoot, error)
	Collections(ctx context.Context, root string) ([]Collection, error)

	// Page is a run of versions in the order in which they were added to the
	// collection. The handler has checked that the collection is one of
	// Collections and can be read.
	Page(ctx context.Context, q PageRequest) (Page, error)

	// Add takes the envelope in body (see ReadEnvelope) into a collection that
	// can be written. Reading body fails with *http.MaxBytesError when it is
	// longer than the root's MaxContentLength; returning that, wrapped or not,
	// answers 413. A version that is there already is a success.
	Add(ctx context.Context, root, collection string, body io.Reader) (Status, error)

	// Status is what became of an Add.
	Status(ctx context.Context, root, id string) (Status, error)
}

// PageRequest asks a backend for a page.
type PageRequest struct {
	Root       string
	Collection string
	Filter     Filter
	After      string // the Next of the page before; "" for the beginning
	Limit      int    // at most so many, at least 1; fewer are allowed, with More
	// WithoutRaw says that Item.Raw is not needed.
	WithoutRaw bool
}

// Page is a run of versions.
type Page struct {
	Items []Item
	More  bool
	Next  string // where More: the backend's cursor to go on after
}

// Item is one version of an object in a collection.
type Item struct {
	ID      string
	Version time.Time // modified, or created, or the date added (section 5.3.1)
	// Added is when the version was added to the collection. It must increase
	// from item to item, by microseconds at least: readers go on after it.
	Added time.Time
	Raw   jsontext.Value // the object
}

// Credential is the token that a request carries, as Bearer, or as the
// password of Basic with any user name. ok is false if there is none.
func Credential(r *http.Request) (token string, ok bool) {
	if _, password, basic := r.BasicAuth(); basic {
		return password, password != ""
	}
	const scheme = "bearer "
	header := r.Header.Get("Authorization")
	if len(header) <= len(scheme) || !strings.EqualFold(header[:len(scheme)], scheme) {
		return "", false
	}
	return header[len(scheme):], true
}
