package taxii

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Manifest gives out what a collection, by its URL, holds after the cursor,
// without the objects themselves. Cursors, errors and misbehaviour are those of
// PullWith.
func (c *Client) Manifest(ctx context.Context, collection string, since Cursor, filter Filter, each func(ManifestRecord) error) (Cursor, error) {
	r := run{client: c, target: below(collection, "manifest"), list: "objects", kind: '{'}
	r.Filter = filter
	r.Object = func(raw jsontext.Value) error {
		var line record
		if err := json.Unmarshal(raw, &line); err != nil {
			return fmt.Errorf("manifest of %s: %w", shown(collection), err)
		}
		return each(ManifestRecord{
			ID: line.ID, DateAdded: timestampOrNone(line.DateAdded), Version: timestampOrNone(line.Version), MediaType: line.MediaType,
		})
	}
	at, err := r.all(ctx, since)
	own := (*stopped)(nil)
	switch {
	case errors.As(err, &own):
		return at, own.error
	case err != nil:
		return at, fmt.Errorf("manifest of %s: %w", shown(collection), err)
	}
	return at, nil
}

// Object is the versions of one object in a collection, by the collection's
// URL, that are asked for: of the zero Versions, the last. It fails with
// ErrNotFound if the server knows no such object.
func (c *Client) Object(ctx context.Context, collection, id string, which Versions) (found []jsontext.Value, err error) {
	r := run{client: c, target: below(collection, "objects", id), list: "objects", kind: '{'}
	r.Filter.Versions = which
	r.Object = func(raw jsontext.Value) error {
		found = append(found, raw)
		return nil
	}
	if _, err := r.all(ctx, Cursor{}); err != nil {
		return nil, fmt.Errorf("object %s: %w", id, err)
	}
	return found, nil
}

// Versions is when the versions of an object were made that a collection, by
// its URL, holds. It fails with ErrNotFound if the server knows no such object.
func (c *Client) Versions(ctx context.Context, collection, id string) (found []time.Time, err error) {
	r := run{client: c, target: below(collection, "objects", id, "versions"), list: "versions", kind: '"'}
	r.Object = func(raw jsontext.Value) error {
		text, err := jsontext.AppendUnquote(nil, raw)
		if err != nil {
			return err
		}
		at, err := ParseTimestamp(string(text))
		found = append(found, at)
		return err
	}
	if _, err := r.all(ctx, Cursor{}); err != nil {
		return nil, fmt.Errorf("versions of %s: %w", id, err)
	}
	return found, nil
}
