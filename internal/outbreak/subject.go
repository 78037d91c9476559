package outbreak

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// maxText bounds the names and values that the rule weighs, in bytes: they are
// repeated in every entry of an outbreak. Longer ones are not weighed.
const maxText = 512

// Subject is what evidence of one kind is about; evidence is weighed by subject.
type Subject struct {
	Kind  Evidence         `json:"kind"`
	Port  uint16           `json:"port,omitzero"`  // of Scans and Inbound
	Dark  bool             `json:"dark,omitzero"`  // of Inbound: contacts with addresses that nobody uses, not sources
	Value observable.Value `json:"value,omitzero"` // of Suspects, and of a Surge of one value, be its campaign known or not
	Name  string           `json:"name,omitzero"`  // of Encryptions the extension or the note, of a Surge of a campaign its id
}

func (s Subject) String() string {
	switch s.Kind {
	case Scans:
		return fmt.Sprintf("scans of port %d", s.Port)
	case Inbound:
		if s.Dark {
			return fmt.Sprintf("a rising number of contacts with unused addresses on port %d", s.Port)
		}
		return fmt.Sprintf("a rising number of scans of port %d from elsewhere", s.Port)
	case Suspects:
		return s.Value.String() + " shared by scanning hosts"
	case Encryptions:
		return fmt.Sprintf("files turned into, or beside, %q", s.Name)
	case Surge:
		return "a surge of " + cmp.Or(s.Name, s.Value.String())
	}
	return string(s.Kind)
}

// compareSubjects puts what says the most first: within an outbreak and among
// those that ring at the same time.
func compareSubjects(a, b Subject) int {
	return cmp.Or(cmp.Compare(a.Kind.rank(), b.Kind.rank()), cmp.Compare(a.Port, b.Port),
		compareValues(a.Value, b.Value), strings.Compare(a.Name, b.Name), after(b.Dark, a.Dark))
}

// rank is the order in which kinds of evidence are asked: own hosts first.
func (e Evidence) rank() int {
	switch e {
	case Scans:
		return 0
	case Suspects:
		return 1
	case Encryptions:
		return 2
	case Surge:
		return 3
	}
	return 4
}

// noticed says that the subject is weighed by how what is seen changes rather
// than by that it is seen: everybody is scanned from elsewhere, and sees
// indicators, every day.
func (s Subject) noticed() bool { return s.Kind == Inbound || s.Kind == Surge }

// contradicts says that the subject is not of an outbreak that scans the port,
// however alike their partners: scans of two ports are two outbreaks.
func (s Subject) contradicts(port uint16) bool { return s.Port != 0 && port != 0 && s.Port != port }

// after sorts what is false behind what is true.
func after(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}
