package protect

import (
	"fmt"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// Assets refuses what an owner protects, whoever wants it blocked or
// redirected: names with those below and above them, URLs there, addresses and
// prefixes that overlap, and any other value exactly.
type Assets struct{ index holdings }

// NewAssets makes the guard of a list of values.
func NewAssets(values []observable.Value) *Assets {
	a := &Assets{newHoldings()}
	for _, v := range values {
		a.index.add(v)
	}
	return a
}

// Name is "owner".
func (*Assets) Name() string { return "owner" }

// Check implements Guard.
func (a *Assets) Check(v observable.Value) (string, bool) { return a.judge(v, targetOf(v)) }

func (a *Assets) judge(v observable.Value, t target) (string, bool) {
	switch held, how := a.index.meets(v, t); how {
	case apart:
		return "", false
	case same:
		return v.Text + " is protected by this edge's owner", true
	case within:
		return fmt.Sprintf("%s lies in %s, which this edge's owner protects", t.name, held), true
	case over:
		return fmt.Sprintf("%s is above a name that this edge's owner protects", t.name), true
	default:
		return fmt.Sprintf("%s overlaps %s, which this edge's owner protects", t.prefix, held), true
	}
}
