package match

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// hopeless is how many lines in a row may be wrong at the beginning of a list
// before it is taken for something else.
const hopeless = 10_000

// list reads one value a line, as observable.Infer knows them. What follows a
// '#' at a line's beginning or after white space is a comment. A domain stands
// for its subdomains, too.
func (l *loader) list(in *bufio.Reader) error {
	for line := 1; ; line++ {
		text, err := in.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			l.problem(line, shortened(string(text)), "the line is longer than 64 KiB; it was left out")
			for errors.Is(err, bufio.ErrBufferFull) {
				_, err = in.ReadSlice('\n')
			}
		default:
			l.listed(line, observable.Uncommented(string(text)))
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("after line %d: %w", line-1, err)
		}
		if l.taken == 0 && l.problems.Count >= hopeless {
			first := l.problems.First[0]
			return fmt.Errorf("none of the first %d lines is an indicator: want a STIX bundle, or one domain, address, prefix, URL or hash a line (line %d: %s)",
				line, first.Line, first.Reason)
		}
	}
}

func (l *loader) listed(line int, text string) {
	if text == "" {
		return
	}
	v, err := observable.Infer(text)
	if err != nil {
		l.problem(line, shortened(text), err.Error()+"; it was left out")
		return
	}
	subdomains := v.Type == observable.Domain
	if subdomains && isPublicSuffix(v.Text) {
		l.problem(line, text, "anyone can register names below this one, so it matches only itself, without subdomains")
		subdomains = false
	}
	l.indicator(Indicator{ID: text, Value: v, Subdomains: subdomains})
}

// isPublicSuffix says that the names below the domain belong to different
// owners (publicsuffix.org).
func isPublicSuffix(domain string) bool {
	suffix, _ := publicsuffix.PublicSuffix(domain)
	return suffix == domain
}

// shortened keeps a message readable.
func shortened(text string) string {
	const most = 100
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "..."
}
