package endpoint

import (
	"net/netip"
	"strings"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/telemetry"
)

// osqueryRow is a row's columns by their numbers; "" is one that is not there
// or that the table leaves empty.
type osqueryRow [columnCount]string

// time is that of the event, which tables of events have in seconds; smaller
// numbers mean something else.
func (r *osqueryRow) time() string {
	if len(r[cTime]) < len("1000000000") {
		return ""
	}
	return r[cTime]
}

// interpret tells by the columns what the row is about.
func (r *osqueryRow) interpret(b *builder) {
	switch {
	case r[cObjectName] != "":
		r.object(b)
	case isKey(r[cKey]) || isKey(r[cPath]):
		r.registry(b)
	case r[cName] != "" && (r[cServiceType] != "" || r[cStartType] != "" || r[cModulePath] != ""):
		r.service(b)
	case r[cName] != "" && (r[cResponse] != "" || recordTypes[r[cType]]):
		r.lookup(b)
	case r[cRemoteAddress] != "":
		r.connection(b)
	case r[cAddress] != "":
		r.address(b)
	case r[cPID] != "" && r[cTargetPath] == "" && r[cExecutable] == "":
		r.process(b)
	default:
		r.file(b)
	}
}

func isKey(text string) bool {
	return strings.HasPrefix(text, "HKEY_") || strings.HasPrefix(text, "HKLM") || strings.HasPrefix(text, "HKU\\")
}

// recordTypes are DNS's as tables name them; other tables' types are words of
// other kinds.
var recordTypes = map[string]bool{
	"A": true, "AAAA": true, "CNAME": true, "PTR": true, "MX": true, "TXT": true, "SRV": true, "NS": true, "SOA": true, "ANY": true, "ALL": true, "HTTPS": true, "SVCB": true,
}

// object is one of the kernel's with a name (winbaseobj). Session 0's are the
// global ones.
func (r *osqueryRow) object(b *builder) {
	if !strings.EqualFold(r[cObjectType], "Mutant") {
		return
	}
	name := r[cObjectName]
	if r[cSessionID] == "0" {
		name = `Global\` + name
	}
	b.see(observable.Mutex, 0, "object_name", name)
}

// registry: the path is the key's and the value's name, or a subkey's.
func (r *osqueryRow) registry(b *builder) {
	b.event.Kind = telemetry.Registry
	if r[cKey] != "" {
		b.registry("key", r[cKey])
	}
	if r[cPath] != "" && r[cPath] != r[cKey] {
		b.key("path", r[cPath])
	}
	if strings.HasPrefix(r[cType], "REG_") {
		if name := r[cName]; name != "(Default)" {
			b.property(0, "windows-registry-key:values[*].name", name)
		}
		b.property(0, "windows-registry-key:values[*].data", r[cData])
		b.property(0, "windows-registry-key:values[*].data_type", r[cType])
	}
}

func (r *osqueryRow) service(b *builder) {
	b.event.Kind = telemetry.Process
	b.see(observable.Service, 0, "name", r[cName])
	b.property(0, "process:extensions.'windows-service-ext'.display_name", r[cDisplayName])
	b.command(theFile, "path", r[cPath])
	b.property(0, "process:command_line", r[cPath])
	b.file(theImage, "module_path", r[cModulePath])
}

// lookup: the response is written as Sysmon does it, the status is a Windows
// error.
func (r *osqueryRow) lookup(b *builder) {
	e := b.event
	e.Kind = telemetry.DNS
	if v, ok := b.see(observable.Domain, 0, "name", r[cName]); ok {
		e.Name = v.Text
	}
	e.DNSAnswer = r[cStatus] != ""
	e.NXDomain = r[cStatus] == "9003"
	b.answers("response", r[cResponse])
	r.actor(b)
}

// actor adds the process that did it.
func (r *osqueryRow) actor(b *builder) {
	b.file(theImage, "path", r[cPath])
	b.image(r[cPath])
	b.number("process:pid", r[cPID])
}

// connection: what was accepted began at the other side. A remote address of
// zeros is a socket's that listens.
func (r *osqueryRow) connection(b *builder) {
	e := b.event
	e.Kind = telemetry.Flow
	e.Proto = protocolName(r[cProtocol])
	local, localPort := r.end(b, cLocalAddress), port(r[cLocalPort])
	remote, remotePort := r.end(b, cRemoteAddress), port(r[cRemotePort])
	e.Source, e.SourcePort, e.Target, e.TargetPort = local, localPort, remote, remotePort
	if strings.HasPrefix(r[cAction], "accept") {
		e.Source, e.SourcePort, e.Target, e.TargetPort = remote, remotePort, local, localPort
	}
	e.Contact = e.Target.IsValid() && remotePort != 0 && remote.IsValid()
	e.Failed = e.Contact && r[cStatus] == "failed"
	r.actor(b)
}

func (r *osqueryRow) end(b *builder, c column) netip.Addr {
	if a, err := netip.ParseAddr(r[c]); err == nil && a.IsUnspecified() {
		return netip.Addr{}
	}
	return b.address(columnNames[c], r[c])
}

// protocolName is the name of a number of IANA's registry of protocols.
func protocolName(number string) string {
	switch number {
	case "1":
		return "icmp"
	case "6":
		return "tcp"
	case "17":
		return "udp"
	case "58":
		return "ipv6-icmp"
	}
	return ""
}

// address is a socket that listens, or a name server.
func (r *osqueryRow) address(b *builder) {
	if a, err := netip.ParseAddr(r[cAddress]); err == nil && !a.IsUnspecified() {
		b.address("address", r[cAddress])
	}
	r.actor(b)
}

func (r *osqueryRow) process(b *builder) {
	b.event.Kind = telemetry.Process
	b.file(theFile, "path", r[cPath])
	if r[cPath] == "" && r[cName] != "" {
		b.see(observable.FileName, theFile, "name", r[cName])
		b.property(0, "process:image_ref.name", r[cName])
	}
	r.hashes(b)
	b.image(r[cPath])
	b.imageHashes()
	b.number("process:pid", r[cPID])
	b.property(0, "process:command_line", r[cCmdline])
	b.property(0, "process:cwd", r[cCwd])
	b.number("process:parent_ref.pid", r[cParent])
}

// file: of an event the path is the target's, and the executable is the
// process that did it.
func (r *osqueryRow) file(b *builder) {
	path, field := r[cTargetPath], "target_path"
	if path == "" {
		path, field = r[cPath], "path"
	}
	if path != "" || r[cMD5] != "" || r[cSHA1] != "" || r[cSHA256] != "" {
		b.event.Kind = telemetry.File
	}
	b.event.FileName = path
	b.file(theFile, field, path)
	r.hashes(b)
	b.file(theImage, "executable", r[cExecutable])
	b.image(r[cExecutable])
	if r[cExecutable] != "" {
		b.number("process:pid", r[cPID])
	}
	b.file(theDestination, "dest_path", r[cDestPath])
}

func (r *osqueryRow) hashes(b *builder) {
	b.hash(theFile, "md5", "md5", r[cMD5])
	b.hash(theFile, "sha1", "sha1", r[cSHA1])
	b.hash(theFile, "sha256", "sha256", r[cSHA256])
}
