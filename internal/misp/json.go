package misp

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"
)

// fields are the members of a JSON object.
type fields map[string]jsontext.Value

// parse reads an object; nil if raw is none.
func parse(raw jsontext.Value) fields {
	var f fields
	if raw.Kind() != '{' || json.Unmarshal(raw, &f) != nil {
		return nil
	}
	return f
}

// list is the elements of a list, nil if the member is none.
func (f fields) list(name string) []jsontext.Value {
	var all []jsontext.Value
	if f[name].Kind() != '[' || json.Unmarshal(f[name], &all) != nil {
		return nil
	}
	return all
}

// text is a string's characters or a number's digits; MISP writes ids and
// times as either.
func (f fields) text(name string) string {
	v := f[name]
	switch v.Kind() {
	case '"':
		b, err := jsontext.AppendUnquote(nil, v)
		if err != nil {
			return ""
		}
		return string(b)
	case '0':
		return string(v)
	}
	return ""
}

// truth is a boolean, that MISP also writes as 1 and "1".
func (f fields) truth(name string) bool {
	return f[name].Kind() == 't' || f.text(name) == "1" || f.text(name) == "true"
}

// uuid is a UUID in the form of RFC 4122, "" if the member is none.
func (f fields) uuid(name string) string {
	text := f.text(name)
	u, err := uuid.Parse(text)
	if err != nil || len(text) != 36 {
		return ""
	}
	return u.String()
}

// seconds is a time in seconds since 1970, zero if the member is none.
func (f fields) seconds(name string) time.Time {
	n, err := strconv.ParseInt(f.text(name), 10, 64)
	if err != nil || n <= 0 || n > latestSecond {
		return time.Time{}
	}
	return time.Unix(n, 0).UTC()
}

// latestSecond is the end of the year 9999, the last that STIX can write.
const latestSecond = 253402300799

// instant is a time as first_seen and last_seen are written: RFC 3339, or
// microseconds since 1970.
func (f fields) instant(name string) time.Time {
	text := f.text(name)
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && n > 0 && n <= math.MaxInt64/2 {
		if t := time.UnixMicro(n).UTC(); t.Year() <= 9999 {
			return t
		}
		return time.Time{}
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999-0700", "2006-01-02T15:04:05", "2006-01-02 15:04:05", time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil && t.UTC().Year() >= 1970 && t.UTC().Year() <= 9999 {
			return t.UTC()
		}
	}
	return time.Time{}
}

// quote writes a string; what is no UTF-8 cannot come out of a JSON text.
func quote(s string) jsontext.Value {
	v, err := jsontext.AppendQuote(nil, s)
	if err != nil {
		v, _ = jsontext.AppendQuote(nil, strings.ToValidUTF8(s, "\ufffd"))
	}
	return v
}

func boolean(b bool) jsontext.Value { return jsontext.Value(strconv.FormatBool(b)) }

// object writes members in the order of their names.
func (f fields) object() jsontext.Value {
	raw, err := json.Marshal(map[string]jsontext.Value(f), json.Deterministic(true))
	if err != nil {
		return jsontext.Value("{}") // every member was read from JSON
	}
	return raw
}

// array writes a list.
func array(elements []jsontext.Value) jsontext.Value {
	out := jsontext.Value("[")
	for i, e := range elements {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, e...)
	}
	return append(out, ']')
}

// same says whether two JSON values are written alike but for white space and
// escapes.
func same(a, b jsontext.Value) bool {
	if a.Kind() != b.Kind() {
		return false
	}
	if a.Kind() == '"' {
		x, errX := jsontext.AppendUnquote(nil, a)
		y, errY := jsontext.AppendUnquote(nil, b)
		return errX == nil && errY == nil && string(x) == string(y)
	}
	x, y := a.Clone(), b.Clone()
	return x.Compact() == nil && y.Compact() == nil && string(x) == string(y)
}

// without leaves out some members.
func (f fields) without(names ...string) fields {
	kept := fields{}
	for k, v := range f {
		kept[k] = v
	}
	for _, n := range names {
		delete(kept, n)
	}
	return kept
}
