package stix

import (
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// Limits bound what ReadBundle accepts; a zero field means its default.
type Limits struct {
	Bytes       int64 // of the whole text; 64 MiB by default
	Depth       int   // of nested arrays and objects within one object; 64 by default
	ObjectBytes int   // of one object; 1 MiB - 64 KiB by default
}

// Defaults of Limits.
const (
	DefaultBytes       = 64 << 20
	DefaultDepth       = 64
	DefaultObjectBytes = 1<<20 - 64<<10
)

func (l Limits) withDefaults() Limits {
	if l.Bytes <= 0 {
		l.Bytes = DefaultBytes
	}
	if l.Depth <= 0 {
		l.Depth = DefaultDepth
	}
	if l.ObjectBytes <= 0 {
		l.ObjectBytes = DefaultObjectBytes
	}
	return l
}

// Object is one STIX object as it came in.
type Object struct {
	Header
	Raw     jsontext.Value // as it came in; only valid until the next object is read
	Pointer string         // where it stands in what was read: "/objects/17", "" for an object alone
	Line    int            // where it begins, from 1

	// Problem says why the header could not be read, or that the object is
	// too large or nested too deeply; nil for an object in order. Validate
	// reports it as well.
	Problem *Error
}

// ReadBundle reads a STIX bundle (section 8), a TAXII envelope
// ({"objects": [...]}) or a single object, and calls each for every object in
// the order of the text. It holds one object at a time. What is wrong with one
// object is in the object's Problem; the error, an *Error with line and
// column, is for a text that cannot be read on: what each was given before
// should then be thrown away. An error of each ends the reading and is
// returned as it is.
func ReadBundle(r io.Reader, lim Limits, each func(Object) error) error {
	b := newBundleReader(r, lim, each)
	return b.locate(b.read())
}

func newBundleReader(r io.Reader, lim Limits, each func(Object) error) *bundleReader {
	lim = lim.withDefaults()
	src := &source{r: r, total: lim.Bytes, keep: true}
	src.atMost(0, lim.ObjectBytes)
	b := &bundleReader{src: src, lim: lim, each: each}
	b.dec.Reset(src)
	return b
}

type bundleReader struct {
	dec  jsontext.Decoder
	src  *source
	lim  Limits
	each func(Object) error

	objectType string // what "type" says, if it was read
	hasObjects bool   // "objects" was read as a list of objects
	foreign    bool   // a key was read that neither a bundle nor an envelope has
	paged      bool   // a key was read that only an envelope has
	keys       int

	id      string   // what "id" says
	count   int      // objects read
	strange []string // the first names of keys that a bundle does not have
}

// manyKeys is how many keys that a bundle does not have are remembered.
const manyKeys = 16

func (b *bundleReader) read() error {
	if kind := b.dec.PeekKind(); kind != '{' {
		if _, err := b.dec.ReadToken(); err != nil && !errors.Is(err, io.EOF) {
			return err
		} else if err != nil {
			return &Error{Rule: RuleTruncated, Message: "there is nothing to read; send a STIX bundle"}
		}
		return &Error{Rule: RuleNotBundle, Section: "8", Message: fmt.Sprintf("this is %s, not a STIX bundle, a TAXII envelope or a STIX object", kindName(kind))}
	}
	start := b.dec.InputOffset() + b.src.blanks(b.dec.InputOffset())
	b.src.atMost(start, b.lim.ObjectBytes)
	if _, err := b.dec.ReadToken(); err != nil {
		return err
	}
	for b.dec.PeekKind() != '}' {
		if err := b.key(); err != nil {
			return err
		}
		// What stands beside the objects is no larger than an object, either.
		if b.dec.InputOffset()-b.src.from > int64(b.lim.ObjectBytes) {
			return errObjectTooLarge
		}
	}
	if _, err := b.dec.ReadToken(); err != nil {
		return err
	}
	end := b.dec.InputOffset()
	if err := b.conclude(start, end); err != nil {
		return err
	}
	if _, err := b.dec.ReadToken(); !errors.Is(err, io.EOF) {
		if err != nil {
			return err
		}
		return &Error{Rule: RuleTrailing, Offset: end, Message: "something follows the end of the bundle; send one bundle at a time"}
	}
	return nil
}

// key reads one key of the outermost object with its value.
func (b *bundleReader) key() error {
	name, err := b.dec.ReadValue()
	if err != nil {
		return err
	}
	b.keys++
	switch key := string(plain(name)); key {
	case "objects":
		// The deprecated objects of observed-data are a dictionary.
		if b.dec.PeekKind() == '[' && (b.objectType == "" || b.objectType == "bundle") {
			return b.objects()
		}
		b.foreign = true
	case "type":
		v, err := b.dec.ReadValue()
		if err == nil && v.Kind() == '"' {
			b.objectType = string(plain(v))
		}
		return err
	case "id":
		v, err := b.dec.ReadValue()
		if err == nil && v.Kind() == '"' {
			b.id = string(plain(v))
		}
		return err
	default:
		page := key == "more" || key == "next"
		b.paged = b.paged || page
		b.foreign = b.foreign || !page && key != "spec_version"
		if len(b.strange) < manyKeys {
			b.strange = append(b.strange, key)
		}
	}
	return b.dec.SkipValue()
}

func (b *bundleReader) objects() error {
	b.hasObjects = true
	b.src.forget()
	if _, err := b.dec.ReadToken(); err != nil {
		return err
	}
	for i := 0; ; i++ {
		b.src.atMost(b.dec.InputOffset(), b.lim.ObjectBytes)
		if b.dec.PeekKind() == ']' {
			break
		}
		if err := b.object("/objects/" + strconv.Itoa(i)); err != nil {
			return err
		}
		b.count++
	}
	_, err := b.dec.ReadToken()
	b.src.atMost(b.dec.InputOffset(), b.lim.ObjectBytes)
	return err
}

// object reads one element of the list of objects.
func (b *bundleReader) object(pointer string) error {
	before := b.dec.InputOffset()
	raw, err := b.dec.ReadValue()
	if errors.Is(err, errObjectTooLarge) {
		return b.skip(pointer, before)
	}
	if err != nil {
		return err
	}
	return b.hand(raw, pointer, b.dec.InputOffset()-int64(len(raw)))
}
