package rules

import (
	"io"

	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/observable"
)

// ClamAV writes a hash signature database, .hsb: "HASH:*:NAME:73", for files of
// any size, which engines understand from functionality level 73 on (ClamAV
// documentation, "File hash signatures"). What is only observed is not in it,
// since ClamAV is set up to remove, refuse or quarantine what it finds. The comment is
// what keeps ClamAV from refusing an empty database, and with it all that it has to
// load (1.4.6: "Malformed database").
func ClamAV(w io.Writer, s feed.Set) ([]feed.Left, error) {
	out := feed.NewOutput(w)
	out.Line("# Files that are blocked, by Tocsin.")
	for _, p := range s.Blocks() {
		switch p.Type {
		case observable.SHA256, observable.SHA1, observable.MD5:
			out.Line(p.Text, ":*:Tocsin.Blocked:73")
		case observable.SHA512:
			out.Leave(p, "ClamAV's hash signatures have no SHA-512")
		}
	}
	for _, p := range s.Observed() {
		switch p.Type {
		case observable.SHA256, observable.SHA1, observable.MD5, observable.SHA512:
			out.Leave(p, "ClamAV hinders what it finds, and this is only to be observed")
		}
	}
	return out.Done()
}
