package endpoint

import (
	"net/netip"
	"strings"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/telemetry"
)

// builder adds to an event what a record's fields say. Fields that are empty
// or that the agent filled with "-" say nothing.
type builder struct {
	event *telemetry.Event
	json  *walker
	stats *telemetry.Stats
}

func isEmpty(text string) bool { return text == "" || text == "-" }

// see adds an observable; what is none is counted.
func (b *builder) see(t observable.Type, object int, field, text string) (observable.Value, bool) {
	if isEmpty(text) {
		return observable.Value{}, false
	}
	v, err := observable.New(t, text)
	if err != nil {
		b.stats.Unusable++
		return observable.Value{}, false
	}
	b.add(v, object, field, text)
	return v, true
}

func (b *builder) add(v observable.Value, object int, field, raw string) {
	b.event.Observables = append(b.event.Observables, telemetry.Seen{Value: v, Field: field, Raw: raw, Object: object})
}

// file adds a path and the name in it. A name alone, as "System" for the
// kernel's own process, is no file.
func (b *builder) file(object int, field, path string) {
	if isEmpty(path) || !strings.ContainsAny(path, `/\`) {
		return
	}
	path = withoutNamespace(path)
	normal := path
	if path[0] != '/' {
		normal = b.json.lower(path) // spares New an allocation for nearly every path
	}
	v, err := observable.New(observable.FilePath, normal)
	if err != nil {
		b.stats.Unusable++
		return
	}
	b.add(v, object, field, path)
	if name, ok := b.nameIn(v); ok {
		b.add(name, object, field, baseName(path))
	}
}

// nameIn is the file's name, whose case a path of POSIX keeps.
func (b *builder) nameIn(v observable.Value) (observable.Value, bool) {
	if v.Text[0] != '/' || strings.IndexByte(v.Text, '\\') >= 0 {
		return v.FileName()
	}
	name, err := observable.New(observable.FileName, b.json.lower(baseName(v.Text)))
	return name, err == nil
}

// withoutNamespace takes the kernel's prefix off a path with a drive, which
// patterns and people write without it.
func withoutNamespace(path string) string {
	for _, prefix := range [...]string{`\??\`, `\\?\`} {
		if rest, ok := strings.CutPrefix(path, prefix); ok && len(rest) > 2 && rest[1] == ':' {
			return rest
		}
	}
	return path
}

func baseName(path string) string { return path[strings.LastIndexAny(path, `/\`)+1:] }

// directory is what stands before the name; a root keeps its separator.
func directory(path string) string {
	end := strings.LastIndexAny(path, `/\`)
	if end == 0 || end == 2 && path[1] == ':' {
		end++
	}
	return path[:max(end, 0)]
}

// property adds what is no observable.
func (b *builder) property(object int, path, text string) {
	if !isEmpty(text) {
		b.event.Properties = append(b.event.Properties, telemetry.Property{Object: object, Path: path, Text: text})
	}
}

// number adds a whole number that the process has.
func (b *builder) number(path, text string) {
	if text != "" && len(text) < 19 && strings.Trim(text, "0123456789") == "" {
		b.event.Properties = append(b.event.Properties, telemetry.Property{Path: path, Text: text, Number: true})
	}
}

// image adds a process's file as the process names it, parentImage its
// parent's.
func (b *builder) image(path string) {
	b.program("process:image_ref.name", "process:image_ref.parent_directory_ref.path", path)
}

func (b *builder) parentImage(path string) {
	b.program("process:parent_ref.image_ref.name", "process:parent_ref.image_ref.parent_directory_ref.path", path)
}

func (b *builder) program(asName, asDirectory, path string) {
	if strings.ContainsAny(path, `/\`) {
		path = withoutNamespace(path)
		b.property(0, asName, baseName(path))
		b.property(0, asDirectory, directory(path))
	}
}

// imageHashes adds the hashes of a process's file as the process names them.
func (b *builder) imageHashes() {
	for i := range b.event.Observables {
		o := &b.event.Observables[i]
		if path := imageHash[o.Type]; path != "" && o.Object == theFile {
			b.property(0, path, o.Text)
		}
	}
}

var imageHash = map[observable.Type]string{
	observable.MD5: "process:image_ref.hashes.MD5", observable.SHA1: "process:image_ref.hashes.'SHA-1'",
	observable.SHA256: "process:image_ref.hashes.'SHA-256'", observable.SHA512: "process:image_ref.hashes.'SHA-512'",
}

// address reads an address and adds it.
func (b *builder) address(field, text string) netip.Addr {
	if isEmpty(text) {
		return netip.Addr{}
	}
	a, err := netip.ParseAddr(text)
	if err != nil {
		b.stats.Unusable++
		return netip.Addr{}
	}
	a = a.Unmap().WithZone("")
	at := len(b.json.arena)
	b.json.arena = a.AppendTo(b.json.arena)
	b.add(observable.Addr(a, b.json.kept(at)), 0, field, text)
	return a
}

// hash adds a hash; of the algorithms that Tocsin does not look up it adds the
// property.
func (b *builder) hash(object int, field, algorithm, digits string) {
	var t observable.Type
	switch algorithm {
	case "MD5", "md5":
		t = observable.MD5
	case "SHA1", "sha1":
		t = observable.SHA1
	case "SHA256", "sha256":
		t = observable.SHA256
	case "SHA512", "sha512":
		t = observable.SHA512
	case "IMPHASH", "imphash":
		if !isZero(digits) {
			b.property(object, "file:hashes.IMPHASH", b.json.lower(digits))
		}
		return
	default:
		return
	}
	if !isZero(digits) {
		b.see(t, object, field, b.json.lower(digits))
	}
}

// isZero: what an agent writes where it could not hash, or had nothing to.
func isZero(digits string) bool { return strings.Trim(digits, "0") == "" }

// hashes reads Sysmon's "SHA1=...,MD5=...,SHA256=...,IMPHASH=...".
func (b *builder) hashes(object int, field, list string) {
	for list != "" {
		var one string
		one, list, _ = strings.Cut(list, ",")
		if algorithm, digits, ok := strings.Cut(one, "="); ok {
			b.hash(object, field, algorithm, digits)
		}
	}
}

// key adds a key of the registry.
func (b *builder) key(field, key string) bool {
	if isEmpty(key) {
		return false
	}
	v, err := observable.New(observable.Registry, b.json.lower(key))
	if err != nil {
		b.stats.Unusable++
		return false
	}
	b.add(v, 0, field, key)
	return true
}

// registry adds a key, and the key as it is written.
func (b *builder) registry(field, key string) {
	if b.key(field, key) {
		if full, ok := observable.RegistryKey(key); ok {
			b.property(0, "windows-registry-key:key", full)
		}
	}
}

// command adds the file that a command line begins with: in quotes, or up to
// the first of its spaces before which the name has an extension.
func (b *builder) command(object int, field, line string) {
	line = strings.TrimSpace(line)
	if quoted, ok := strings.CutPrefix(line, `"`); ok {
		path, _, _ := strings.Cut(quoted, `"`)
		b.file(object, field, path)
		return
	}
	dot := false // in the last name so far
	for i := range len(line) {
		switch line[i] {
		case '/', '\\':
			dot = false
		case '.':
			dot = true
		case ' ':
			if dot {
				b.file(object, field, line[:i])
				return
			}
		}
	}
	b.file(object, field, line)
}
