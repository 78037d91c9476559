package quorum

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Parse reads a group's text:
//
//	group     = threshold "of" "[" member { "," member } "]"
//	threshold = "all" | number | number "/" number
//	member    = leaf | [ name ":" ] group
//
// A leaf is a word that member accepts, a name is 1 to 64 of a-z, 0-9 and "-"
// that member does not accept.
// Numbers are digits without a leading nought, and a share is written without
// spaces. Spaces (U+0020 and nothing else) may stand before and after words and
// the characters [ ] , :, and have to between two words. The group is valid
// (Group.Validate). Errors say where: at which character, counted from 1, or in
// which group.
func Parse(text string, member func(leaf string) error) (Group, error) {
	p := parser{text: text, member: member}
	first, err := p.next()
	if err != nil {
		return Group{}, err
	}
	g, err := p.group(first, 1)
	if err != nil {
		return Group{}, err
	}
	if after, err := p.next(); err != nil {
		return Group{}, err
	} else if after.text != "" {
		return Group{}, after.errorf("%s stands after the end of the outermost group", after)
	}
	if err := g.Validate(); err != nil {
		return Group{}, err
	}
	return g, nil
}

// token is a word or one of [ ] , : and where it begins; no text is the end.
type token struct {
	text string
	at   int // in bytes, which are characters: whatever is not ASCII is refused
}

func (t token) String() string {
	if t.text == "" {
		return "the end"
	}
	return quote(t.text)
}

func (t token) isWord() bool { return t.text != "" && !isPunctuation(t.text[0]) }

func isPunctuation(c byte) bool { return strings.IndexByte("[],:", c) >= 0 }

func (t token) errorf(format string, args ...any) error {
	return fmt.Errorf("at character %d: %w", t.at+1, fmt.Errorf(format, args...))
}

type parser struct {
	text   string
	at     int
	member func(string) error
	leaves int
}

// next reads a token.
func (p *parser) next() (token, error) {
	for p.at < len(p.text) && p.text[p.at] == ' ' {
		p.at++
	}
	start := p.at
	for ; p.at < len(p.text); p.at++ {
		c := p.text[p.at]
		if c < ' ' || c > '~' {
			r, _ := utf8.DecodeRuneInString(p.text[p.at:])
			return token{}, token{at: p.at}.errorf("%q (%U) may not stand in it: use ASCII, and plain spaces", r, r)
		}
		if c == ' ' {
			break
		}
		if isPunctuation(c) {
			if p.at == start {
				p.at++
			}
			break
		}
	}
	return token{p.text[start:p.at], start}, nil
}

// expect reads the one token that may stand here.
func (p *parser) expect(text string, before string) error {
	t, err := p.next()
	if err != nil {
		return err
	}
	if t.text != text {
		return t.errorf("there has to be %q %s, not %s", text, before, t)
	}
	return nil
}

// group reads what follows a threshold.
func (p *parser) group(first token, depth int) (Group, error) {
	if depth > MaxDepth {
		return Group{}, first.errorf("groups are nested more than %d deep", MaxDepth)
	}
	var g Group
	var err error
	if !first.isWord() {
		return Group{}, first.errorf("a group has to begin with a threshold (all, a number or a share), not with %s", first)
	}
	if g.Threshold, err = parseThreshold(first.text); err != nil {
		return Group{}, first.errorf("threshold %s: %w", first, err)
	}
	if err = p.expect("of", "after the threshold"); err != nil {
		return Group{}, err
	}
	if err = p.expect("[", `after "of"`); err != nil {
		return Group{}, err
	}
	for {
		m, after, err := p.readMember(depth)
		if err != nil {
			return Group{}, err
		}
		g.Members = append(g.Members, m)
		switch after.text {
		case "]":
			return g, nil
		case ",":
		default:
			return Group{}, after.errorf(`there has to be "," or "]" after a member, not %s`, after)
		}
	}
}

// readMember reads one member and the token after it.
func (p *parser) readMember(depth int) (Member, token, error) {
	first, err := p.next()
	if err != nil {
		return Member{}, token{}, err
	}
	if !first.isWord() {
		if first.text == "]" {
			return Member{}, token{}, first.errorf("a member is missing before \"]\": no group is empty, and none ends with a comma")
		}
		return Member{}, token{}, first.errorf("there has to be a member, not %s", first)
	}
	after, err := p.next()
	if err != nil {
		return Member{}, token{}, err
	}
	name := ""
	switch after.text {
	case ":":
		if !isName(first.text) {
			return Member{}, token{}, first.errorf("name %s is not 1 to 64 of a-z, 0-9 and \"-\"", first)
		}
		if p.member(first.text) == nil {
			return Member{}, token{}, first.errorf("%s cannot be a group's name: it could be a member's", first)
		}
		name = first.text
		if first, err = p.next(); err != nil {
			return Member{}, token{}, err
		}
	case "of":
		p.at = after.at // group reads it
	default:
		if p.leaves++; p.leaves > MaxLeaves {
			return Member{}, token{}, first.errorf("with this member there are more than %d", MaxLeaves)
		}
		if err := p.member(first.text); err != nil {
			return Member{}, token{}, first.errorf("member %s: %w", first, err)
		}
		return Member{Leaf: first.text}, after, nil
	}
	g, err := p.group(first, depth+1)
	if err != nil {
		return Member{}, token{}, err
	}
	g.Name = name
	after, err = p.next()
	return Member{Group: &g}, after, err
}

func parseThreshold(text string) (t Threshold, err error) {
	if text == "all" {
		return Threshold{All: true}, nil
	}
	number, denominator, share := strings.Cut(text, "/")
	if t.N, err = Number(number); err != nil {
		return t, err
	}
	if share {
		if t.Of, err = Number(denominator); err != nil {
			return t, fmt.Errorf("denominator: %w", err)
		}
	}
	return t, nil
}

// Number reads a number of 1 or more that is written plainly: digits only,
// without a leading nought.
func Number(text string) (int, error) {
	switch {
	case text == "" || strings.Trim(text, "0123456789") != "":
		return 0, fmt.Errorf("%s is not a number in plain digits", quote(text))
	case strings.Trim(text, "0") == "":
		return 0, fmt.Errorf("%s is not above nought", quote(text))
	case text[0] == '0':
		return 0, fmt.Errorf("%s begins with a nought", quote(text))
	case len(text) > 6:
		return 0, fmt.Errorf("%s is larger than any group", quote(text))
	}
	return strconv.Atoi(text)
}

// isName says whether a group may be named so.
func isName(text string) bool {
	return len(text) >= 1 && len(text) <= 64 && strings.Trim(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}
