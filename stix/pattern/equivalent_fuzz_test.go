package pattern_test

import (
	"encoding/base64"
	"encoding/hex"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/stix/pattern"
)

// FuzzEquivalent holds Equivalent against Match: equivalent patterns match alike,
// on observations made of what they ask for. Two kinds of values it takes for
// the same that "=" tells apart, and says so: these are left out.
func FuzzEquivalent(f *testing.F) {
	for i, c := range equivalences {
		f.Add(c.a, c.b, uint64(i))
		f.Add(c.a, "("+c.b+") OR ("+c.a+")", uint64(i))
	}
	f.Fuzz(func(t *testing.T, a, b string, seed uint64) {
		for _, apart := range []string{"ipv4-addr:", "ipv6-addr:", "windows-registry-key:"} {
			if strings.Contains(a+b, apart) {
				return
			}
		}
		p, err := pattern.Parse(a)
		if err != nil || len(a)+len(b) > 500 {
			return // larger ones may take more work than Match does
		}
		q, err := pattern.Parse(b)
		if err != nil || !pattern.Equivalent(p, q) {
			return
		}
		program, err := pattern.Compile(p)
		if err != nil {
			return
		}
		other, err := pattern.Compile(q)
		if err != nil {
			return
		}
		m := material{r: rand.New(rand.NewPCG(seed, 1))}
		m.collect(p.Root)
		m.collect(q.Root)
		for range 20 {
			observations := m.observations()
			_, ok := program.Match(observations)
			if _, too := other.Match(observations); ok != too {
				t.Fatalf("%s and %s are said to be equivalent; match %v and %v: %v", p, q, ok, too, observations)
			}
		}
	})
}

// material is what patterns ask for.
type material struct {
	r      *rand.Rand
	paths  []pattern.Path
	values []any
}

func (m *material) collect(o pattern.Observation) {
	switch o := o.(type) {
	case *pattern.Test:
		m.compared(o.Comparison)
	case *pattern.Qualified:
		m.collect(o.Of)
	case *pattern.Joined:
		for _, operand := range o.Operands {
			m.collect(operand)
		}
	}
}

func (m *material) compared(c pattern.Comparison) {
	switch c := c.(type) {
	case *pattern.Boolean:
		for _, operand := range c.Operands {
			m.compared(operand)
		}
	case *pattern.Exists:
		m.paths = append(m.paths, c.Path)
	case *pattern.Compare:
		m.paths = append(m.paths, c.Path)
		for _, v := range c.Values {
			switch v.Kind {
			case pattern.Integer:
				m.values = append(m.values, v.Int, float64(v.Int), v.Int+1)
			case pattern.Float:
				m.values = append(m.values, v.Float, int64(v.Float), v.Float-.5)
			case pattern.Bool:
				m.values = append(m.values, v.Bool, !v.Bool)
			default:
				m.values = append(m.values, v.Text, strings.ToUpper(v.Text), strings.Trim(v.Text, "%_^$"), v.Text+"x",
					hex.EncodeToString([]byte(v.Text)), base64.StdEncoding.EncodeToString([]byte(v.Text)))
			}
		}
	}
}

// observations are up to five, most of their properties among what is asked for.
func (m *material) observations() []pattern.Observed {
	all := make([]pattern.Observed, 1+m.r.IntN(5))
	for i := range all {
		at := epoch.Add(time.Duration(m.r.IntN(20)) * time.Second / 2)
		objects := map[string]pattern.Object{}
		for _, path := range m.paths {
			if m.r.IntN(3) == 0 {
				continue
			}
			if objects[path.Type] == nil {
				objects[path.Type] = pattern.Object{"type": path.Type, "id": path.Type}
				all[i].Objects = append(all[i].Objects, objects[path.Type])
			}
			m.put(objects[path.Type], path.Steps)
		}
		all[i].First, all[i].Last, all[i].Number = at, at.Add(time.Duration(m.r.IntN(3))*time.Second), 1+m.r.IntN(2)
	}
	return all
}

// put gives an object a property by a path, in the place of what is in the way.
func (m *material) put(in map[string]any, steps []pattern.Step) {
	key, after := steps[0].Key, steps[1:]
	in[key] = m.inner(in[key], after)
}

func (m *material) inner(old any, steps []pattern.Step) any {
	switch {
	case len(steps) == 0 && len(m.values) == 0:
		return "x"
	case len(steps) == 0:
		return m.values[m.r.IntN(len(m.values))]
	case steps[0].Kind == pattern.Key:
		inner, ok := old.(map[string]any)
		if !ok {
			inner = map[string]any{}
		}
		m.put(inner, steps)
		return inner
	}
	list, _ := old.([]any)
	for len(list) < 1+m.r.IntN(3) {
		list = append(list, nil)
	}
	at := m.r.IntN(len(list))
	list[at] = m.inner(list[at], steps[1:])
	return list
}
