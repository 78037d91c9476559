package rules

import (
	"io"
	"strconv"
	"strings"

	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// Zeek writes a file for Zeek's intelligence framework: tab-separated, with a
// header (Zeek documentation, "Intelligence Framework"). The source of all is
// "tocsin", the description says the polarity and the confidence.
//
// Zeek compares a domain with the whole name that it sees: names beneath a
// listed one are not found. A URL stands without its scheme. Of a path only the
// name of the file is known to Zeek, so paths are not in the list; of the
// hashes it has no SHA-512.
func Zeek(w io.Writer, s feed.Set) ([]feed.Left, error) {
	out := feed.NewOutput(w)
	var digits [4]byte
	out.Line("#fields\tindicator\tindicator_type\tmeta.source\tmeta.desc")
	for _, one := range sides {
		for _, p := range one.of(s) {
			kind, text := zeekItem(p)
			switch {
			case kind == "":
				continue
			case text == "-" || text == "(empty)":
				out.Leave(p, "Zeek takes it for an empty field")
				continue
			}
			zeekEscaped(out, text)
			out.WriteByte('\t')
			out.WriteString(kind)
			out.WriteString("\ttocsin\t")
			out.WriteString(one.word)
			out.WriteString(", confidence ")
			out.Bytes(strconv.AppendInt(digits[:0], int64(confidence(p)), 10))
			out.WriteByte('\n')
		}
	}
	return out.Done()
}

// zeekItem gives the type by Zeek's name, "" for what Zeek does not know, and
// the text as Zeek sees such a value.
func zeekItem(p *protect.Protection) (kind, text string) {
	switch p.Type {
	case observable.Domain:
		return "Intel::DOMAIN", p.Text
	case observable.IPv4, observable.IPv6:
		if strings.IndexByte(p.Text, '/') >= 0 {
			return "Intel::SUBNET", p.Text
		}
		return "Intel::ADDR", p.Text
	case observable.URL:
		_, rest, _ := strings.Cut(p.Text, "://")
		return "Intel::URL", rest
	case observable.MD5, observable.SHA1, observable.SHA256:
		return "Intel::FILE_HASH", p.Text
	case observable.FileName:
		return "Intel::FILE_NAME", p.Text
	case observable.Email:
		return "Intel::EMAIL", p.Text
	}
	return "", ""
}

// zeekEscaped writes a field as Zeek's ASCII reader undoes it: "\xNN" for
// a separator, a backslash, and what makes a line a comment at its beginning.
func zeekEscaped(out *feed.Output, text string) {
	const digits = "0123456789abcdef"
	for i := range len(text) {
		switch c := text[i]; {
		case c < ' ', c == '\\', c == 0x7f, c == '#' && i == 0:
			out.WriteString(`\x`)
			out.WriteByte(digits[c>>4])
			out.WriteByte(digits[c&15])
		default:
			out.WriteByte(c)
		}
	}
}
