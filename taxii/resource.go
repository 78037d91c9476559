package taxii

import "time"

const (
	// MediaType is the type of every answer, and of every request with a body
	// (section 1.6.8).
	MediaType = "application/taxii+json;version=2.1"
	// STIXMediaType is the type of the objects in collections.
	STIXMediaType = "application/stix+json;version=2.1"
)

// Discovery says who runs a server and what its API roots are (section 4.1).
type Discovery struct {
	Title       string   `json:"title"`
	Description string   `json:"description,omitempty"`
	Contact     string   `json:"contact,omitempty"`
	Default     string   `json:"default,omitempty"`   // one of APIRoots
	APIRoots    []string `json:"api_roots,omitempty"` // URLs; a Backend gives names
}

// APIRoot is a group of collections (section 4.2).
type APIRoot struct {
	Title            string   `json:"title"`
	Description      string   `json:"description,omitempty"`
	Versions         []string `json:"versions"`
	MaxContentLength int64    `json:"max_content_length"` // bytes of a request's body; a Handler's default if zero

	// MaxPageBytes limits the pages of this root, where it is less than
	// Handler.MaxPageBytes. It is not sent.
	MaxPageBytes int64 `json:"-"`
}

// Collection is a set of objects that can be read or added to (section 5.1).
type Collection struct {
	ID          string   `json:"id"` // a UUIDv4
	Title       string   `json:"title"`
	Description string   `json:"description,omitempty"`
	Alias       string   `json:"alias,omitempty"` // a Handler sends none: it serves collections by their id alone
	CanRead     bool     `json:"can_read"`
	CanWrite    bool     `json:"can_write"`
	MediaTypes  []string `json:"media_types,omitempty"`
}

// State is how far the server is with a request to add objects.
type State string

// The states of a request; Complete is the last one.
const (
	Pending  State = "pending"
	Complete State = "complete"
)

// Status says what became of the objects of a request (section 4.3).
type Status struct {
	ID        string
	State     State
	Requested time.Time

	Successes, Failures, Pendings []StatusDetail

	// Counts is how many objects there are of each kind, as a server said that
	// a client asked: it may leave out the lists. A Handler counts the lists.
	Counts Counts
}

// Counts is how many objects a server took, did not take, and has before it.
type Counts struct{ Successes, Failures, Pendings int }

// StatusDetail is what became of one object.
type StatusDetail struct {
	ID string
	// Version is the object's. Where it has none, a Handler sends when the
	// request was made: it may not be left out.
	Version time.Time
	Message string
}

// ManifestRecord is a line of the manifest (section 5.3.1).
type ManifestRecord struct {
	ID        string
	DateAdded time.Time
	Version   time.Time // zero if the server names it otherwise than by a time
	MediaType string
}
