package taxii

import (
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// accepts says whether a client that sent these Accept headers can be given
// MediaType. Clients differ: no header, */*, application/json, and TAXII's own
// type with or without a version all are. Only what excludes it is not:
// another type, or another version (section 1.6.8).
func accepts(header http.Header) bool {
	values := header.Values("Accept")
	if strings.TrimSpace(strings.Join(values, "")) == "" {
		return true
	}
	for _, value := range values {
		for item := range strings.SplitSeq(value, ",") {
			name, params, err := mime.ParseMediaType(item)
			if err != nil || refused(params["q"]) {
				continue
			}
			switch name {
			case "*/*", "application/*", "application/json":
				return true
			case "application/taxii+json":
				if v := params["version"]; v == "" || v == "2.1" {
					return true
				}
			}
		}
	}
	return false
}

// refused says whether a weight is zero (RFC 9110, section 12.4.2).
func refused(q string) bool {
	weight, err := strconv.ParseFloat(q, 64)
	return err == nil && weight == 0
}

// isTAXII says whether a Content-Type is TAXII 2.1's, whatever else it says,
// such as a charset.
func isTAXII(contentType string) bool {
	name, params, err := mime.ParseMediaType(contentType)
	if err != nil || name != "application/taxii+json" {
		return false
	}
	v := params["version"]
	return v == "" || v == "2.1"
}
