package telemetry

import "strings"

// shared reads what was done to a file over SMB from EVE's smb record, whose
// members are as Suricata writes them (rust/src/smb/log.rs, smb_common_header).
// It becomes a File event if it names a file; of other commands it stays Other.
//
// A file that is opened and made if it is not there (FILE_OPEN_IF) is not known to
// have been written; what is then written to it has a record of its own. What the
// server refused was not done.
func (r *record) shared(e *Event) {
	done := r.textOf(fSMBStatus)
	ok := done == "" || done == "STATUS_SUCCESS"
	switch file := r.textOf(fSMBFile); {
	case r.textOf(fRenamedTo) != "":
		e.FilePath, e.FileFrom = r.text[fRenamedTo], r.textOf(fRenamedFrom)
		e.FileWritten = ok
	case file == "" || file == "<share_root>":
		return
	default:
		e.FilePath = file
		switch r.textOf(fSMBDisposition) {
		case "FILE_CREATE", "FILE_SUPERSEDE", "FILE_OVERWRITE", "FILE_OVERWRITE_IF":
			e.FileWritten = ok
		case "":
			e.FileWritten = ok && strings.Contains(r.textOf(fSMBCommand), "_WRITE")
		}
		if r.textOf(fSMBAccess) == "delete on close" {
			e.FileWritten, e.FileGone = false, ok
		}
	}
	e.Kind = File
	if isSMB(e.SourcePort) && !isSMB(e.TargetPort) {
		e.Source, e.Target = e.Target, e.Source
		e.SourcePort, e.TargetPort = e.TargetPort, e.SourcePort
	}
}

func isSMB(port uint16) bool { return port == 445 || port == 139 }

// zeekShared reads what was done to a file from the smb_files log
// (base/protocols/smb/main.zeek, SMB::FileInfo and SMB::Action). As Zeek comes it
// logs what is opened, renamed and removed; writing only where
// SMB::logged_file_actions has it.
func (r *record) zeekShared(e *Event) {
	e.Kind = Other
	action, ok := strings.CutPrefix(r.textOf(zAction), "SMB::FILE_")
	if !ok || !r.has(zSMBName) || r.text[zSMBName] == "<share_root>" {
		return
	}
	e.Kind = File
	e.FilePath = r.inShare(r.text[zSMBName])
	switch action {
	case "WRITE":
		e.FileWritten = true
	case "RENAME":
		e.FileWritten = true
		if r.has(zFormerName) {
			e.FileFrom = r.inShare(r.text[zFormerName])
		}
	case "DELETE":
		e.FileGone = true
	}
}

// inShare puts a file's name behind its share's.
func (r *record) inShare(name string) string {
	share := r.textOf(zShare)
	if share == "" || strings.HasPrefix(name, `\\`) {
		return name
	}
	return r.keep(func(b []byte) []byte {
		return append(append(append(b, strings.TrimRight(share, `\`)...), '\\'), strings.TrimLeft(name, `\`)...)
	})
}
