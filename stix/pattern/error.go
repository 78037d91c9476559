package pattern

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// SyntaxError says where a pattern is wrong and what to do about it.
type SyntaxError struct {
	Offset  int // in bytes, from 0
	Line    int // from 1
	Column  int // in characters, from 1
	Message string
}

// Error is "pattern, line 1, column 13: what is wrong".
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("pattern, line %d, column %d: %s", e.Line, e.Column, e.Message)
}

func (l *lexer) errorf(at int, format string, args ...any) error {
	before := l.text[:at]
	return &SyntaxError{
		Offset: at, Line: 1 + strings.Count(before, "\n"),
		Column:  1 + utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]),
		Message: fmt.Sprintf(format, args...),
	}
}
