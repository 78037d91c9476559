package stix

import (
	"fmt"

	"github.com/google/uuid"
)

// NewID is a fresh identifier of the type, with a random UUID (version 4).
func NewID(objectType string) string { return objectType + "--" + uuid.NewString() }

// SplitID takes an identifier apart (section 2.9): "type--uuid", the UUID in
// the form of RFC 4122. Upper-case digits are accepted, since RFC 4122 reads
// them; compare identifiers as they are written all the same.
func SplitID(id string) (objectType string, u uuid.UUID, err error) {
	end, _, problem := cutID(id)
	if problem != "" {
		return "", uuid.Nil, fmt.Errorf("identifier %.80q: %s", id, problem)
	}
	if u, err = uuid.Parse(id[end+2:]); err != nil {
		return "", uuid.Nil, fmt.Errorf("identifier %.80q: %w", id, err)
	}
	return id[:end], u, nil
}

// TypeOfID is the type that an identifier names, "" if it is none.
func TypeOfID(id string) string {
	end, _, _ := cutID(id)
	return id[:end]
}

// isTypeName says whether a text can be a type's name (sections 3.1 and 11.2):
// lower-case ASCII letters, digits and single hyphens, a letter first, 3 to 250 long.
func isTypeName[T string | []byte](s T) bool {
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
