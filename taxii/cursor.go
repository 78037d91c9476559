package taxii

import (
	"encoding/base64"
	"fmt"
	"net/url"

	"github.com/go-json-experiment/json"
)

// maxCursor is the length of the longest next parameter that is looked at. It
// is the length of the longest request line that servers commonly take.
const maxCursor = 8 << 10

// cursor is what the opaque next parameter holds: the place to go on after,
// and the filters of the first request, which some clients drop or change on
// the second page. It gives no access: what is released is decided anew for
// each page.
type cursor struct {
	For    string `json:"for"`    // the resource that it belongs to
	Filter string `json:"filter"` // as a query
	After  string `json:"after"`  // the backend's own cursor
	Limit  int    `json:"limit"`
}

func (c cursor) encode() (string, error) {
	text, err := json.Marshal(c)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(text), nil
}

func decodeCursor(next, resource string, fields []string) (c cursor, f Filter, err error) {
	if len(next) > maxCursor {
		return cursor{}, Filter{}, fmt.Errorf("%w: it has %d characters", ErrCursor, len(next))
	}
	text, err := base64.RawURLEncoding.Strict().DecodeString(next)
	if err != nil {
		return cursor{}, Filter{}, fmt.Errorf("%w: %w", ErrCursor, err)
	}
	if err := json.Unmarshal(text, &c, json.RejectUnknownMembers(true)); err != nil {
		return cursor{}, Filter{}, fmt.Errorf("%w: %w", ErrCursor, err)
	}
	if c.For != resource || c.Limit < 1 {
		return cursor{}, Filter{}, fmt.Errorf("%w: it belongs to another resource", ErrCursor)
	}
	query, err := url.ParseQuery(c.Filter)
	if err != nil {
		return cursor{}, Filter{}, fmt.Errorf("%w: %w", ErrCursor, err)
	}
	if f, err = ParseFilter(query, fields...); err != nil {
		return cursor{}, Filter{}, fmt.Errorf("%w: %w", ErrCursor, err)
	}
	return c, f, nil
}
