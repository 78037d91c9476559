package cluster

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
)

// problem is an error as programs read it: RFC 9457, and TAXII 2.1, section 3.6.1.
type problem struct {
	Title  string `json:"title"`
	Detail string `json:"detail,omitempty"`
	Status int    `json:"status,omitzero"`

	Description string `json:"description,omitempty"`
	HTTPStatus  string `json:"http_status,omitempty"`
}

// say answers with an error, in the form that who asked reads.
func say(w http.ResponseWriter, r *http.Request, status int, text string) {
	var media string
	p := problem{Title: http.StatusText(status)}
	switch {
	case strings.HasPrefix(r.URL.Path, "/api/"):
		media, p.Detail, p.Status = "application/problem+json", text, status
	case strings.HasPrefix(r.URL.Path, "/taxii2/"):
		media, p.Description, p.HTTPStatus = "application/taxii+json;version=2.1", text, strconv.Itoa(status)
	default:
		http.Error(w, text, status)
		return
	}
	w.Header().Set("Content-Type", media)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_ = json.MarshalWrite(w, p) // who has gone away hears nothing
}
