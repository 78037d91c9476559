package observable

import (
	"errors"
	"fmt"
	"strings"
)

// longestMutex is MAX_PATH (Win32, CreateMutexEx), and longestService what the
// service control manager takes (Win32, CreateService).
const (
	longestMutex   = 260
	longestService = 256
)

// mutex keeps case: Windows compares names of kernel objects, and the prefixes
// Global\ and Local\, with regard to it (Win32, "Object Names" and "Kernel
// object namespaces"). A name without a prefix is one of the session's, so
// Local\ is left out; where the object manager's own directories are given,
// \BaseNamedObjects\ is Global\, and \Sessions\1\BaseNamedObjects\ the session's.
func mutex(text string) (string, error) {
	name, err := mutexName(text)
	if err != nil {
		return "", fmt.Errorf("mutex %q: %w", text, err)
	}
	return name, nil
}

func mutexName(text string) (string, error) {
	if err := checkWritten(text, longestMutex); err != nil {
		return "", err
	}
	name, global := text, false
	if after, ok := strings.CutPrefix(name, `\Sessions\`); ok {
		session, after, _ := strings.Cut(after, `\`)
		if name, ok = strings.CutPrefix(after, `BaseNamedObjects\`); !ok || strings.Trim(session, "0123456789") != "" {
			return "", errors.New(`want \Sessions\NUMBER\BaseNamedObjects\NAME`)
		}
	} else if after, ok := strings.CutPrefix(name, `\BaseNamedObjects\`); ok {
		name, global = after, true
	} else if after, ok := strings.CutPrefix(name, `Global\`); ok {
		name, global = after, true
	} else {
		name = strings.TrimPrefix(name, `Local\`)
	}
	name = strings.TrimSpace(name)
	switch {
	case name == "":
		return "", errors.New("it is empty")
	case strings.Contains(name, `\`):
		return "", errors.New(`a backslash stands only after Global or Local, in upper and lower case as here`)
	case !global:
		return name, nil
	case text[0] == 'G' && text[len(`Global\`):] == name:
		return text, nil
	}
	return `Global\` + name, nil
}

// service is the short name of a Windows service, by which the service control
// manager knows it. It is compared without regard to case, and has neither
// slash nor backslash (Win32, CreateService).
func service(text string) (string, error) {
	err := checkWritten(text, longestService)
	if err == nil && strings.ContainsAny(text, `/\`) {
		err = errors.New("a service's name has no slash; give its file as " + string(FilePath) + ", its key as " + string(Registry))
	}
	if err != nil {
		return "", fmt.Errorf("service %q: %w", text, err)
	}
	return folded(text), nil
}
