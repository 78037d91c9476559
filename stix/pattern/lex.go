package pattern

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

type tokenKind int

const (
	end       tokenKind = iota
	word                // an identifier or a keyword
	number              // with its sign
	quoted              // '...', with the letter before it, as it is written
	punctuate           // brackets and comparison signs
)

type token struct {
	kind tokenKind
	text string // as it is written
	at   int    // offset in bytes
}

// keywords cannot be a property's name unless it is quoted.
var keywords = map[string]bool{
	"AND": true, "OR": true, "NOT": true, "FOLLOWEDBY": true, "LIKE": true, "MATCHES": true, "ISSUPERSET": true,
	"ISSUBSET": true, "EXISTS": true, "LAST": true, "IN": true, "START": true, "STOP": true, "SECONDS": true,
	"true": true, "false": true, "WITHIN": true, "REPEATS": true, "TIMES": true,
}

func isKeyword(s string) bool { return len(s) <= len("ISSUPERSET") && keywords[s] }

// signs are what stands between words, the longer before their beginnings.
var signs = [...]string{"==", "!=", "<>", "<=", ">=", "=", "<", ">", "[", "]", "(", ")", ",", ":", ".", "*"}

// lexer cuts a pattern into tokens.
type lexer struct {
	text string
	at   int
}

// next is the next token, or an error about the character where none begins.
func (l *lexer) next() (token, error) {
	if err := l.blanks(); err != nil {
		return token{}, err
	}
	start := l.at
	if start == len(l.text) {
		return token{kind: end, at: start}, nil
	}
	c := l.text[start]
	switch {
	case c == '\'', strings.IndexByte("tbh", c) >= 0 && strings.HasPrefix(l.text[start+1:], "'"):
		return l.quoted()
	case letter(c):
		for l.at < len(l.text) && (letter(l.text[l.at]) || digit(l.text[l.at]) || l.text[l.at] == '-') {
			l.at++
		}
		return l.token(word, start), nil
	case digit(c), (c == '+' || c == '-' || c == '.') && l.numberFollows():
		l.at++
		for l.at < len(l.text) && (digit(l.text[l.at]) || l.text[l.at] == '.') {
			l.at++
		}
		return l.token(number, start), nil
	}
	for _, sign := range signs {
		if sign[0] == c && strings.HasPrefix(l.text[start:], sign) {
			l.at += len(sign)
			return l.token(punctuate, start), nil
		}
	}
	r, _ := utf8.DecodeRuneInString(l.text[start:])
	return token{}, l.errorf(start, "character %q cannot stand here", r)
}

func (l *lexer) token(k tokenKind, start int) token {
	return token{kind: k, text: l.text[start:l.at], at: start}
}

// numberFollows tells the sign or the point of a number from other uses: after
// a point, a digit; after a sign, a digit or a point and a digit.
func (l *lexer) numberFollows() bool {
	rest := l.text[l.at:]
	if rest[0] != '.' {
		rest = rest[1:]
	}
	rest = strings.TrimPrefix(rest, ".")
	return rest != "" && digit(rest[0])
}

// quoted reads up to the apostrophe that is not escaped.
func (l *lexer) quoted() (token, error) {
	start := l.at
	l.at += 1 + strings.IndexByte(l.text[l.at:], '\'')
	for l.at < len(l.text) {
		switch l.text[l.at] {
		case '\'':
			l.at++
			return l.token(quoted, start), nil
		case '\\':
			if l.at+1 == len(l.text) || l.text[l.at+1] != '\'' && l.text[l.at+1] != '\\' {
				return token{}, l.errorf(l.at, `a backslash stands before an apostrophe or a backslash only; write \\ for a backslash`)
			}
			l.at++
		}
		l.at++
	}
	return token{}, l.errorf(start, "the string has no end; close it with an apostrophe")
}

// blanks skips white space and comments.
func (l *lexer) blanks() error {
	for l.at < len(l.text) {
		if c := l.text[l.at]; letter(c) || digit(c) || c == '\'' {
			return nil
		}
		rest := l.text[l.at:]
		r, size := utf8.DecodeRuneInString(rest)
		switch {
		case unicode.IsSpace(r):
			l.at += size
		case strings.HasPrefix(rest, "//"):
			stop := strings.IndexAny(rest, "\r\n")
			if stop < 0 {
				stop = len(rest)
			}
			l.at += stop
		case strings.HasPrefix(rest, "/*"):
			stop := strings.Index(rest[2:], "*/")
			if stop < 0 {
				return l.errorf(l.at, "the comment has no end; close it with */")
			}
			l.at += stop + 4
		default:
			return nil
		}
	}
	return nil
}

func letter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' }

func digit(c byte) bool { return c >= '0' && c <= '9' }
