package endpoint

import "github.com/tocsin-project/tocsin/internal/telemetry"

// fate is what was done to a file.
type fate uint8

const (
	other fate = iota
	written
	renamed // or moved here from a place that the row may name
	gone
)

// fates are the words for it of osquery's tables of file events: file_events'
// action (osquery/events/linux/inotify.cpp, kMaskActions), ntfs_journal_events'
// (osquery/events/windows/usn_journal_reader.cpp, kNTFSEventToStringMap),
// process_file_events' operation and es_process_file_events' event_type. Of the
// first, the two halves of a renaming are rows of their own.
var fates = map[string]fate{
	"CREATED": written, "UPDATED": written, "MOVED_TO": written, "DELETED": gone, "MOVED_FROM": gone,
	"FileCreation": written, "FileWrite": written, "FileOverwrite": written, "FileTruncation": written, "FileRename_NewName": renamed, "FileDeletion": gone,
	"create": written, "write": written, "truncate": written, "open+truncate": written, "rename": renamed, "unlink": gone,
}

// fileAct says what was done to a file, and by which process, where the row is of
// a table of file events. Those of file_events and ntfs_journal_events do not
// know the process: the host stands for it.
func (r *osqueryRow) fileAct(b *builder, host string) {
	e := b.event
	if fates[r[cEventType]] != other && r[cFilename] != "" { // the path is the process's
		e.Kind = telemetry.File
		r.done(b, fates[r[cEventType]], r[cFilename], r[cFilename], r[cDestFilename])
		b.doer(r[cPath], r[cPID], host)
		return
	}
	if e.Kind != telemetry.File {
		return
	}
	path := r[cPath]
	if r[cTargetPath] != "" {
		path = r[cTargetPath]
	}
	from, to := path, r[cDestPath]
	if r[cOldPath] != "" {
		from, to = r[cOldPath], path
	}
	what := max(fates[r[cAction]], fates[r[cOperation]])
	r.done(b, what, path, from, to)
	if what != other {
		b.doer(r[cExecutable], r[cPID], host)
	}
}

func (r *osqueryRow) done(b *builder, what fate, path, from, to string) {
	e := b.event
	e.FilePath = withoutNamespace(path)
	switch what {
	case written:
		e.FileWritten = true
	case renamed:
		e.FileWritten = true
		if to != "" && to != from {
			e.FilePath, e.FileFrom = withoutNamespace(to), withoutNamespace(from)
		}
	case gone:
		e.FileGone = true
	}
}
