package taxii

import (
	"bytes"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// record is a line of the manifest (section 5.3.1).
type record struct {
	ID        string `json:"id"`
	DateAdded string `json:"date_added"`
	Version   string `json:"version"`
	MediaType string `json:"media_type"`
}

// render writes a page. An empty list is left out (section 3.7).
func render(page Page, next string, v view) ([]byte, error) {
	var b bytes.Buffer
	switch v {
	case objects:
		return envelope(page, next)
	case manifest:
		body := struct {
			More    bool     `json:"more"`
			Next    string   `json:"next,omitempty"`
			Records []record `json:"objects,omitempty"`
		}{More: page.More, Next: next}
		for _, item := range page.Items {
			body.Records = append(body.Records, record{
				ID: item.ID, DateAdded: FormatTimestamp(item.Added), Version: FormatTimestamp(item.Version), MediaType: STIXMediaType,
			})
		}
		err := json.MarshalWrite(&b, body)
		return b.Bytes(), err
	}
	body := struct {
		More     bool     `json:"more"`
		Next     string   `json:"next,omitempty"`
		Versions []string `json:"versions,omitempty"`
	}{More: page.More, Next: next}
	for _, item := range page.Items {
		body.Versions = append(body.Versions, FormatTimestamp(item.Version))
	}
	err := json.MarshalWrite(&b, body)
	return b.Bytes(), err
}

// envelope puts the stored bytes into an envelope as they are.
func envelope(page Page, next string) ([]byte, error) {
	size := 64 + len(next)
	for _, item := range page.Items {
		size += len(item.Raw) + 1
	}
	b := make([]byte, 0, size)
	b = append(b, `{"more":`...)
	if page.More {
		b = append(b, `true,"next":`...)
		var err error
		if b, err = jsontext.AppendQuote(b, next); err != nil {
			return nil, err
		}
	} else {
		b = append(b, `false`...)
	}
	for i, item := range page.Items {
		if i == 0 {
			b = append(b, `,"objects":[`...)
		} else {
			b = append(b, ',')
		}
		b = append(b, item.Raw...)
	}
	if len(page.Items) > 0 {
		b = append(b, ']')
	}
	return append(b, '}'), nil
}
