package observable

import "strings"

// Pattern writes the value as a STIX 2.1 pattern (section 9). A prefix stands
// for its addresses, so it is ISSUBSET (section 9.6) and not "=".
func (v Value) Pattern() string {
	quoted := "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(v.Text) + "'"
	switch v.Type {
	case MD5:
		return "[file:hashes.MD5 = " + quoted + "]"
	case SHA1:
		return "[file:hashes.'SHA-1' = " + quoted + "]"
	case SHA256:
		return "[file:hashes.'SHA-256' = " + quoted + "]"
	case IPv4, IPv6:
		if strings.Contains(v.Text, "/") {
			return "[" + string(v.Type) + ":value ISSUBSET " + quoted + "]"
		}
	}
	return "[" + string(v.Type) + ":value = " + quoted + "]"
}
