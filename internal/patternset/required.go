package patternset

import (
	"regexp/syntax"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Limits of what is followed through an expression.
const (
	maxExact   = 16 // strings that stand for one node
	maxClass   = 4  // characters of a class that are tried one by one
	maxLiteral = 64 // bytes of one string; the rest of it is not needed
)

// requiredByLike is a folded text that every match of a LIKE holds: the longest
// between wildcards. It is empty if there is none.
func requiredByLike(like string) string {
	longest := ""
	for _, part := range strings.FieldsFunc(norm.NFC.String(like), func(r rune) bool { return r == '%' || r == '_' }) {
		if folded := string(appendFolded(nil, part)); len(folded) > len(longest) {
			longest = folded
		}
	}
	return longest
}

// requiredByMatches are folded texts of which every match of the expression
// holds at least one; nil if that cannot be said.
func requiredByMatches(expression string) []string {
	re, err := syntax.Parse(norm.NFC.String(expression), syntax.Perl)
	if err != nil {
		return nil
	}
	return least(need(re))
}

// needs is what the matches of a part of an expression hold.
type needs struct {
	exact []string // the folded matches themselves, if they are few; else nil
	best  []string // texts of which each match holds one; nil if there are none
}

// need follows the required substrings of an expression as RE2's prefilter
// does: sets of exact strings are multiplied out until they become too many,
// then the best of them is kept.
func need(re *syntax.Regexp) needs {
	switch re.Op {
	case syntax.OpLiteral:
		var b []byte
		for _, r := range re.Rune {
			b = utf8.AppendRune(b, foldRune(r))
		}
		return needs{exact: []string{string(b)}}
	case syntax.OpCharClass:
		return needs{exact: classOf(re)}
	case syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText,
		syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return needs{exact: []string{""}}
	case syntax.OpCapture:
		return need(re.Sub[0])
	case syntax.OpPlus:
		return needs{best: least(need(re.Sub[0]))}
	case syntax.OpRepeat:
		if re.Min > 0 {
			return needs{best: least(need(re.Sub[0]))}
		}
	case syntax.OpQuest:
		if n := need(re.Sub[0]); n.exact != nil && len(n.exact) < maxExact {
			return needs{exact: append(slices.Clip(n.exact), "")}
		}
	case syntax.OpConcat:
		return needConcat(re.Sub)
	case syntax.OpAlternate:
		return needAlternate(re.Sub)
	}
	return needs{}
}

func least(n needs) []string { return better(n.best, usable(n.exact)) }

// classOf are the folded characters of a small class.
func classOf(re *syntax.Regexp) (all []string) {
	for i := 0; i+1 < len(re.Rune); i += 2 {
		if re.Rune[i+1]-re.Rune[i] > 2*maxClass {
			return nil
		}
		for r := re.Rune[i]; r <= re.Rune[i+1]; r++ {
			if s := string(foldRune(r)); !slices.Contains(all, s) {
				all = append(all, s)
			}
		}
		if len(all) > maxClass {
			return nil
		}
	}
	return all
}

func needConcat(subs []*syntax.Regexp) needs {
	so, best, whole := []string{""}, []string(nil), true
	for _, sub := range subs {
		n := need(sub)
		if n.exact != nil && len(so)*len(n.exact) <= maxExact {
			if product := multiply(so, n.exact); product != nil {
				so = product
				continue
			}
		}
		// What was exact so far ends here.
		best = better(better(best, usable(so)), n.best)
		so, whole = []string{""}, false
		if n.exact != nil {
			so = n.exact
		}
	}
	if whole {
		return needs{exact: so}
	}
	return needs{best: better(best, usable(so))}
}

// multiply is nil if a string becomes too long.
func multiply(a, b []string) []string {
	product := make([]string, 0, len(a)*len(b))
	for _, x := range a {
		for _, y := range b {
			if len(x)+len(y) > maxLiteral {
				return nil
			}
			if !slices.Contains(product, x+y) {
				product = append(product, x+y)
			}
		}
	}
	return product
}

func needAlternate(subs []*syntax.Regexp) needs {
	var exact, best []string
	allExact, allBest := true, true
	for _, sub := range subs {
		n := need(sub)
		allExact = allExact && n.exact != nil && len(exact)+len(n.exact) <= maxExact
		one := least(n)
		allBest = allBest && one != nil
		exact, best = append(exact, n.exact...), append(best, one...)
	}
	switch {
	case allExact:
		return needs{exact: exact}
	case allBest:
		return needs{best: best}
	}
	return needs{}
}

// usable is nil unless every string is long enough to be looked for.
func usable(all []string) []string {
	for _, s := range all {
		if len(s) < minGram {
			return nil
		}
	}
	if len(all) == 0 {
		return nil
	}
	return all
}

// better is the set that finds fewer events: of longer strings, or of fewer.
func better(a, b []string) []string {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	la, lb := min(shortest(a), maxGram), min(shortest(b), maxGram)
	if la > lb || la == lb && len(a) <= len(b) {
		return a
	}
	return b
}

func shortest(all []string) int {
	n := len(all[0])
	for _, s := range all {
		n = min(n, len(s))
	}
	return n
}
