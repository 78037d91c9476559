package web

import (
	"net/http"
	"slices"
	"strings"
)

// A router takes the paths of rooms, and remembers them: a test opens each page
// that there is, so that a new one cannot be left out.
type router struct {
	*http.ServeMux
	patterns []string
}

// HandleFunc is that of the mux.
func (m *router) HandleFunc(pattern string, handler func(http.ResponseWriter, *http.Request)) {
	m.patterns = append(m.patterns, pattern)
	m.ServeMux.HandleFunc(pattern, handler)
}

// routed is the paths of all rooms.
func (p *pages) routed() *router {
	mux := &router{ServeMux: http.NewServeMux()}
	for _, one := range rooms {
		one.paths(p, mux)
	}
	return mux
}

// Paths are what can be read of the rooms, as [http.ServeMux] has its patterns:
// "/partners", "/partners/{id}"; the first page is "/". Nearly all are pages.
func Paths() (list []string) {
	for _, pattern := range new(pages).routed().patterns {
		if path, read := strings.CutPrefix(pattern, "GET "); read {
			list = append(list, strings.TrimSuffix(path, "{$}"))
		}
	}
	slices.Sort(list)
	return list
}
