package observable

import (
	"fmt"
	"strings"

	"github.com/google/uuid"
)

// indicatorID reads a STIX indicator's id (STIX 2.1, section 2.9).
func indicatorID(text string) (string, error) {
	id, ok := strings.CutPrefix(text, "indicator--")
	if ok && len(id) == 36 {
		if u, err := uuid.Parse(id); err == nil {
			if text == "indicator--"+u.String() {
				return text, nil
			}
			return "indicator--" + u.String(), nil
		}
	}
	return "", fmt.Errorf("%q is no indicator's id: want \"indicator--\" and a UUID", text)
}
