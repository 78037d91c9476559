package telemetry

import "encoding/binary"

// habits are what members a sensor writes one after the other. For each kind
// of record it writes the same again and again, so that a member's name need
// seldom be looked for: to compare it with the one that came last time in this
// place is enough.
type habits struct {
	starts [scopes]habit
	others [scopes]habit // stand for the members that are not known
	known  map[habitKey]*habit
}

// habit is a member of a scope as it is written: quote, name, quote, colon.
type habit struct {
	words, masks [3]uint64
	length       int // of what is written
	field        field
	// next are the members that came after this one the last time, in a record
	// of each kind; of the kind Other as long as it is not known.
	next [Registry + 1]*habit
}

type habitKey struct {
	in   scope
	name string // with quotes and colon
}

const (
	longestHabit = 24   // bytes, quotes and colon with them
	maxHabits    = 1024 // bounds the memory for names
)

// never is what no member is: eight zeros.
var never = habit{masks: [3]uint64{1<<64 - 1}}

// start stands before the first member of an object.
func (h *habits) start(in scope) *habit { return &h.starts[in] }

func newHabits() *habits {
	h := &habits{known: map[habitKey]*habit{}}
	for in := range h.starts {
		h.starts[in].forget()
		h.others[in].forget()
	}
	return h
}

func (h *habit) forget() {
	for kind := range h.next {
		h.next[kind] = &never
	}
}

// is says that the text, of at least longestHabit bytes, begins as the habit
// does.
func (h *habit) is(text []byte, at int) bool {
	return (eight(text, at)^h.words[0])&h.masks[0]|(eight(text, at+8)^h.words[1])&h.masks[1]|(eight(text, at+16)^h.words[2])&h.masks[2] == 0
}

// learn notes that the member was written after another.
func (h *habits) learn(after *habit, kind Kind, in scope, f field, written []byte) *habit {
	if len(written) > longestHabit {
		return &h.others[in]
	}
	member, known := h.known[habitKey{in, string(written)}]
	if !known {
		if len(h.known) >= maxHabits {
			return &h.others[in]
		}
		member = newHabit(f, written)
		h.known[habitKey{in, string(written)}] = member
	}
	after.next[kind] = member
	return member
}

func newHabit(f field, written []byte) *habit {
	h := &habit{length: len(written), field: f}
	h.forget()
	var text, mask [longestHabit]byte
	copy(text[:], written)
	for i := range written {
		mask[i] = 0xff
	}
	for i := range h.words {
		h.words[i] = binary.LittleEndian.Uint64(text[8*i:])
		h.masks[i] = binary.LittleEndian.Uint64(mask[8*i:])
	}
	return h
}
