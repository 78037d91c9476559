package ransom

import (
	"encoding/binary"
	"strings"

	"github.com/zeebo/xxh3"
)

// Detector watches what is done to one network's files. The package comment has
// its rules. It belongs to one goroutine.
type Detector struct {
	cfg    Config
	window int64 // ns
	known  map[uint64]bool

	streaks table[streak]
	turned  []turning // of each streak, 2*Files
	notes   table[notice]
	left    []leaving // of each notice, Notes
	folders table[folder]
	traces  table[trace]
	habits  table[habit]
	doers   table[doer]

	found map[uint64]*finding // by extension and by note: up to twice MaxFindings

	tick       uint64 // acts so far
	path, from path
	memory     [2][]byte
}

// doer is the last finding that rests on an actor.
type doer struct{ found *finding }

// maxDoers bounds the actors for which the rule was met.
const maxDoers = 1 << 12

// New makes a detector that knows nothing yet.
func New(cfg Config) *Detector {
	cfg = cfg.withDefaults()
	d := &Detector{
		cfg: cfg, window: int64(cfg.Window), known: map[uint64]bool{},
		streaks: newTable[streak](cfg.MaxStreaks), notes: newTable[notice](cfg.MaxNotes), folders: newTable[folder](cfg.MaxFolders),
		traces: newTable[trace](cfg.MaxTraces), habits: newTable[habit](cfg.MaxHabits), doers: newTable[doer](maxDoers),
		found: map[uint64]*finding{},
	}
	for _, text := range cfg.Known {
		d.known[xxh3.HashString(strings.TrimPrefix(strings.ToLower(text), "."))] = true
	}
	d.turned = make([]turning, len(d.streaks.keys)*2*cfg.Files)
	d.left = make([]leaving, len(d.notes.keys)*cfg.Notes)
	for i := range d.memory {
		d.memory[i] = make([]byte, 0, maxPath+1)
	}
	return d
}

// Times that a record can mean, in seconds since 1970: from 1990 to the end of
// 2199. Beyond some 292 years from 1970 nanoseconds overflow, and a time that
// turns out to be another one would make a finding that is never quiet.
const (
	earliest = 631152000
	latest   = 7258118400
)

// Act notes what was done to a file.
func (d *Detector) Act(a Act) {
	if at := a.At.Unix(); at < earliest || at >= latest {
		return
	}
	var ok bool
	if d.memory[0], ok = d.path.read(d.memory[0], a.Path); !ok {
		return
	}
	renamed := false
	if a.From != "" && !a.Gone {
		d.memory[1], renamed = d.from.read(d.memory[1], a.From)
	}
	d.tick++
	who := whose(&a)
	switch {
	case a.Gone:
		d.removed(who, a.At.UnixNano())
	case renamed:
		d.renamed(who, a.At.UnixNano())
	default:
		d.written(who, a.At.UnixNano())
	}
}

// person is who acts, as hashes: a host, and one of its processes.
type person struct{ host, actor uint64 }

func whose(a *Act) person {
	var address [16]byte
	if a.Host.IsValid() {
		address = a.Host.As16()
	}
	host := xxh3.HashSeed(address[:], uint64(a.Host.BitLen()))
	if name := computer(a.Actor); name != "" {
		host = xxh3.HashStringSeed(name, host)
	}
	return person{host: host, actor: xxh3.HashStringSeed(a.Actor, host)}
}

// computer is the host that an actor's text names after its process's number.
func computer(actor string) string {
	at := strings.LastIndexByte(actor, '@')
	if at < 0 || !strings.Contains(actor[:at], "#") {
		return ""
	}
	number := actor[strings.LastIndexByte(actor[:at], '#')+1 : at]
	if strings.Trim(number, "0123456789") != "" {
		return ""
	}
	return actor[at+1:]
}

// key joins hashes.
func key(a, b uint64) uint64 {
	var both [16]byte
	binary.LittleEndian.PutUint64(both[:8], a)
	binary.LittleEndian.PutUint64(both[8:], b)
	return xxh3.Hash(both[:])
}

// Forgotten counts what found no room, by kind of memory. A figure that grows
// fast means that the bounds are too small for the network.
func (d *Detector) Forgotten() map[string]uint64 {
	return map[string]uint64{
		"streaks": d.streaks.forgotten, "notes": d.notes.forgotten, "folders": d.folders.forgotten,
		"traces": d.traces.forgotten, "habits": d.habits.forgotten, "actors": d.doers.forgotten,
	}
}
