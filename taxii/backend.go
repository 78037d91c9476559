package taxii

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// Backend is what a Handler serves.
type Backend interface {
	// Session says who asks: by the request's token (see Credential), or by
	// the client certificate in r.TLS.VerifiedChains, which is there where the
	// server's tls.Config asks for one (ClientAuth, ClientCAs). It fails with
	// ErrUnauthorized, or with an *Error of status 429 or 503 and RetryAfter.
	Session(r *http.Request) (Session, error)
}

// Session answers one user's request, with no more than that user may see.
// API roots are known by name here, which is the last part of their URL's
// path. A root, collection or object that the user may not know of is
// ErrNotFound, as is one that does not exist.
type Session interface {
	// Discovery has the names of API roots in Default and APIRoots.
	Discovery(ctx context.Context) (Discovery, error)
	Root(ctx context.Context, root string) (APIRoot, error)
	// Collections is in the same order each time (section 3.3).
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

	// Delete takes versions of an object out of a collection that can be read
	// and written (section 5.7). Where versions or specVersions are given they
	// mean the same as in a Filter; a request that names no versions asks for
	// All. It fails with ErrNotFound if the user knows of none of them, with
	// ErrForbidden or an *Error if they are not to be deleted. After it they
	// are in no page.
	Delete(ctx context.Context, root, collection, id string, versions Versions, specVersions []string) error
}

// PageRequest asks a backend for a page.
type PageRequest struct {
	Root       string
	Collection string
	Filter     Filter
	After      string // the Next of the page before; "" for the beginning
	Limit      int    // at most so many, at least 1; fewer are allowed, with More
	// MaxBytes is how long the objects may be together, with the commas
	// between them. The first one is in the page however long it is. A backend
	// that gives more is asked again with a smaller Limit.
	MaxBytes int64
	// WithoutRaw says that neither Item.Raw nor Page.Body is needed.
	WithoutRaw bool
}

// Page is a run of versions.
type Page struct {
	// Items is needed where the request is WithoutRaw or there is no Body.
	Items []Item

	// Body is the objects as they are stored. With it, Count is how many they
	// are, and First and Last are when the first and the last of them were
	// added; without it, all that is taken from Items.
	Body        Body
	Count       int
	First, Last time.Time

	More bool
	// Next is, where there is More, the backend's own cursor to go on after.
	// Clients see it sealed: it may say what they are not to know.
	Next string
}

// Body is the objects of a page, separated by commas, with no comma around
// them. The handler calls WriteTo at most once and Close exactly once.
type Body interface {
	Len() int64 // in bytes: what WriteTo writes
	// WriteTo is given the http.ResponseWriter as it came to the handler. To
	// have the kernel send a file, copy to it from an *os.File or an
	// *io.LimitedReader of one: see http.ResponseWriter's ReadFrom.
	io.WriterTo
	io.Closer
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
