package soc

import (
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// appendRecord appends one record, without what ends it. No part of it has more
// than so many bytes before it is escaped.
func (f format) appendRecord(dst []byte, a Alert, from origin, now time.Time, most int) []byte {
	switch f {
	case formatJSON:
		return appendJSON(dst, a, most)
	case formatCEF:
		return appendCEF(dst, a, from, most)
	case formatSyslogCEF:
		// Without a byte order mark, which makes it MSG-ANY: parsers look for
		// "CEF:" at the very beginning.
		dst = appendHeader(dst, a, from, now)
		return appendCEF(append(dst, "- "...), a, from, most)
	}
	return appendSyslog(appendHeader(dst, a, from, now), a, most)
}

// numeric are the parts that JSON writes without quotes.
func numeric(name string) bool {
	switch name {
	case "line", "offset", "count", "window_seconds", "past":
		return true
	}
	return false
}

func appendJSON(dst []byte, a Alert, most int) []byte {
	dst = append(dst, '{')
	for i, p := range a.parts(most) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(append(append(dst, '"'), p.name...), `":`...)
		if numeric(p.name) {
			dst = append(dst, p.text...)
			continue
		}
		dst, _ = jsontext.AppendQuote(dst, p.text) // fails on invalid UTF-8 only, which is cleaned away
	}
	return append(dst, '}')
}

// facility is local use 0 (RFC 5424, section 6.2.1): SOCs sort by it.
const facility = 16

// appendHeader appends RFC 5424's HEADER and the space after it (section 6.2).
func appendHeader(dst []byte, a Alert, from origin, now time.Time) []byte {
	severity, _ := a.severity()
	dst = strconv.AppendInt(append(dst, '<'), int64(facility*8+severity), 10)
	dst = append(dst, ">1 "...)
	dst = now.UTC().AppendFormat(dst, "2006-01-02T15:04:05.000000Z")
	for _, field := range []struct {
		text string
		most int
	}{{from.host, 255}, {from.app, 48}, {from.pid, 128}, {"hit." + string(a.polarity()), 32}} {
		dst = appendPrintable(append(dst, ' '), field.text, field.most)
	}
	return append(dst, ' ')
}

// appendPrintable appends a field of the header: printable ASCII without the
// space, or "-" for none.
func appendPrintable(dst []byte, text string, most int) []byte {
	from := len(dst)
	for i := 0; i < len(text) && len(dst)-from < most; i++ {
		if c := text[i]; c > ' ' && c < 0x7f {
			dst = append(dst, c)
		}
	}
	if len(dst) == from {
		dst = append(dst, '-')
	}
	return dst
}

// element is the SD-ID (RFC 5424, section 6.3.2). 32473 is the enterprise number
// for documentation (RFC 5612): the project has none of its own.
const element = "tocsin@32473"

// byteOrderMark tells that MSG is UTF-8 (RFC 5424, section 6.4). Plain ASCII
// goes without, as many receivers show it.
const byteOrderMark = "\xef\xbb\xbf"

// appendSyslog appends STRUCTURED-DATA and MSG.
func appendSyslog(dst []byte, a Alert, most int) []byte {
	dst = append(append(dst, '['), element...)
	for _, p := range a.parts(most) {
		if p.name == "action" {
			continue // it is the message
		}
		dst = append(append(append(dst, ' '), p.name...), `="`...)
		for i := range len(p.text) { // section 6.3.3
			if c := p.text[i]; c == '"' || c == '\\' || c == ']' {
				dst = append(dst, '\\')
			}
			dst = append(dst, p.text[i])
		}
		dst = append(dst, '"')
	}
	dst = append(dst, "] "...)
	message := a.summary() + ": " + clean(a.Advice(), adviceBytes)
	if !isPlain(message) {
		dst = append(dst, byteOrderMark...)
	}
	return append(dst, message...)
}
