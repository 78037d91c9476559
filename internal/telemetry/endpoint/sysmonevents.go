package endpoint

import (
	"strconv"
	"strings"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/telemetry"
)

// The events that are read (Sysmon, "Events").
const (
	processCreate      = 1
	networkConnect     = 3
	driverLoad         = 6
	imageLoad          = 7
	fileCreate         = 11
	registryKeyEvent   = 12
	registryValueSet   = 13
	registryRename     = 14
	streamHash         = 15
	dnsQuery           = 22
	fileDelete         = 23
	fileDeleteLogged   = 26
	fileBlockFirst     = 27
	executableDetected = 29

	// serviceInstalled is of the service control manager, in the System log.
	serviceInstalled = 7045
)

// The numbers of an event's objects that are files: what it is about, the
// programs of the process that did it and of its parent, and where it went.
const (
	theFile = iota
	theImage
	theParentImage
	theDestination
)

func (r *sysmonRecord) interpret(b *builder) {
	id, _ := strconv.Atoi(r.fields[fEventID])
	switch {
	case id == serviceInstalled && r.isOf("Service Control Manager", "System"):
		r.service(b)
	case r.isOf("Microsoft-Windows-Sysmon", "Microsoft-Windows-Sysmon/Operational"):
		r.sysmon(b, id)
	}
}

// isOf: other programs number their events from 1, too. A record without
// provider and channel is taken for what its reader was made for.
func (r *sysmonRecord) isOf(provider, channel string) bool {
	if p := r.fields[fProvider]; p != "" {
		return strings.EqualFold(p, provider)
	}
	c := r.fields[fChannel]
	return c == "" || strings.EqualFold(c, channel)
}

func (r *sysmonRecord) sysmon(b *builder, id int) {
	e := b.event
	switch id {
	case processCreate:
		e.Kind = telemetry.Process
		r.process(b)
		return
	case networkConnect:
		e.Kind = telemetry.Flow
		r.connection(b)
	case driverLoad, imageLoad:
		e.Kind = telemetry.File
		r.fileEvent(b, fImageLoaded)
	case fileCreate, streamHash, fileDelete, fileDeleteLogged, fileBlockFirst, fileBlockFirst + 1, executableDetected:
		e.Kind = telemetry.File
		r.fileEvent(b, fTargetFilename)
		r.fileAct(b, id)
	case registryKeyEvent, registryValueSet, registryRename:
		e.Kind = telemetry.Registry
		r.registryEvent(b, id)
	case dnsQuery:
		e.Kind = telemetry.DNS
		r.lookup(b)
	default:
		return
	}
	r.actor(b)
}

// actor adds the process that did it.
func (r *sysmonRecord) actor(b *builder) {
	b.file(theImage, "Image", r.fields[fImage])
	b.image(r.fields[fImage])
	b.number("process:pid", r.fields[fProcessID])
}

func (r *sysmonRecord) process(b *builder) {
	image, parent := r.fields[fImage], r.fields[fParentImage]
	b.file(theFile, "Image", image)
	b.hashes(theFile, "Hashes", r.fields[fHashes])
	b.file(theParentImage, "ParentImage", parent)
	b.image(image)
	b.imageHashes()
	b.number("process:pid", r.fields[fProcessID])
	b.property(0, "process:command_line", r.fields[fCommandLine])
	b.property(0, "process:cwd", r.fields[fCurrentDirectory])
	b.parentImage(parent)
	b.number("process:parent_ref.pid", r.fields[fParentProcessID])
	b.property(0, "process:parent_ref.command_line", r.fields[fParentCommandLine])
}

