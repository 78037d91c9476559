package taxii

import (
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
// given, or unknown to the specification, is refused, as is one that is empty
// or there twice (section 3.4).
func ParseFilter(query url.Values, fields ...string) (f Filter, err error) {
	for name, values := range query {
		match := strings.HasPrefix(name, "match[")
		switch {
		case match && !slices.Contains(fields, name):
			return Filter{}, fmt.Errorf("%s is no filter of this resource: it takes %s", quote(name), strings.Join(fields, ", "))
		case (match || name == "added_after") && len(values) > 1:
			return Filter{}, fmt.Errorf("%s is given more than once: separate the values by commas", name)
		case match && len(commaList(values[0])) == 0:
			return Filter{}, fmt.Errorf("%s is empty: leave it out to ask for everything", name)
		}
	}
	if text := query.Get("added_after"); text != "" {
		if f.AddedAfter, err = ParseTimestamp(text); err != nil {
			return Filter{}, fmt.Errorf("added_after: %w", err)
		}
	}
	f.IDs = commaList(query.Get(matchID))
	f.Types = commaList(query.Get(matchType))
	f.SpecVersions = commaList(query.Get(matchSpecVersion))
	f.Versions, err = parseVersions(commaList(query.Get(matchVersion)))
	return f, err
}

func parseVersions(values []string) (versions Versions, err error) {
	for _, v := range values {
		switch v {
		case "first":
			versions.First = true
		case "last":
			versions.Last = true
		case "all":
			versions.All = true
		default:
			at, err := ParseTimestamp(v)
			if err != nil {
				return Versions{}, fmt.Errorf("%s: %w, or first, last, all", matchVersion, err)
			}
			versions.At = append(versions.At, at)
		}
	}
	if versions.All && (versions.First || versions.Last || len(versions.At) > 0) {
		return Versions{}, fmt.Errorf("%s: all includes every version: give it alone", matchVersion)
	}
	return versions, nil
}

// isZero says that no version is asked for in particular.
func (v Versions) isZero() bool { return !v.First && !v.Last && !v.All && len(v.At) == 0 }

// commaList is the values of a field: separated by commas, which mean "or". An
// object is wanted once, however often a value is there.
func commaList(value string) (items []string) {
	seen := map[string]bool{}
	for item := range strings.SplitSeq(value, ",") {
		if item = strings.TrimSpace(item); item != "" && !seen[item] {
			items, seen[item] = append(items, item), true
		}
	}
	return items
}

// quote writes what came from outside into an error, not all of it.
func quote(text string) string { return strconv.Quote(text[:min(len(text), 32)]) }

// Query writes the filter so that ParseFilter reads it back.
func (f Filter) Query() url.Values {
	q := url.Values{}
	if !f.AddedAfter.IsZero() {
		q.Set("added_after", exactTimestamp(f.AddedAfter))
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
		versions = append(versions, exactTimestamp(at))
	}
	if len(versions) > 0 {
		q.Set(matchVersion, strings.Join(versions, ","))
	}
	return q
}
