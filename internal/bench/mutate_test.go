package bench

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// mutator makes requests from those of a corpus; the nth follows from the seed.
type mutator struct {
	seed     uint64
	corpus   []question
	tokens   []string
	sessions []string // cookies of people who have signed in
}

// nth gives the nth request: one of the corpus in somebody's name, changed in
// one to four ways; one in sixteen is left as it is.
func (m mutator) nth(n int) question {
	r := rand.New(rand.NewPCG(m.seed, uint64(n)))
	q := m.corpus[r.IntN(len(m.corpus))].clone()
	q.set("Authorization", "Bearer "+pick(r, m.tokens))
	if !strings.HasPrefix(q.target, "/sign-") { // where it would end
		q.set("Cookie", pick(r, m.sessions))
	}
	if r.IntN(16) == 0 {
		return q
	}
	for range 1 + r.IntN(4) {
		pick(r, mutations)(r, &q, m)
	}
	q.method = strings.NewReplacer("\r", "", "\n", "").Replace(q.method)
	return q
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

// odd are values that nobody expects.
var odd = []string{
	"", "0", "-1", "1", "18446744073709551616", "1e400", "NaN", "null", "true", "\x00", "\xff\xfe", "é", "\u202e", "💥", "a b", "%", "%zz", "%00", "%2e%2e%2f",
	"../../etc/passwd", "..", ".", "//", "*", "[]", "{}", "'; --", "\"", "<b>x</b>", "{{.}}", "evil.example", "192.0.2.1", "[::1]", "2001:db8::/129", "http://evil.example/",
	"indicator--", "identity--00000000-0000-4000-8000-000000000000", "2017-05-12T08:00:00Z", "0000-00-00T00:00:00.1234567890123Z", "9999-12-31T23:59:60Z", "all", "first,last", "last,first,all,all",
	"application/json", "application/taxii+json;version=2.1", "application/taxii+json;version=9", "text/html;q=0.0001,*/*;q=2", "gzip", "chunked", "bytes=0-0,1-1,2-2", "W/\"x\"",
	strings.Repeat("A", 5000), strings.Repeat("indicator,", 600), strings.Repeat("\"", 300), strings.Repeat("../", 400),
}

func oddValue(r *rand.Rand) string { return pick(r, odd) }

// escaped percent-encodes some of what a target cannot hold, or all, or nothing.
func escaped(r *rand.Rand, text string) string {
	some := r.IntN(3)
	var b strings.Builder
	for i := range len(text) {
		if c := text[i]; some == 0 || some == 1 && (c <= ' ' || c >= 0x7f || c == '%' || c == '?' || c == '#') {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

var methods = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "get", "X", "G\x00T"}

var headerNames = []string{
	"Accept", "Accept", "Content-Type", "Content-Type", "Content-Encoding", "Accept-Encoding", "Authorization", "Range", "If-None-Match", "If-Modified-Since", "If-Match", "Expect",
	"Content-Length", "Transfer-Encoding", "Connection", "Origin", "Sec-Fetch-Site", "Cookie", "X-Forwarded-For", "X-HTTP-Method-Override", "Host", "Last-Event-ID", "Prefer", "Upgrade", "TE", "X-Odd",
}

var parameterNames = []string{
	"limit", "next", "added_after", "match[id]", "match[type]", "match[version]", "match[spec_version]", "match[]", "q", "after", "kinds", "kind", "follow", "tlp", "recipients", "per_object",
	"value", "at", "since", "type", "id", "cursor", "partner", "community", "format", "repeated", "confirm",
}

// mutations are the ways in which a request is changed. Those of bodies that a
// program reads stand more than once.
var mutations = []func(*rand.Rand, *question, mutator){
	func(r *rand.Rand, q *question, _ mutator) { q.method = pick(r, methods) },
	mutatePath, mutatePath, mutateQuery, mutateQuery, mutateHeader, mutateHeader, mutateToken,
	mutateBytes, mutateBytes, mutateScalar, mutateScalar, mutateScalar, mutateShape, mutateEncoding,
	func(r *rand.Rand, q *question, m mutator) { q.body = bytes.Clone(pick(r, m.corpus).body) },
}

func mutatePath(r *rand.Rand, q *question, m mutator) {
	path, query, _ := strings.Cut(q.target, "?")
	segments := strings.Split(path, "/")
	i := r.IntN(len(segments))
	switch r.IntN(6) {
	case 0:
		segments[i] = escaped(r, oddValue(r))
	case 1:
		segments = slices.Insert(segments, i, escaped(r, oddValue(r)))
	case 2:
		segments = slices.Delete(segments, i, i+1)
	case 3:
		if s := []byte(segments[i]); len(s) > 0 {
			s[r.IntN(len(s))] = byte(r.IntN(256))
			segments[i] = string(s)
		}
	case 4:
		other, _, _ := strings.Cut(pick(r, m.corpus).target, "?")
		segments = append(segments, strings.Split(other, "/")...)
	default:
		segments = append(segments, "")
	}
	q.target = strings.Join(segments, "/")
	if !strings.HasPrefix(q.target, "/") && r.IntN(8) > 0 {
		q.target = "/" + q.target // else it is hardly ever routed
	}
	if query != "" {
		q.target += "?" + query
	}
}

func mutateQuery(r *rand.Rand, q *question, m mutator) {
	path, query, _ := strings.Cut(q.target, "?")
	parts := strings.Split(query, "&")
	one := pick(r, parameterNames) + "=" + escaped(r, oddValue(r))
	switch r.IntN(4) {
	case 0:
		name, _, _ := strings.Cut(pick(r, parts), "=")
		parts = append(parts, name+"="+escaped(r, oddValue(r)))
	case 1:
		parts[r.IntN(len(parts))] = one
	case 2:
		_, other, _ := strings.Cut(pick(r, m.corpus).target, "?")
		parts = append(parts, other)
	default:
		parts = append(parts, one)
	}
	q.target = path + "?" + strings.Join(parts, "&")
}

func mutateHeader(r *rand.Rand, q *question, _ mutator) {
	name := pick(r, headerNames)
	switch r.IntN(4) {
	case 0:
		q.drop(name)
	case 1:
		q.header = append(q.header, [2]string{name, oddValue(r)}, [2]string{name, oddValue(r)})
	default:
		q.set(name, oddValue(r))
	}
	if coding := "Transfer-Encoding"; q.has(coding) { // of any other, the server says 501 by RFC 9112, section 6.1
		q.set(coding, "chunked")
	}
}

func mutateToken(r *rand.Rand, q *question, m mutator) {
	switch r.IntN(4) {
	case 0:
		q.drop("Authorization")
	case 1:
		q.set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(oddValue(r)+":"+pick(r, m.tokens))))
	case 2:
		q.set("Authorization", "Bearer "+oddValue(r))
	default:
		q.set("Authorization", oddValue(r))
	}
}

func mutateBytes(r *rand.Rand, q *question, _ mutator) {
	if len(q.body) == 0 {
		q.body = []byte(oddValue(r))
		return
	}
	i := r.IntN(len(q.body))
	j := i + r.IntN(min(len(q.body)-i, 64)+1)
	switch r.IntN(4) {
	case 0:
		q.body[i] = byte(r.IntN(256))
	case 1:
		q.body = q.body[:i]
	case 2:
		q.body = slices.Delete(q.body, i, j)
	default:
		q.body = slices.Insert(q.body, i, bytes.Clone(q.body[i:j])...)
	}
}

// scalar finds what stands between punctuation in JSON.
var scalar = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*|true|false|null`)

func mutateScalar(r *rand.Rand, q *question, _ mutator) {
	found := scalar.FindAllIndex(q.body, 500)
	if len(found) == 0 {
		return
	}
	at := pick(r, found)
	value := pick(r, []string{"null", "0", "-0", "1e400", "-1", "1.5", "9223372036854775808", "true", `""`, `"\u0000"`, `"\ud800"`, "\"\xff\"", "[]", "{}", "[[]]", `{"a":1,"a":2}`, `"` + strings.Repeat("x", 70_000) + `"`, ""})
	if value == "" {
		value = fmt.Sprintf("%q", oddValue(r))
	}
	q.body = slices.Replace(q.body, at[0], at[1], []byte(value)...)
}

// mutateShape makes a body deep, long or wide.
func mutateShape(r *rand.Rand, q *question, _ mutator) {
	switch r.IntN(6) {
	case 0:
		q.body = []byte(strings.Repeat("[", 100_000))
	case 1:
		q.body = []byte(strings.Repeat(`{"a":`, 20_000) + "1" + strings.Repeat("}", 20_000))
	case 2:
		q.body = append(append([]byte(`{"objects":[`), bytes.Repeat([]byte("{},"), 50_000)...), "{}]}"...)
	case 3:
		q.body = append(append([]byte("["), q.body...), ']')
	case 4:
		q.body = append(q.body, bytes.Repeat([]byte(" "), 1<<20)...)
	default:
		q.body = bytes.Repeat(q.body, 2+r.IntN(3))
	}
}

// swelling is compressed to a thousandth of what it is.
var swelling = sync.OnceValue(func() []byte { return zipped(bytes.Repeat([]byte(" "), 32<<20)) })

func zipped(text []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(text) // memory takes everything
	_ = z.Close()
	return b.Bytes()
}

func mutateEncoding(r *rand.Rand, q *question, _ mutator) {
	if r.IntN(8) == 0 {
		q.body = bytes.Clone(swelling())
	} else {
		q.body = zipped(q.body)
	}
	if r.IntN(4) == 0 {
		q.body = q.body[:r.IntN(len(q.body))]
	}
	if r.IntN(2) == 0 {
		q.set("Content-Encoding", pick(r, []string{"gzip", "deflate", "br", "gzip, gzip", "identity"}))
	}
}
