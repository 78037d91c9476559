package api

import (
	"slices"
	"strings"
)

// Routes are the patterns that are answered, but for the document's own and what
// there is no operation for.
func (a *API) Routes() []string {
	return slices.DeleteFunc(slices.Clone(a.mux.patterns), func(p string) bool {
		return p == "/" || strings.HasPrefix(p, "GET "+prefix+"/openapi")
	})
}
