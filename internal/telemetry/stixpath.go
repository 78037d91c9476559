package telemetry

import (
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"unsafe"
)

// stixPath is a Property's path taken apart, once for all events.
type stixPath struct {
	kind  string // of the object that it begins with
	steps []stixStep
	forms []form
}

// stixStep is one name of a path.
type stixStep struct {
	name string
	list bool // the name is a list's: some element of it
	ref  bool // the name refers to an object, in which the path goes on
}

// form is one way to name the property: "process:image_ref.name" is also the
// "file:name" of an object in the record, and says that
// "process:image_ref.type" is "file".
type form struct {
	path  string
	text  string // the text, if it is not the property's
	valid family // of the property's text
}

// family says which kind of object a reference's text makes it.
type family uint8

const (
	whatever family = iota
	ofIPv4
	ofIPv6
	ofName
)

// refTypes are the objects that the specification's references lead to (STIX
// 2.1, section 6). What is not here leads to an address or a name.
var refTypes = map[string]string{
	"image_ref": "file", "parent_ref": "process", "child_refs": "process", "creator_user_ref": "user-account",
	"opened_connection_refs": "network-traffic", "parent_directory_ref": "directory", "contains_refs": "file", "content_ref": "artifact",
	"from_ref": "email-addr", "sender_ref": "email-addr", "to_refs": "email-addr", "cc_refs": "email-addr", "bcc_refs": "email-addr",
	"belongs_to_ref": "user-account", "service_dll_refs": "file", "body_raw_ref": "file", "raw_email_ref": "artifact",
	"src_payload_ref": "artifact", "dst_payload_ref": "artifact", "encapsulates_refs": "network-traffic", "encapsulated_by_ref": "network-traffic",
}

func familyOf(text string) family {
	a, err := netip.ParseAddr(text)
	switch {
	case err != nil:
		return ofName
	case a.Is4():
		return ofIPv4
	}
	return ofIPv6
}

// typeName is the type of the object that a reference leads to.
func (s stixStep) typeName(f family) string {
	if kind, ok := refTypes[s.name]; ok {
		return kind
	}
	return [...]string{ofIPv4: "ipv4-addr", ofIPv6: "ipv6-addr", ofName: "domain-name"}[max(f, ofIPv4)]
}

// maxPaths bounds the memory for paths; readers know far fewer. Beyond it a
// path is taken apart each time.
const maxPaths = 4096

// knownPath is a path that has been taken apart.
type knownPath struct {
	path  string
	parts *stixPath
}

var (
	// recentPaths are known paths by where their text lies, which is nearly
	// always that of a constant.
	recentPaths [256]atomic.Pointer[knownPath]
	allPaths    = map[string]*knownPath{}
	pathsLock   sync.Mutex
)

// pathOf takes a path apart, or remembers it.
func pathOf(path string) *stixPath {
	place := &recentPaths[(uintptr(unsafe.Pointer(unsafe.StringData(path)))>>3^uintptr(len(path)))%uintptr(len(recentPaths))] //nolint:gosec // only to spread the paths
	if recent := place.Load(); recent != nil && recent.path == path {
		return recent.parts
	}
	pathsLock.Lock()
	defer pathsLock.Unlock()
	known, ok := allPaths[path]
	if !ok {
		path = strings.Clone(path)
		known = &knownPath{path, newStixPath(path)}
		if len(allPaths) < maxPaths {
			allPaths[path] = known
		}
	}
	place.Store(known)
	return known.parts
}

func newStixPath(path string) *stixPath {
	kind, rest, _ := strings.Cut(path, ":")
	p := &stixPath{kind: kind}
	var written []string
	open := false // some reference leads to what only the text tells
	for at := 0; at < len(rest); {
		step := nextStep(rest[at:])
		at = min(at+len(step)+1, len(rest))
		name, list := strings.CutSuffix(step, "[*]")
		s := stixStep{name: unquote(name), list: list}
		s.ref = at < len(rest) && (strings.HasSuffix(name, "_ref") || list && strings.HasSuffix(name, "_refs"))
		open = open || s.ref && refTypes[name] == ""
		p.steps, written = append(p.steps, s), append(written, step)
	}
	if !open {
		p.addForms(written, whatever)
		return p
	}
	for f := ofIPv4; f <= ofName; f++ {
		p.addForms(written, f)
	}
	return p
}

// addForms adds the ways to name the property, and the types of what the
// references on its way lead to.
func (p *stixPath) addForms(written []string, f family) {
	ways := []string{p.kind + ":"}
	for i, s := range p.steps {
		end := "."
		if i == len(p.steps)-1 {
			end = ""
		}
		for w := range ways {
			if s.ref {
				p.forms = append(p.forms, form{path: ways[w] + written[i] + ".type", text: s.typeName(f), valid: f})
			}
			ways[w] += written[i] + end
		}
		if s.ref {
			ways = append(ways, s.typeName(f)+":")
		}
	}
	for _, w := range ways {
		p.forms = append(p.forms, form{path: w, valid: f})
	}
}

func unquote(name string) string {
	if len(name) < 2 || name[0] != '\'' {
		return name
	}
	return strings.NewReplacer(`\'`, `'`, `\\`, `\`).Replace(name[1 : len(name)-1])
}

// nextStep is the first name of a path, with its "[*]".
func nextStep(path string) string {
	quoted := false
	for i := 0; i < len(path); i++ {
		switch c := path[i]; {
		case c == '\\' && quoted:
			i++
		case c == '\'':
			quoted = !quoted
		case c == '.' && !quoted:
			return path[:i]
		}
	}
	return path
}
