package taxii

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// envelope answers with the objects as they are stored: neither parsed nor
// gathered, and with a Content-Length, without which the kernel could not send
// a file by itself.
func (h *Handler) envelope(w http.ResponseWriter, r *http.Request, page Page, next string) error {
	head, tail, err := frame(page, next)
	if err != nil {
		return err
	}
	size := page.Body.Len()
	w.Header().Set("Content-Length", strconv.FormatInt(int64(len(head)+len(tail))+size, 10))
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return nil
	}
	defer h.inTime(w)()
	_, err = w.Write(head)
	if err == nil && size > 0 {
		var n int64
		if n, err = page.Body.WriteTo(w); err == nil && n != size {
			err = fmt.Errorf("the page has %d bytes instead of %d", n, size)
		}
	}
	if err == nil {
		_, err = io.WriteString(w, tail)
	}
	if err == nil {
		return nil
	}
	if !gone(r, err) {
		h.log().ErrorContext(r.Context(), "taxii page broke off", "path", r.URL.Path, "error", err)
	}
	// The client has to see that the page is not whole.
	panic(http.ErrAbortHandler)
}

// gone says whether an error means that the client does not listen any more.
func gone(r *http.Request, err error) bool {
	network := (*net.OpError)(nil)
	return r.Context().Err() != nil || errors.Is(err, os.ErrDeadlineExceeded) || errors.As(err, &network)
}

// frame is what goes around the objects (section 3.7). An empty list is left
// out; more is always there, for the clients that take it to be.
func frame(page Page, next string) (head []byte, tail string, err error) {
	if !page.More {
		head = append(head, `{"more":false`...)
	} else {
		head = append(head, `{"more":true,"next":`...)
		if head, err = jsontext.AppendQuote(head, next); err != nil {
			return nil, "", err
		}
	}
	if page.Count == 0 {
		return head, "}", nil
	}
	return append(head, `,"objects":[`...), "]}", nil
}

// items is the Body of a page whose objects are in memory.
type items []Item

// Len is in bytes.
func (list items) Len() int64 {
	size := max(0, len(list)-1)
	for _, item := range list {
		size += len(item.Raw)
	}
	return int64(size)
}

// WriteTo writes the objects in a few large pieces.
func (list items) WriteTo(w io.Writer) (n int64, err error) {
	const piece = 64 << 10
	b := bufio.NewWriterSize(w, piece)
	for i, item := range list {
		if i > 0 {
			_ = b.WriteByte(',') // Flush returns the first error
		}
		_, _ = b.Write(item.Raw)
	}
	if err := b.Flush(); err != nil {
		return 0, err
	}
	return list.Len(), nil
}

// Close does nothing.
func (items) Close() error { return nil }

// record is a line of the manifest as it is sent (section 5.3.1).
type record struct {
	ID        string `json:"id"`
	DateAdded string `json:"date_added"`
	Version   string `json:"version"`
	MediaType string `json:"media_type,omitempty"`
}

// listing is the manifest resource, or the versions resource.
type listing struct {
	More     *bool    `json:"more,omitempty"`
	Next     string   `json:"next,omitempty"`
	Records  []record `json:"objects,omitempty"`
	Versions []string `json:"versions,omitempty"`
}

// list makes a listing of a page. One of nothing is an empty object (sections
// 5.3.1 and 5.8.1).
func list(page Page, next string, of Collection, v view) listing {
	l := listing{Next: next}
	if page.More || page.Count > 0 {
		l.More = &page.More
	}
	mediaType := STIXMediaType
	if len(of.MediaTypes) > 0 && !slices.Contains(of.MediaTypes, mediaType) {
		mediaType = "" // it has to be one of the collection's
	}
	for _, item := range page.Items {
		version := FormatTimestamp(item.Version)
		if v == versions {
			l.Versions = append(l.Versions, version)
			continue
		}
		l.Records = append(l.Records, record{ID: item.ID, DateAdded: FormatTimestamp(item.Added), Version: version, MediaType: mediaType})
	}
	return l
}
