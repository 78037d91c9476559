package stix

import (
	"sort"
	"strconv"
	"strings"
)

// isSelector says whether a text has the syntax of a selector (section 7.2.3.1).
func isSelector(text string) bool {
	first := true
	for step := range strings.SplitSeq(text, ".") {
		if _, isIndex := listIndex(step); isIndex && first || !isIndex && !isDictionaryKey([]byte(step)) {
			return false
		}
		first = false
	}
	return true
}

// listIndex reads a selector's step such as "[0]".
func listIndex(step string) (n int, ok bool) {
	if len(step) < 3 || step[0] != '[' || step[len(step)-1] != ']' {
		return 0, false
	}
	n, err := strconv.Atoi(step[1 : len(step)-1])
	return n, err == nil && n >= 0 && strconv.Itoa(n) == step[1:len(step)-1]
}

// resolver finds what many selectors lead to in one walk over the object, so
// that a text of many selectors takes no longer than its length lets expect.
type resolver struct {
	list  []string // sorted, each once
	found []bool
}

// unresolved are the selectors that lead to nothing in the object.
func unresolved(object []byte, selectors []string) map[string]bool {
	r := resolver{list: append([]string(nil), selectors...)}
	sort.Strings(r.list)
	r.found = make([]bool, len(r.list))
	r.walk(object[skipBlanks(object, 0):], 0, len(r.list), 0)
	var missing map[string]bool
	for i, s := range r.list {
		if !r.found[i] {
			if missing == nil {
				missing = map[string]bool{}
			}
			missing[s] = true
		}
	}
	return missing
}

// walk follows the selectors from one place to another in the sorted list. All
// of them have led to the value with what comes before an offset.
func (r *resolver) walk(value []byte, from, to, offset int) {
	if len(value) == 0 {
		return
	}
	switch c := over(value); value[0] {
	case '{':
		for {
			name, v, ok := c.member()
			if !ok {
				return
			}
			r.step(string(plain(name)), v, from, to, offset)
		}
	case '[':
		for i := 0; ; i++ {
			v, ok := c.element()
			if !ok {
				return
			}
			r.step("["+strconv.Itoa(i)+"]", v, from, to, offset)
		}
	}
}

// step takes the selectors that go on with a step.
func (r *resolver) step(step string, value []byte, from, to, offset int) {
	if strings.IndexByte(step, '.') >= 0 {
		return // no key of STIX, and no selector leads there
	}
	at := func(text string) int {
		return from + sort.Search(to-from, func(i int) bool { return r.list[from+i][offset:] >= text })
	}
	for i := at(step); i < to && r.list[i][offset:] == step; i++ {
		r.found[i] = true
	}
	// What begins with the step and a full stop comes before what has the
	// character after the full stop, a slash.
	if first, last := at(step+"."), at(step+"/"); first < last {
		r.walk(value, first, last, offset+len(step)+1)
	}
}
