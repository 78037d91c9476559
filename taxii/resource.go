package taxii

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

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
	MaxContentLength int64    `json:"max_content_length"` // bytes of a request's body
}

// Collection is a set of objects that can be read or added to (section 5.1).
type Collection struct {
	ID          string   `json:"id"` // a UUIDv4
	Title       string   `json:"title"`
	Description string   `json:"description,omitempty"`
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
	ID        string    `json:"id"`
	State     State     `json:"status"`
	Requested time.Time `json:"-"`

	Successes []StatusDetail `json:"successes,omitempty"`
	Failures  []StatusDetail `json:"failures,omitempty"`
	Pendings  []StatusDetail `json:"pendings,omitempty"`
}

// StatusDetail is what became of one object.
type StatusDetail struct {
	ID      string    `json:"id"`
	Version time.Time `json:"-"` // the object's version; zero leaves it out
	Message string    `json:"message,omitempty"`
}

// Envelope is a page of objects (section 3.7).
type Envelope struct {
	More    bool             `json:"more"`
	Next    string           `json:"next,omitempty"`
	Objects []jsontext.Value `json:"objects,omitempty"`
}

// errNoEnvelope is the remedy for a body of another shape.
var errNoEnvelope = errors.New(`an envelope is a JSON object such as {"objects": [...]} (TAXII 2.1, section 3.7)`)

// ReadEnvelope reads an envelope from r and calls each with every object in
// it, one by one, without holding the others; i counts from 0. It rejects
// duplicate keys, invalid UTF-8, objects that are no JSON objects, and text
// after the end. A bundle is refused, with the remedy: its objects belong into
// an envelope. An error of each ends the reading and is returned as it is.
// Objects of the returned envelope is nil.
func ReadEnvelope(r io.Reader, each func(i int, raw jsontext.Value) error) (e Envelope, err error) {
	d := jsontext.NewDecoder(r)
	if d.PeekKind() != '{' {
		if _, err := d.ReadToken(); errors.Is(err, io.EOF) {
			return e, fmt.Errorf("the body is empty: %w", errNoEnvelope)
		} else if err != nil {
			return e, fmt.Errorf("read envelope: %w", err)
		}
		return e, errNoEnvelope
	}
	if _, err := d.ReadToken(); err != nil {
		return e, fmt.Errorf("read envelope: %w", err)
	}
	for d.PeekKind() != '}' {
		name, err := d.ReadToken()
		if err != nil {
			return e, fmt.Errorf("read envelope: %w", err)
		}
		if err := e.property(d, name.String(), each); err != nil {
			return e, err
		}
	}
	if _, err := d.ReadToken(); err != nil {
		return e, fmt.Errorf("read envelope: %w", err)
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return e, fmt.Errorf("read envelope: there is text after its end, at byte %d", d.InputOffset())
	}
	return e, nil
}

func (e *Envelope) property(d *jsontext.Decoder, name string, each func(int, jsontext.Value) error) error {
	kind := d.PeekKind()
	switch {
	case name == "objects" && kind == '[':
		return readObjects(d, each)
	case name == "more" && (kind == 't' || kind == 'f'):
		value, err := d.ReadToken()
		if err == nil {
			e.More = value.Bool()
		}
		return err
	case name == "next" && kind == '"':
		value, err := d.ReadToken()
		if err == nil {
			e.Next = value.String()
		}
		return err
	}
	value, err := d.ReadValue()
	switch {
	case err != nil:
		return fmt.Errorf("read envelope: %w", err)
	case name == "type" && string(value) == `"bundle"`:
		return fmt.Errorf("this is a STIX bundle: %w", errNoEnvelope)
	case name == "objects" || name == "more" || name == "next":
		return fmt.Errorf("read envelope: /%s has the wrong type: %w", name, errNoEnvelope)
	}
	return nil // custom properties are allowed (section 3.7)
}

func readObjects(d *jsontext.Decoder, each func(int, jsontext.Value) error) error {
	if _, err := d.ReadToken(); err != nil {
		return fmt.Errorf("read envelope: %w", err)
	}
	for i := 0; d.PeekKind() != ']'; i++ {
		raw, err := d.ReadValue()
		if err != nil {
			return fmt.Errorf("read envelope: %w", err)
		}
		if raw.Kind() != '{' {
			return fmt.Errorf("read envelope: /objects/%d is no JSON object", i)
		}
		if err := each(i, raw.Clone()); err != nil {
			return err
		}
	}
	_, err := d.ReadToken()
	return err
}
