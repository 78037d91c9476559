package tabular

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// Mapping declares what the columns of a CSV text say.
type Mapping struct {
	Columns   []Column
	Delimiter rune // ',' by default
	Comment   rune // lines that begin with it are left out; none by default
	// Header says that the first line names the columns: they are then found
	// by name, in any order. Otherwise they stand as declared.
	Header bool
}

// Column is what a column is called and what it says.
type Column struct {
	Name string // "" for a column that is left out
	Kind string // one of Kinds
}

// Kinds are what a column may say. A row makes an indicator of each of its
// values; everything else describes them.
var Kinds = []string{
	"value", "domain", "subdomains", "ip", "url", "md5", "sha1", "sha256", "hash", // values
	"timestamp", "first_seen", "last_seen", "description", "label", "labels", "confidence", "tlp", "reference", "malware", "id",
}

// valueKinds are the kinds that are values, with their type; "" is inferred.
var valueKinds = map[string]observable.Type{
	"value": "", "hash": "", "domain": observable.Domain, "subdomains": observable.Domain, "ip": observable.IPv4,
	"url": observable.URL, "md5": observable.MD5, "sha1": observable.SHA1, "sha256": observable.SHA256,
}

const maxColumns = 256

// ParseMapping reads a declaration of columns: a comma between two of them,
// each a name, ':' and a kind, or a kind alone, which is then the name as well;
// nothing for a column to leave out. An example:
//
//	host:domain,first_seen:timestamp,,comment:description,confidence
//
// A timestamp is a first_seen, unless its name is last_seen.
func ParseMapping(columns string) (Mapping, error) {
	m := Mapping{Delimiter: ','}
	values := false
	for i, text := range strings.Split(columns, ",") {
		if i == maxColumns {
			return m, fmt.Errorf("columns: more than %d are declared", maxColumns)
		}
		name, kind, named := strings.Cut(strings.TrimSpace(text), ":")
		name, kind = strings.TrimSpace(name), strings.ToLower(strings.TrimSpace(kind))
		if !named {
			kind = strings.ToLower(name)
		}
		if name == "" && kind == "" {
			m.Columns = append(m.Columns, Column{})
			continue
		}
		if name == "" || !slices.Contains(Kinds, kind) {
			return m, fmt.Errorf("columns: %.80q, the declaration of column %d, has no known kind; write NAME:KIND, where KIND is one of %s", text, i+1, strings.Join(Kinds, ", "))
		}
		if kind == "timestamp" {
			kind = "first_seen"
			if strings.EqualFold(name, "last_seen") {
				kind = "last_seen"
			}
		}
		if slices.ContainsFunc(m.Columns, func(c Column) bool { return c.Name == name }) {
			return m, fmt.Errorf("columns: %.80q is declared twice", name)
		}
		_, isValue := valueKinds[kind]
		values = values || isValue
		m.Columns = append(m.Columns, Column{Name: name, Kind: kind})
	}
	if !values {
		return m, fmt.Errorf("columns: none of them is a value; declare one, as in value, or host:domain")
	}
	return m, nil
}

// Character reads a delimiter or a comment mark as people write it: one
// character, or "tab".
func Character(text string) (rune, error) {
	if text == "tab" || text == `\t` {
		return '\t', nil
	}
	r, size := utf8.DecodeRuneInString(text)
	if size == 0 || size != len(text) || r == utf8.RuneError || r == '"' || r == '\n' || r == '\r' {
		return 0, fmt.Errorf("%.20q is not one character, and no quotation mark or line end", text)
	}
	return r, nil
}

// locate finds the declared columns in a header line.
func (m Mapping) locate(header []string) ([]Column, error) {
	at := make([]Column, len(header))
	for _, c := range m.Columns {
		if c.Kind == "" {
			continue
		}
		i := slices.IndexFunc(header, func(h string) bool { return strings.EqualFold(strings.TrimSpace(h), c.Name) })
		if i < 0 {
			return nil, fmt.Errorf("the header has no column %.80q, but %.300q; declare the columns as the header names them, or say that there is no header", c.Name, header)
		}
		if at[i].Kind != "" {
			return nil, fmt.Errorf("column %.80q is declared as %s and as %s", c.Name, at[i].Kind, c.Kind)
		}
		at[i] = c
	}
	return at, nil
}
