package soc_test

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// The judges: strict readers of what the package writes, made from the
// specifications and not from its code.

// message is a record of RFC 5424, section 6.
type message struct {
	priority                      int
	time                          time.Time
	host, app, process, messageID string
	params                        map[string]string // of the one element
	text                          string
}

var header = regexp.MustCompile(`^<(0|[1-9][0-9]{0,2})>1 (\S+) (\S{1,255}) (\S{1,48}) (\S{1,128}) (\S{1,32}) `)

func parse5424(record string) (m message, err error) {
	h := header.FindStringSubmatch(record)
	if h == nil {
		return m, fmt.Errorf("no header in %q", record)
	}
	for _, field := range h[1:] {
		for _, c := range []byte(field) {
			if c < 33 || c > 126 {
				return m, fmt.Errorf("header field %q is not PRINTUSASCII", field)
			}
		}
	}
	if m.priority, err = strconv.Atoi(h[1]); err != nil || m.priority > 191 {
		return m, fmt.Errorf("PRI %s", h[1])
	}
	if m.time, err = time.Parse("2006-01-02T15:04:05.999999Z07:00", h[2]); err != nil {
		return m, err
	}
	m.host, m.app, m.process, m.messageID = h[3], h[4], h[5], h[6]
	rest := record[len(h[0]):]
	if after, ok := strings.CutPrefix(rest, "- "); ok {
		rest = after
	} else if m.params, rest, err = parseElement(rest); err != nil {
		return m, err
	}
	if text, marked := strings.CutPrefix(rest, "\xef\xbb\xbf"); marked {
		m.text = text
	} else if m.text = rest; !strings.HasPrefix(rest, "CEF:0|") && strings.IndexFunc(rest, func(r rune) bool { return r > 126 }) >= 0 {
		return m, fmt.Errorf("UTF-8 without a mark: %q", rest)
	}
	return m, visible(m.text)
}

// parseElement reads one SD-ELEMENT (section 6.3) and the space after it.
func parseElement(s string) (params map[string]string, rest string, err error) {
	s, ok := strings.CutPrefix(s, "[tocsin@32473")
	if !ok {
		return nil, "", fmt.Errorf("no element in %q", s)
	}
	params = map[string]string{}
	for strings.HasPrefix(s, " ") {
		name, value, found := strings.Cut(s[1:], `="`)
		if !found || name == "" || len(name) > 32 || strings.ContainsAny(name, `= ]"`) {
			return nil, "", fmt.Errorf("no PARAM-NAME in %q", s)
		}
		var b strings.Builder
		i := 0
		for ; i < len(value) && value[i] != '"'; i++ {
			if value[i] == ']' {
				return nil, "", fmt.Errorf("a bare ] in %q", value)
			}
			if value[i] == '\\' {
				if i++; i >= len(value) || strings.IndexByte(`"\]`, value[i]) < 0 {
					return nil, "", fmt.Errorf("a bare backslash in %q", value)
				}
			}
			b.WriteByte(value[i])
		}
		if _, twice := params[name]; twice || i >= len(value) {
			return nil, "", fmt.Errorf("%s is there twice, or does not end", name)
		}
		if err := visible(b.String()); err != nil {
			return nil, "", err
		}
		params[name] = b.String()
		s = value[i+1:]
	}
	rest, ok = strings.CutPrefix(s, "] ")
	if !ok {
		return nil, "", fmt.Errorf("the element does not end at %q", s)
	}
	return params, rest, nil
}

// visible says that a text has nothing that a terminal or a line reader obeys.
func visible(s string) error {
	if !utf8.ValidString(s) {
		return fmt.Errorf("%q is not UTF-8", s)
	}
	for _, r := range s {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || unicode.In(r, unicode.Cf) {
			return fmt.Errorf("%q has %U", s, r)
		}
	}
	return nil
}

// cutOctets takes one frame off a stream in octet counting (RFC 6587, section
// 3.4.1); ok is false when it is not whole.
func cutOctets(stream string) (record, rest string, ok bool, err error) {
	digits, rest, found := strings.Cut(stream, " ")
	if !found {
		return "", stream, false, nil
	}
	n, err := strconv.Atoi(digits)
	if err != nil || n <= 0 || digits[0] == '0' || digits[0] == '+' {
		return "", "", false, fmt.Errorf("MSG-LEN %q", digits)
	}
	if len(rest) < n {
		return "", stream, false, nil
	}
	return rest[:n], rest[n:], true, nil
}

// parseCEF reads a record of CEF version 0: the header's seven fields and the
// extension.
func parseCEF(record string) (fields []string, extension map[string]string, err error) {
	rest, ok := strings.CutPrefix(record, "CEF:0|")
	if !ok {
		return nil, nil, fmt.Errorf("no CEF: %q", record)
	}
	if err := visible(rest); err != nil {
		return nil, nil, err
	}
	for len(fields) < 6 {
		var b strings.Builder
		i := 0
		for ; i < len(rest) && rest[i] != '|'; i++ {
			if rest[i] == '\\' {
				if i++; i >= len(rest) || rest[i] != '\\' && rest[i] != '|' {
					return nil, nil, fmt.Errorf("a bare backslash in the header: %q", rest)
				}
			}
			b.WriteByte(rest[i])
		}
		if i >= len(rest) {
			return nil, nil, fmt.Errorf("%d fields of the header", len(fields)+1)
		}
		fields, rest = append(fields, b.String()), rest[i+1:]
	}
	// A key is what stands between a space, or the beginning, and an equals
	// sign without a backslash; its value goes up to the next key.
	extension = map[string]string{}
	key := ""
	var value strings.Builder
	word := 0 // where in value the last word begins
	for i := 0; i < len(rest); i++ {
		switch c := rest[i]; c {
		case '\\':
			if i++; i >= len(rest) || strings.IndexByte(`\=nr`, rest[i]) < 0 {
				return nil, nil, fmt.Errorf("a bare backslash in the extension: %q", rest)
			}
			value.WriteByte(rest[i])
		case '=':
			text := value.String()
			next := text[word:]
			if !regexp.MustCompile(`^[a-zA-Z0-9]+$`).MatchString(next) {
				return nil, nil, fmt.Errorf("key %q", next)
			}
			if key != "" {
				extension[key] = strings.TrimSuffix(text[:word], " ")
			}
			if _, twice := extension[next]; twice {
				return nil, nil, fmt.Errorf("key %q twice", next)
			}
			key = next
			value.Reset()
			word = 0
		case ' ':
			value.WriteByte(c)
			word = value.Len()
		default:
			value.WriteByte(c)
		}
	}
	if key != "" {
		extension[key] = value.String()
	}
	return fields, extension, nil
}
