package taxii

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Filter is which objects are asked for (section 3.4). The zero Filter is the
// last version of every object.
type Filter struct {
	AddedAfter   time.Time // strictly after, by the date added to the collection
	IDs          []string
	Types        []string
	SpecVersions []string
	Versions     Versions
}

// Versions is which versions of each object are asked for; one is meant if any
// of the fields asks for it. The zero value means the last.
type Versions struct {
	First, Last, All bool
	At               []time.Time // by the version itself
}

// The parameters that ParseFilter takes.
const (
	matchID          = "match[id]"
	matchType        = "match[type]"
	matchVersion     = "match[version]"
	matchSpecVersion = "match[spec_version]"
)

// Which match fields the resources take (sections 5.3, 5.4, 5.6, 5.8). On
// others they would be ignored, and the answer would hold more than was asked
// for: they are refused.
var (
	matchObjects  = []string{matchID, matchType, matchVersion, matchSpecVersion}
	matchObject   = []string{matchVersion, matchSpecVersion}
	matchVersions = []string{matchSpecVersion}
)

// ParseFilter reads added_after and the match fields of a query. Parameters
// that are no filters are left alone; a match field that is not among the ones
// given, or unknown to the specification, is refused.
func ParseFilter(query url.Values, fields ...string) (f Filter, err error) {
	for name := range query {
		if strings.HasPrefix(name, "match[") && !slices.Contains(fields, name) {
			return Filter{}, fmt.Errorf("%s is no filter of this resource: it takes %s", strconv.Quote(name), strings.Join(fields, ", "))
		}
	}
	if text := query.Get("added_after"); text != "" {
		if f.AddedAfter, err = ParseTimestamp(text); err != nil {
			return Filter{}, fmt.Errorf("added_after: %w", err)
		}
	}
	f.IDs = list(query[matchID])
	f.Types = list(query[matchType])
	f.SpecVersions = list(query[matchSpecVersion])
	for _, v := range list(query[matchVersion]) {
		switch v {
		case "first":
			f.Versions.First = true
		case "last":
			f.Versions.Last = true
		case "all":
			f.Versions.All = true
		default:
			at, err := ParseTimestamp(v)
			if err != nil {
				return Filter{}, fmt.Errorf("%s: %w, or first, last, all", matchVersion, err)
			}
			f.Versions.At = append(f.Versions.At, at)
		}
	}
	return f, nil
}

// list is the values of a field: separated by commas, which mean "or". A field
// that is given twice is read as one.
func list(values []string) (items []string) {
	for _, value := range values {
		for item := range strings.SplitSeq(value, ",") {
			if item = strings.TrimSpace(item); item != "" && !slices.Contains(items, item) {
				items = append(items, item)
			}
		}
	}
	return items
}

// Query writes the filter so that ParseFilter reads it back.
func (f Filter) Query() url.Values {
	q := url.Values{}
	if !f.AddedAfter.IsZero() {
		q.Set("added_after", f.AddedAfter.UTC().Format(time.RFC3339Nano))
	}
	for name, items := range map[string][]string{matchID: f.IDs, matchType: f.Types, matchSpecVersion: f.SpecVersions} {
		if len(items) > 0 {
			q.Set(name, strings.Join(items, ","))
		}
	}
	var versions []string
	for _, v := range []struct {
		name  string
		asked bool
	}{{"first", f.Versions.First}, {"last", f.Versions.Last}, {"all", f.Versions.All}} {
		if v.asked {
			versions = append(versions, v.name)
		}
	}
	for _, at := range f.Versions.At {
		versions = append(versions, at.UTC().Format(time.RFC3339Nano))
	}
	if len(versions) > 0 {
		q.Set(matchVersion, strings.Join(versions, ","))
	}
	return q
}

// parseLimit reads the limit of a query; 0 if there is none. One that is too
// large for a number is a large one.
func parseLimit(query url.Values) (int, error) {
	text := query.Get("limit")
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) || n == 0 {
		return 0, fmt.Errorf("limit: %s is no number of objects: write it as 100", strconv.Quote(text[:min(len(text), 32)]))
	}
	return int(min(n, 1<<30)), nil
}
