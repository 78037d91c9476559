package stix

import "github.com/go-json-experiment/json/jsontext"

// members calls each for every member of an object that has been read before.
// The values share the object's memory.
func members(object jsontext.Value, each func(name string, value jsontext.Value)) {
	walk(object, func(p *headerParser) error {
		name, err := p.dec.ReadValue()
		if err != nil {
			return err
		}
		key := propertyName(name)
		value, err := p.dec.ReadValue()
		if err == nil {
			end := p.dec.InputOffset()
			each(key, object[end-int64(len(value)):end])
		}
		return err
	})
}

// elements is members for an array.
func elements(array jsontext.Value, each func(i int, value jsontext.Value)) {
	i := 0
	walk(array, func(p *headerParser) error {
		value, err := p.dec.ReadValue()
		if err == nil {
			end := p.dec.InputOffset()
			each(i, array[end-int64(len(value)):end])
			i++
		}
		return err
	})
}

// walk reads what is inside an array or an object. It stops at the first
// error: the text has been found well formed before.
func walk(text jsontext.Value, next func(*headerParser) error) {
	p := headerParsers.Get().(*headerParser)
	defer headerParsers.Put(p)
	p.reset(text, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if _, err := p.dec.ReadToken(); err != nil {
		return
	}
	for {
		switch p.dec.PeekKind() {
		case '}', ']', 0:
			return
		}
		if next(p) != nil {
			return
		}
	}
}
