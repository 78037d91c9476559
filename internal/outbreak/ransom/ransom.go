// Package ransom finds what ransomware does to files in records of who wrote,
// renamed and removed them. It reads records only, never a file.
//
// # Files turned into one extension
//
// A file is turned when it comes to be known by a new extension: it is renamed
// (a.docx to a.docx.wncry, or to 8c1f.wncry), or a file with the further
// extension is made and the original goes. A finding is due when one actor, a
// process or over SMB a client, within 60 s of telemetry turns at least 20 files
// into the same new extension, and if these and those just before, without a pause
// of 60 s, are of 3 former extensions or more and in 3 folders or more. A file that was only made beside its original, which is not known
// to have gone, counts half: sensors often do not show removals, and tools that
// leave a file beside each (checksums, licences, previews) are common. A file
// that comes back under its old name, as after sed -i or a save, is no longer
// turned. A rename that only takes something off, as a download's end does, is
// not counted, nor are files that were temporary before.
//
// The extension must be new. These are not: those that this package knows
// (kinds.go), the numbers and dates of rotation, those of Config.Known, and those
// that the network writes habitually: 20 files or more on each of three days, a
// count that halves every week, and never what was found. Of these extensions, a
// known one still counts if it is put behind another by renaming the very file
// (a.docx to a.docx.zip): archivers and compressors write a new file instead. Not
// so the names of backups (.bak, .old and their like), which is how people and
// tools rename. So ransomware that calls its work .bak, or writes x.zip and
// removes x, is not found by its extension; nor is one that gives each file
// another extension, or that encrypts in place and renames nothing.
//
// # A note
//
// A finding is also due when an actor within 60 s leaves a file of one name, and
// of a kind that people read (.txt, .html, .hta and the like), in 10 folders in
// which it wrote at most two other names, turned files not counted. Where sensors
// report each overwriting as a writing, a note between files encrypted in place is
// therefore missed. Names that are usual in many folders (index.html, readme.txt)
// are no notes.
//
// # Memory
//
// All tables are of fixed size, about 14 MiB by default, and all that is kept of a path is
// hashes of it. Within eight places that a key may have, what was not used for
// longest is forgotten first; of habits, what was seen on the fewest days.
package ransom

import (
	"cmp"
	"net/netip"
	"time"
)

// Act is one thing done to one file. Its strings are looked at during the call
// only.
type Act struct {
	Host netip.Addr // that did it; over SMB the client. It may be none, where one host alone is watched.
	// Actor tells the host's processes apart; what follows "@" after "#" and the
	// process's number names the host: "C:\x\y.exe#4711@ws-07". Empty for a client.
	Actor string
	Path  string    // that was written, or that the file now has, or that is gone
	From  string    // that it had before it was renamed
	Gone  bool      // it was removed
	At    time.Time // of the telemetry; an act without time, before 1990 or after 2199 is ignored
}

// Finding is one extension into which files are turned, or one note. Counts are
// so far, of actors for which the rule was met; of hosts and folders within
// some 3 in 100.
type Finding struct {
	Extension             string // with its dot, in small letters; at most 32 bytes, see shown
	Note                  string // the file's name; at most 128 bytes
	Hosts, Files, Folders int
	First, Last           time.Time
}

// Config tunes a Detector; a zero field means its default.
type Config struct {
	Files   int           // 20: turned files
	Formers int           // 3: former extensions among them, at most 16
	Folders int           // 3: folders among them, at most 16
	Notes   int           // 10: folders with the same note
	Window  time.Duration // 60 s that files and notes may span
	Every   time.Duration // 5 min: least time between two reports of what grows, unless it doubles
	Quiet   time.Duration // 24 h without growth end a finding; what comes then is another
	Known   []string      // further extensions (".x") and notes' names that are not new

	// Bounds of memory, rounded up to powers of two.
	MaxStreaks  int // 2^12 of an actor and an extension, of 1.5 KB
	MaxNotes    int // 2^13 of an actor and a name
	MaxFolders  int // 2^15 of an actor and a folder
	MaxTraces   int // 2^16 files that were turned or removed
	MaxHabits   int // 2^14 extensions and names
	MaxFindings int // 1,024; then that which has not grown for longest is forgotten
}

func (c Config) withDefaults() Config {
	c.Files, c.Formers, c.Folders = cmp.Or(c.Files, 20), min(cmp.Or(c.Formers, 3), maxFew), min(cmp.Or(c.Folders, 3), maxFew)
	c.Notes = cmp.Or(c.Notes, 10)
	c.Window = cmp.Or(c.Window, time.Minute)
	c.Every = cmp.Or(c.Every, 5*time.Minute)
	c.Quiet = cmp.Or(c.Quiet, 24*time.Hour)
	c.MaxStreaks = cmp.Or(c.MaxStreaks, 1<<12)
	c.MaxNotes = cmp.Or(c.MaxNotes, 1<<13)
	c.MaxFolders = cmp.Or(c.MaxFolders, 1<<15)
	c.MaxTraces = cmp.Or(c.MaxTraces, 1<<16)
	c.MaxHabits = cmp.Or(c.MaxHabits, 1<<14)
	c.MaxFindings = cmp.Or(c.MaxFindings, 1024)
	return c
}
