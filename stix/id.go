package stix

import (
	"fmt"
	"strings"

	"github.com/google/uuid"
)

// NewID is a fresh identifier of the type, with a random UUID (version 4).
func NewID(objectType string) string { return objectType + "--" + uuid.NewString() }

// SplitID takes an identifier apart (section 2.9): "type--uuid", the UUID in
// the form of RFC 4122. Upper-case digits are accepted, since RFC 4122 reads
// them; compare identifiers as they are written all the same.
func SplitID(id string) (objectType string, u uuid.UUID, err error) {
	objectType, digits, found := strings.Cut(id, "--")
	if !found || !isTypeName(objectType) {
		return "", uuid.Nil, fmt.Errorf("identifier %.80q: write it as a type, two hyphens and a UUID", id)
	}
	if u, err = uuid.Parse(digits); err != nil || len(digits) != 36 {
		return "", uuid.Nil, fmt.Errorf("identifier %.80q: what follows the type is no UUID", id)
	}
	if u.Variant() != uuid.RFC4122 || u.Version() < 1 || u.Version() > 8 {
		return "", uuid.Nil, fmt.Errorf("identifier %.80q: the UUID is not one of RFC 4122", id)
	}
	return objectType, u, nil
}

// TypeOfID is the type that an identifier names, "" if it is none.
func TypeOfID(id string) string {
	objectType, _, err := SplitID(id)
	if err != nil {
		return ""
	}
	return objectType
}

// isTypeName says whether a text can be a type's name (sections 3.1 and 11.2):
// lower-case ASCII letters, digits and single hyphens, a letter first, 3 to 250 long.
func isTypeName(s string) bool {
	if len(s) < 3 || len(s) > 250 || s[0] < 'a' || s[0] > 'z' {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || digit(c) || c == '-' && s[i-1] != '-') {
			return false
		}
	}
	return true
}