// fileEvent: of a named stream, "x.exe:Zone.Identifier", the file is what
// counts, whose own content is hashed.
func (r *sysmonRecord) fileEvent(b *builder, f field) {
	path := r.fields[f]
	if name := strings.LastIndexAny(path, `/\`) + 1; name > 0 {
		if colon := strings.IndexByte(path[name:], ':'); colon > 0 {
			path = path[:name+colon]
		}
	}
	b.event.FileName = path
	b.file(theFile, fieldNames[f], path)
	b.hashes(theFile, "Hashes", r.fields[fHashes])
	r.origin(b)
}

// fileAct says what was done to the file, and by which process. Sysmon tells of
// files that are made or made anew (11) and removed (23, 26), not of what is
// renamed or written into: of a renaming by copy there is the new file. A named
// stream is not the file's content.
func (r *sysmonRecord) fileAct(b *builder, id int) {
	e, path := b.event, r.fields[fTargetFilename]
	e.FilePath = withoutNamespace(e.FileName)
	e.FileWritten = id == fileCreate && len(path) == len(e.FileName)
	e.FileGone = (id == fileDelete || id == fileDeleteLogged) && len(path) == len(e.FileName)
	b.doer(r.fields[fImage], r.fields[fProcessID], r.fields[fComputer])
}

// origin adds where a browser says that it downloaded a file from: event 15
// has the mark of the web as text.
func (r *sysmonRecord) origin(b *builder) {
	for _, name := range [...]string{"HostUrl=", "ReferrerUrl="} {
		_, text, ok := strings.Cut(r.fields[fContents], name)
		if !ok {
			continue
		}
		if end := strings.IndexAny(text, " \r\n"); end >= 0 {
			text = text[:end]
		}
		if !strings.Contains(text, "://") {
			continue // "about:internet"
		}
		if v, ok := b.see(observable.URL, theFile, "Contents", text); ok {
			if host, ok := v.Host(); ok {
				b.add(host, theFile, "Contents", text)
			}
		}
	}
}

// connection: DestinationHostname is left out, since Sysmon asks the
// address's owner for it, who answers as they like.
func (r *sysmonRecord) connection(b *builder) {
	e := b.event
	e.Proto = b.json.lower(r.fields[fProtocol])
	e.Source = b.address("SourceIp", r.fields[fSourceIP])
	e.Target = b.address("DestinationIp", r.fields[fDestinationIP])
	e.SourcePort = port(r.fields[fSourcePort])
	e.TargetPort = port(r.fields[fDestinationPort])
	e.Contact = e.Source.IsValid() && e.Target.IsValid()
}

func port(text string) uint16 {
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return 0
	}
	return uint16(n)
}

// registryEvent: in event 13, and in 14 of a value, the object's last part is
// the value's name. Both the key and the whole are looked up, since lists
// give either.
func (r *sysmonRecord) registryEvent(b *builder, id int) {
	target := r.fields[fTargetObject]
	if id != registryValueSet {
		b.registry("TargetObject", target)
		b.registry("NewName", r.fields[fNewName])
		return
	}
	b.key("TargetObject", target)
	end := strings.LastIndexByte(target, '\\')
	if end < 0 {
		return
	}
	b.registry("TargetObject", target[:end])
	name := target[end+1:]
	if name == "(Default)" {
		name = ""
	}
	b.property(0, "windows-registry-key:values[*].name", name)
	kind, data := registryData(r.fields[fDetails])
	b.property(0, "windows-registry-key:values[*].data", data)
	b.property(0, "windows-registry-key:values[*].data_type", kind)
}

// registryData reads Sysmon's Details: "DWORD (0x00000001)", "QWORD
// (0x00000000-0x00000001)", "Binary Data", or a text.
func registryData(details string) (kind, data string) {
	if details == "Binary Data" {
		return "REG_BINARY", ""
	}
	for _, numeric := range [...]struct{ before, kind string }{{"DWORD (", "REG_DWORD"}, {"QWORD (", "REG_QWORD"}} {
		if inner, ok := strings.CutPrefix(details, numeric.before); ok && strings.HasSuffix(inner, ")") {
			return numeric.kind, inner[:len(inner)-1]
		}
	}
	return "", details
}

// lookup: QueryStatus is a Windows error, 9003 DNS_ERROR_RCODE_NAME_ERROR.
func (r *sysmonRecord) lookup(b *builder) {
	e := b.event
	if v, ok := b.see(observable.Domain, 0, "QueryName", r.fields[fQueryName]); ok {
		e.Name = v.Text
	}
	e.DNSAnswer = !isEmpty(r.fields[fQueryStatus])
	e.NXDomain = r.fields[fQueryStatus] == "9003"
	b.answers("QueryResults", r.fields[fQueryResults])
}

func (r *sysmonRecord) service(b *builder) {
	b.event.Kind = telemetry.Process
	b.see(observable.Service, 0, "ServiceName", r.fields[fServiceName])
	b.command(theFile, "ImagePath", r.fields[fImagePath])
	b.property(0, "process:command_line", r.fields[fImagePath])
}
