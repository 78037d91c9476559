package stix

import (
	"strconv"
	"strings"
)

// step leads from an object to a member, or from a list to an element. A JSON
// pointer is made of the steps only where there is something to report.
type step struct {
	name  string // of a member, of a property that the tables know
	index int    // of an element, where name is ""
}

func (v *validator) enter(name string) { v.path = append(v.path, step{name: name}) }
func (v *validator) element(i int)     { v.path = append(v.path, step{index: i}) }
func (v *validator) leave()            { v.path = v.path[:len(v.path)-1] }

// pointer is the JSON pointer (RFC 6901) to what is below the path.
func (v *validator) pointer(below string) string {
	b := make([]byte, 0, 64)
	b = append(b, v.o.Pointer...)
	for _, s := range v.path {
		b = append(b, '/')
		if s.name != "" {
			b = append(b, escape(s.name)...)
		} else {
			b = strconv.AppendInt(b, int64(s.index), 10)
		}
	}
	return string(append(b, below...))
}

var escapes = strings.NewReplacer("~", "~0", "/", "~1")

// escape writes a name as a part of a JSON pointer.
func escape(name string) string {
	if strings.IndexByte(name, '/') < 0 && strings.IndexByte(name, '~') < 0 {
		return name
	}
	return escapes.Replace(name)
}
