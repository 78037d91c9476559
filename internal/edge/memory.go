package edge

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/atomicfile"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/stream"
)

// memory is where an edge remembers across a restart how far it is, so that
// it goes on without asking and telling anything twice, and without the hub: the
// state at one moment in one file, and beside it a line for each change since.
// A tail of these that a crash cuts off is asked of the hub again.
type memory struct {
	dir     string
	journal *os.File
	size    int64 // of the journal
	base    int64 // of the state when it was last written whole
	failing bool  // the last note could not be written
	saved   int   // how often the state was written whole: a journal belongs to one of them
}

// remembered is what an edge knows when it starts.
type remembered struct {
	Partner     access.Partner
	Position    stream.Mark
	Protections *decided // by then
	Stops       []protect.Stop
	Told        map[string]map[string]word // by outlet and protection: what the hub has acknowledged
}

// record is one change, and with all of a state the whole.
type record struct {
	Saved     int                  `json:"saved,omitempty"` // which state it is, or belongs to: the first line of both files
	Whole     bool                 `json:"whole,omitempty"` // forget what was decided before
	Decisions []protect.Protection `json:"decisions,omitempty"`
	Stops     []protect.Stop       `json:"stops,omitempty"`
	Told      []toldWord           `json:"told,omitempty"`
	Lost      bool                 `json:"lost,omitempty"` // forget what the hub was told
	Partner   access.Partner       `json:"partner,omitzero"`
	At        stream.Mark          `json:"at,omitzero"`
}

type toldWord struct {
	Outlet     string `json:"outlet"`
	Protection string `json:"protection"`
	word
}

const (
	memoryFile  = "edge.json"
	journalFile = "edge.journal"
	// journalMost is how large the journal becomes, beyond the state's own size,
	// before the state is written whole.
	journalMost = 1 << 20
)

// stateMode lets engines of other users through to the lists below the state
// directory; what the edge keeps for itself is closed to them.
const stateMode = 0o711

// apply changes what is known by one record.
func (k *remembered) apply(r record) {
	if r.Whole {
		k.Protections = newDecided()
		k.Stops = nil
	}
	if r.Lost {
		clear(k.Told)
	}
	if r.Partner.ID != "" {
		k.Partner = r.Partner
	}
	for _, p := range r.Decisions {
		k.Protections.take(p)
	}
	k.Stops = newStops(k.Partner.ID, append(k.Stops, r.Stops...)).list()
	for _, t := range r.Told {
		if k.Told[t.Outlet] == nil {
			k.Told[t.Outlet] = map[string]word{}
		}
		if t.word.said() {
			k.Told[t.Outlet][t.Protection] = t.word
		} else {
			delete(k.Told[t.Outlet], t.Protection)
		}
	}
	if r.At != (stream.Mark{}) {
		k.Position = r.At
	}
}

// load reads the state, and then what changed since.
func (m *memory) load() (remembered, error) {
	kept := remembered{Protections: newDecided(), Told: map[string]map[string]word{}}
	if m.dir == "" {
		return kept, nil
	}
	if err := atomicfile.Clean(m.dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return kept, fmt.Errorf("read the edge's memory: %w", err) // what a crash has left staged
	}
	for _, name := range []string{memoryFile, journalFile} {
		first := true
		path := filepath.Join(m.dir, name)
		text, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return kept, fmt.Errorf("read the edge's memory: %w", err)
		}
		for line := range bytes.Lines(text) {
			var r record
			err := json.Unmarshal(line, &r)
			if err != nil && name == journalFile {
				break // a crash cut it off: the hub is asked again from here
			}
			if err != nil {
				return kept, fmt.Errorf("read the edge's memory: %w; remove %s to start anew", err, path)
			}
			if first && name == journalFile && r.Saved != m.saved {
				break // of an older state: what it says was overtaken
			}
			if first {
				m.saved, first = r.Saved, false
			}
			kept.apply(r)
		}
	}
	return kept, nil
}

// note writes down a change; now and then, and first of all, the whole.
func (m *memory) note(r record, whole func() remembered) error {
	if m.dir == "" {
		return nil
	}
	if m.journal == nil || r.Whole || r.Lost || m.size > m.base+journalMost {
		return m.save(whole())
	}
	line, err := json.Marshal(r)
	if err == nil {
		_, err = m.journal.Write(append(line, '\n'))
	}
	if err == nil && slices.ContainsFunc(r.Decisions, func(p protect.Protection) bool { return !lives(p) }) {
		err = m.journal.Sync() // the hub is told that it is gone: it must not come back with the power
	}
	if err != nil {
		return errors.Join(fmt.Errorf("note in the edge's memory: %w", err), m.close())
	}
	m.size += int64(len(line)) + 1
	return nil
}

// save writes the whole, and begins an empty journal.
func (m *memory) save(kept remembered) error {
	if err := errors.Join(m.close(), os.MkdirAll(m.dir, stateMode)); err != nil {
		return fmt.Errorf("save the edge's memory: %w", err)
	}
	m.saved++
	size := written{}
	err := replaceFiles(m.dir, content{memoryFile, 0o600, func(w io.Writer) error {
		size = written{Writer: w}
		out := bufio.NewWriter(&size)
		for i, r := range kept.records() {
			if i == 0 {
				r.Saved = m.saved
			}
			line, err := json.Marshal(r)
			if err != nil {
				return err
			}
			if _, err := out.Write(append(line, '\n')); err != nil {
				return err
			}
		}
		return out.Flush()
	}})
	if err == nil {
		m.journal, err = os.OpenFile(filepath.Join(m.dir, journalFile), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	}
	if err == nil {
		var line []byte
		if line, err = json.Marshal(record{Saved: m.saved}); err == nil {
			_, err = m.journal.Write(append(line, '\n'))
		}
	}
	if err != nil {
		return fmt.Errorf("save the edge's memory: %w", err)
	}
	m.size, m.base = 0, size.n
	return nil
}

// records are the state as lines of bounded length.
func (k remembered) records() []record {
	list := []record{{Partner: k.Partner, Stops: k.Stops, At: k.Position}}
	const most = 1000
	for _, p := range k.Protections.byAge() {
		if last := &list[len(list)-1]; len(last.Decisions) < most {
			last.Decisions = append(last.Decisions, p)
		} else {
			list = append(list, record{Decisions: []protect.Protection{p}})
		}
	}
	for outlet, words := range k.Told {
		for id, w := range words {
			t := toldWord{outlet, id, w}
			if last := &list[len(list)-1]; len(last.Told) < most {
				last.Told = append(last.Told, t)
			} else {
				list = append(list, record{Told: []toldWord{t}})
			}
		}
	}
	return list
}

func (m *memory) close() error {
	if m.journal == nil {
		return nil
	}
	err := m.journal.Close()
	m.journal = nil
	return err
}

// written counts what is written.
type written struct {
	io.Writer
	n int64
}

func (c *written) Write(b []byte) (int, error) {
	n, err := c.Writer.Write(b)
	c.n += int64(n)
	return n, err
}
