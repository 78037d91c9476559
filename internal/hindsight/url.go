package hindsight

import "strings"

// appendHost appends a URL's host: an address as it is, a name reversed. It is
// its own inverse: a reversed address is none but by a name that is one
// backwards, and those stay as they are, too.
func appendHost(dst []byte, host string) []byte {
	if host == "" || host[0] == '[' || isDotted(host) {
		return append(dst, host...)
	}
	return appendReversed(dst, host)
}

// isDotted says whether every label is a number: an address, or meant as one.
func isDotted(host string) bool {
	return strings.Trim(host, "0123456789.") == ""
}

// splitURL cuts "scheme://user@host:port/path" into scheme, "user@", host (an
// IPv6 address with its brackets) and ":port/path".
func splitURL(text string) (scheme, user, host, rest string, ok bool) {
	scheme, rest, ok = strings.Cut(text, "://")
	if !ok {
		return "", "", "", "", false
	}
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	authority := rest[:end]
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		user, authority = authority[:at+1], authority[at+1:]
	}
	from := 0
	if bracket := strings.IndexByte(authority, ']'); bracket > 0 && authority[0] == '[' {
		from = bracket
	}
	hostEnd := len(authority)
	if colon := strings.IndexByte(authority[from:], ':'); colon >= 0 {
		hostEnd = from + colon
	}
	return scheme, user, authority[:hostEnd], rest[len(user)+hostEnd:], true
}

// parent is the name above, or nothing.
func parent(name string) string {
	_, above, _ := strings.Cut(name, ".")
	return above
}
