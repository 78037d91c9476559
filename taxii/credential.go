package taxii

import (
	"net/http"
	"strings"
)

// Credential is the token that a request carries, as Bearer, or as the
// password of Basic with any user name. ok is false if there is none.
func Credential(r *http.Request) (token string, ok bool) {
	if _, password, basic := r.BasicAuth(); basic {
		return password, password != ""
	}
	const scheme = "bearer "
	header := r.Header.Get("Authorization")
	if len(header) <= len(scheme) || !strings.EqualFold(header[:len(scheme)], scheme) {
		return "", false
	}
	return header[len(scheme):], true
}
