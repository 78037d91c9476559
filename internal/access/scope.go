package access

import (
	"fmt"
	"slices"
	"strings"
)

// Surface is a part of what the hub offers.
type Surface string

// The surfaces that a token can be confined to, and Pages, which is only for
// people and for tokens without scopes.
const (
	TAXII  Surface = "taxii"  // /taxii2/
	API    Surface = "api"    // /api/v1/
	Stream Surface = "stream" // /api/v1/stream
	Feeds  Surface = "feeds"  // /feeds/
	Log    Surface = "log"    // /log/, which is public: alone, this opens nothing else
	Pages  Surface = "pages"  // the pages for people
	// Metrics is /metrics, for a token of an administrator that lies on the machine
	// which watches the hub and opens nothing else.
	Metrics Surface = "metrics"
)

var surfaces = []Surface{TAXII, API, Stream, Feeds, Log, Metrics}

// Scope is a surface that a token works for, to read or to write only if it
// says so: "taxii", "taxii:read", "api:write". To write does not include to
// read: what only delivers need not be able to see.
type Scope string

// ParseScope reads a scope.
func ParseScope(s string) (Scope, error) {
	surface, mode, limited := strings.Cut(s, ":")
	if !slices.Contains(surfaces, Surface(surface)) || limited && mode != "read" && mode != "write" {
		return "", fmt.Errorf("%w: unknown scope %q: use taxii, api, stream, feeds, log or metrics, alone or with :read or :write, as in taxii:read", ErrInvalid, s)
	}
	return Scope(s), nil
}

// checkScopes gives the scopes in order, each once.
func checkScopes(scopes []Scope) ([]Scope, error) {
	if len(scopes) == 0 {
		return nil, nil
	}
	scopes = slices.Clone(scopes)
	for _, s := range scopes {
		if _, err := ParseScope(string(s)); err != nil {
			return nil, err
		}
	}
	slices.Sort(scopes)
	return slices.Compact(scopes), nil
}

// Allows says whether the principal's token works for a surface, to write or
// to read. What the role allows there is another question.
func (p Principal) Allows(s Surface, write bool) bool {
	if len(p.Scopes) == 0 {
		return true
	}
	mode := "read"
	if write {
		mode = "write"
	}
	for _, scope := range p.Scopes {
		if surface, only, limited := strings.Cut(string(scope), ":"); Surface(surface) == s && (!limited || only == mode) {
			return true
		}
	}
	return false
}
