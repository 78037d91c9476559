package api

import (
	"bytes"
	"path"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// schemaName tells apart the types of one name in different rooms:
// ProtectEvent, ResponseEvent.
func schemaName(t reflect.Type, hint string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	name := huma.DefaultSchemaNamer(t, hint)
	if room := path.Base(t.PkgPath()); t.Name() != "" && room != "api" && room != "v2" {
		return strings.ToUpper(room[:1]) + room[1:] + name
	}
	return name
}

// document is a JSON object that goes out as its bytes came in.
type document []byte

// MarshalJSON gives the bytes.
func (d document) MarshalJSON() ([]byte, error) { return d, nil }

// UnmarshalJSON takes them.
func (d *document) UnmarshalJSON(text []byte) error {
	*d = bytes.Clone(text)
	return nil
}

// Schema says that it is an object.
func (document) Schema(huma.Registry) *huma.Schema { return &huma.Schema{Type: huma.TypeObject} }
