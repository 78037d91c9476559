package edge

import (
	"io"
	"maps"

	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/feed/lists"
	"github.com/tocsin-project/tocsin/internal/feed/rules"
)

// Compilers are the files that an edge can write, by name.
var Compilers = func() map[string]feed.Compiler {
	all := map[string]feed.Compiler{
		"protections.json": func(w io.Writer, s feed.Set) ([]feed.Left, error) { return nil, feed.JSON(w, s) },
	}
	maps.Copy(all, lists.All)
	maps.Copy(all, rules.All)
	return all
}()
