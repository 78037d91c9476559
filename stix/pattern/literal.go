package pattern

import (
	"slices"
	"strconv"
	"strings"
)

// comparison makes a comparison expression a choice of sets of literals, each
// of which is to hold whole for one object. Sets that mix types of objects can
// not, and are left out (section 9.5).
func (n *normalizer) comparison(c Comparison) [][]int {
	all := n.sets(c)
	sets := make([][]int, len(all))
	for i, s := range all {
		sets[i] = s.literals
	}
	return sets
}

// conjunction is a set of literals about objects of one type.
type conjunction struct {
	about    string
	literals []int // sorted
}

func (n *normalizer) sets(c Comparison) []conjunction {
	switch c := c.(type) {
	case *Exists:
		return []conjunction{n.literal(c.Path, "EXISTS")}
	case *Compare:
		return n.compare(c)
	}
	b := c.(*Boolean)
	var all []conjunction
	for i, operand := range b.Operands {
		next := n.sets(operand)
		switch {
		case i == 0:
			all = next
		case b.Operator == Or:
			all = append(all, next...)
		default:
			all = n.both(all, next)
		}
	}
	return all
}

func (n *normalizer) both(left, right []conjunction) []conjunction {
	var all []conjunction
	for _, l := range left {
		for _, r := range right {
			if !n.spend(1 + len(l.literals) + len(r.literals)) {
				return nil
			}
			if l.about != r.about {
				continue
			}
			literals := slices.Concat(l.literals, r.literals)
			slices.Sort(literals)
			all = append(all, conjunction{about: l.about, literals: slices.Compact(literals)})
		}
	}
	return all
}

func (n *normalizer) literal(p Path, rest string) conjunction {
	n.spend(1)
	key := p.String() + " " + rest
	number, ok := n.literals[key]
	if !ok {
		number = len(n.literals)
		n.literals[key] = number
	}
	return conjunction{about: p.Type, literals: []int{number}}
}

// compare makes IN a choice of =, and what is negated one literal: NOT = is !=,
// and both are NOT IN of one constant.
func (n *normalizer) compare(c *Compare) []conjunction {
	var values []string
	for _, v := range c.Values {
		values = append(values, meaning(c.Path, c.By, v))
	}
	slices.Sort(values)
	values = slices.Compact(values)
	negated := c.Not != (c.By == NotEqual)
	switch c.By {
	case Equal, NotEqual, In:
		if negated {
			return []conjunction{n.literal(c.Path, "NOT IN "+strings.Join(values, " "))}
		}
		var all []conjunction
		for _, v := range values {
			all = append(all, n.literal(c.Path, "= "+v))
		}
		return all
	}
	key := string(c.By) + " " + strings.Join(values, " ")
	if negated {
		key = "NOT " + key
	}
	return []conjunction{n.literal(c.Path, key)}
}

// meaning writes a constant so that those that mean the same are the same.
func meaning(p Path, by Comparator, c Constant) string {
	switch c.Kind {
	case Float:
		if whole := int64(c.Float); compareNumbers(c.Float, whole) == 0 {
			c = Constant{Kind: Integer, Int: whole}
		}
	case Hex:
		c.Kind = Binary
	case Timestamp:
		if when, ok := instantOf(c.Text); ok {
			return "t" + strconv.FormatInt(when.seconds, 10) + "." + when.fraction
		}
	case String:
		c.Text = special(p, by, c.Text)
	}
	return c.String()
}

// special writes the values that have several forms in one.
func special(p Path, by Comparator, text string) string {
	network := by == IsSubset || by == IsSuperset
	switch by {
	case Equal, NotEqual, In:
	default:
		if !network {
			return text
		}
	}
	switch {
	case network, isAddress(p.String()) && !strings.Contains(text, "%"):
		return canonicalNetwork(text)
	case isRegistryName(p):
		return strings.ToLower(text)
	}
	return text
}

// canonicalNetwork is an address or a prefix without the bits that do not count.
func canonicalNetwork(text string) string {
	prefix, ok := prefixOf(withoutZeros(text))
	switch {
	case !ok:
		return text
	case prefix.IsSingleIP():
		return prefix.Addr().String()
	}
	return prefix.String()
}

// withoutZeros writes the numbers of an IPv4 address without leading zeros,
// which are decimal here.
func withoutZeros(text string) string {
	address, length, cut := strings.Cut(text, "/")
	parts := strings.Split(address, ".")
	if len(parts) != 4 {
		return text
	}
	for i, part := range parts {
		parts[i] = strings.TrimLeft(part, "0")
		if parts[i] == "" && part != "" {
			parts[i] = "0"
		}
	}
	text = strings.Join(parts, ".")
	if cut {
		text += "/" + length
	}
	return text
}

// isRegistryName says whether a path names a registry key, or a value of one
// (section 6.17), which Windows finds in either case.
func isRegistryName(p Path) bool {
	if p.Type != "windows-registry-key" {
		return false
	}
	s := p.Steps
	return len(s) == 1 && s[0].Key == "key" ||
		len(s) == 3 && s[0].Key == "values" && s[1].Kind != Key && s[2].Key == "name"
}
