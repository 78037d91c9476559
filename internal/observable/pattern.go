package observable

import (
	"regexp"
	"strings"
)

// paths are the object paths by which patterns name a value (STIX 2.1, section
// 6). For what STIX has no property, they are those that other tools write:
// JA3 and JA4 in an extension of network traffic, wallets as OpenCTI has them.
var paths = map[Type]string{
	Domain: "domain-name:value", IPv4: "ipv4-addr:value", IPv6: "ipv6-addr:value", URL: "url:value",
	MD5: "file:hashes.MD5", SHA1: "file:hashes.'SHA-1'", SHA256: "file:hashes.'SHA-256'", SHA512: "file:hashes.'SHA-512'",
	FileName: "file:name",
	Mutex:    "mutex:name",
	Service:  "process:extensions.'windows-service-ext'.service_name",
	Registry: "windows-registry-key:key",
	JA3:      "network-traffic:extensions.'tls-ext'.ja3",
	JA3S:     "network-traffic:extensions.'tls-ext'.ja3s",
	JA4:      "network-traffic:extensions.'tls-ext'.ja4",
	Email:    "email-addr:value",
	Wallet:   "cryptocurrency-wallet:value",
}

// Path is the object path by which a pattern names a value of the type, as
// stix/pattern prints it; "" for a FilePath, which has two.
func (t Type) Path() string { return paths[t] }

// Pattern writes the value as a STIX 2.1 pattern (section 9). A prefix stands
// for its addresses, so it is ISSUBSET (section 9.6) and not "="; a path is the
// file's name and that of its directory. "=" tells case apart, and Windows does
// not: names that are the same to it in any case are written as MATCHES.
func (v Value) Pattern() string {
	switch {
	case v.Type == FilePath:
		directory, name := v.split()
		equals := exactly
		if !strings.HasPrefix(v.Text, "/") { // Windows'
			equals = inAnyCase
		}
		return "[" + equals("file:name", name) + " AND " + equals("file:parent_directory_ref.path", directory) + "]"
	case (v.Type == IPv4 || v.Type == IPv6) && strings.Contains(v.Text, "/"):
		return "[" + paths[v.Type] + " ISSUBSET " + quoted(v.Text) + "]"
	case v.Type.Caseless():
		return "[" + inAnyCase(paths[v.Type], v.Text) + "]"
	}
	return "[" + exactly(paths[v.Type], v.Text) + "]"
}

// Caseless says that values of the type are names that Windows takes for the
// same in any case, while a pattern tells it apart.
func (t Type) Caseless() bool { return t == FileName || t == FilePath || t == Service || t == Registry }

func exactly(path, text string) string { return path + " = " + quoted(text) }

func inAnyCase(path, text string) string {
	return path + " MATCHES " + quoted("(?i)^"+regexp.QuoteMeta(text)+"$")
}

func quoted(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(text) + "'"
}

// typesByPath is paths turned round, with the other ways in which tools write
// them.
var typesByPath = func() map[string]Type {
	types := map[string]Type{
		"network-traffic:extensions.'tls-ext'.ja3_hash":  JA3,
		"network-traffic:extensions.'tls-ext'.ja3s_hash": JA3S,
		"network-traffic:extensions.'tls-ext'.ja4_hash":  JA4,
		"cryptocurrency-wallet:address":                  Wallet,
		"x-opencti-cryptocurrency-wallet:value":          Wallet,
		"x-cryptocurrency-wallet:value":                  Wallet,
		"file:path":                                      FilePath,
	}
	for t, path := range paths {
		types[path] = t
	}
	return types
}()

// TypeOf is the type of the values that a pattern names with an object path, as
// stix/pattern prints it; false if such a path names none. Hash algorithms are
// written in many ways: 'SHA-256', SHA256, "sha256".
func TypeOf(path string) (Type, bool) {
	if t, ok := typesByPath[path]; ok {
		return t, true
	}
	return hashByPath(path)
}

func hashByPath(path string) (Type, bool) {
	algorithm, ok := strings.CutPrefix(path, "file:hashes.")
	if !ok {
		return "", false
	}
	switch strings.ToUpper(strings.ReplaceAll(strings.Trim(algorithm, `'"`), "-", "")) {
	case "MD5":
		return MD5, true
	case "SHA1":
		return SHA1, true
	case "SHA256":
		return SHA256, true
	case "SHA512":
		return SHA512, true
	}
	return "", false
}
