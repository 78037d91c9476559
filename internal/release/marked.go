package release

import (
	"slices"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// told is an audience in the words that the reader may know: its level, and its
// community if the reader is a member. Who else was named, nobody is told.
func (r *Reader) told(audience string) string {
	a, err := access.ParseAudience(audience)
	if err != nil {
		return ""
	}
	a.Recipients = nil
	if !slices.Contains(r.who.Communities, a.Community) {
		a.Community = ""
	}
	return a.String()
}

// narrowed is who may be told of objects that were narrowed since their entry, in
// the order of the objects; nil where none was. What was narrowed to one side, so
// that both audiences hold, is said to be its owner's alone: no audience says both.
func (r *Reader) narrowed(e ledger.Entry, objects []object, taken []Withdrawal) []string {
	whole, err := access.ParseAudience(e.Audience)
	if err != nil {
		return nil
	}
	var list []string
	for i, o := range objects {
		now, changed := whole, false
		for _, w := range taken {
			switch {
			case w.Owner != e.Actor || !w.names(o.id, o.version):
				continue
			case w.audience.Within(now):
				now = w.audience
			default:
				now = access.Audience{TLP: access.Red}
			}
			changed = true
		}
		if changed {
			if list == nil {
				list = make([]string, len(objects))
			}
			list[i] = r.told(now.String())
		}
	}
	return list
}
