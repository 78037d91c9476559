package chronicle

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/outbreak"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// Belongs says what is part of an outbreak, as it stands by one entry.
type Belongs struct {
	id      string
	port    uint16
	values  map[observable.Value]bool
	reports map[string]bool
}

// To is what belongs to an outbreak.
func To(o outbreak.Outbreak) Belongs {
	b := Belongs{id: o.ID, port: o.Port, values: map[observable.Value]bool{}, reports: map[string]bool{}}
	for _, v := range Values(o) {
		b.values[v] = true
	}
	for _, id := range o.Evidence {
		b.reports[id] = true
	}
	return b
}

// Values are the indicators that an outbreak itself names, in its order.
func Values(o outbreak.Outbreak) []observable.Value {
	list := slices.Clone(o.Values)
	for _, about := range o.About {
		if about.Value != (observable.Value{}) && !slices.Contains(list, about.Value) {
			list = append(list, about.Value)
		}
	}
	return list
}

// Protection says that a decision is of a value that the outbreak names, rests on a
// report that it rests on, or has a reason that names it.
func (b Belongs) Protection(p protect.Protection) bool {
	return b.values[p.Value] || slices.ContainsFunc(p.Evidence, func(id string) bool { return b.reports[id] }) || strings.Contains(p.Reason, b.id)
}

// listed are the values, in order.
func (b Belongs) listed() []observable.Value {
	return slices.SortedFunc(maps.Keys(b.values), func(x, y observable.Value) int {
		return cmp.Or(cmp.Compare(x.Type, y.Type), cmp.Compare(x.Text, y.Text))
	})
}

// Warning says that a person's word is about what the outbreak is about.
func (b Belongs) Warning(w outbreak.Warning) bool {
	return w.Port != 0 && w.Port == b.port || slices.ContainsFunc(w.Values, func(v observable.Value) bool { return b.values[v] })
}
