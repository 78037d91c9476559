package signin

import (
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/alexedwards/scs/v2"
	"github.com/go-json-experiment/json"
)

// A hub of several machines tells them of its sessions as they begin and end, so
// that a browser is known at each of them. A machine that was away does not hear of
// it, and has the browser sign in again. How long a session was idle each finds by
// itself; what the ledger ends, each ends by itself.

// MaxWord is how many bytes a word about sessions may have.
const MaxWord = 64 << 10

// word is what one machine tells the others.
type word struct {
	Began []begunElsewhere    `json:"began,omitempty"`
	Ended [][sha256.Size]byte `json:"ended,omitempty"`
}

// begunElsewhere is a session by its token's digest, as scs encodes it.
type begunElsewhere struct {
	Key  [sha256.Size]byte `json:"key"`
	Data []byte            `json:"data"`
}

// Elsewhere has tell called with each word for the hub's other machines, which hand
// it to Hear. Call it before anybody signs in.
func (s *Sessions) Elsewhere(tell func(word []byte)) { s.store.tell = tell }

// Hear takes in another machine's word.
func (s *Sessions) Hear(text []byte) error {
	if len(text) > MaxWord {
		return fmt.Errorf("a word about sessions has %d bytes, at most %d are allowed", len(text), MaxWord)
	}
	var w word
	if err := json.Unmarshal(text, &w); err != nil {
		return fmt.Errorf("read a word about sessions: %w", err)
	}
	for _, one := range w.Began {
		_, values, err := scs.GobCodec{}.Decode(one.Data)
		if err != nil {
			return fmt.Errorf("read a session: %w", err)
		}
		session, ok := values[sessionKey].(Session)
		if !ok {
			return errors.New("read a session: there is none in it")
		}
		s.store.keep(one.Key, session, one.Data)
	}
	s.store.drop(w.Ended...)
	return nil
}

// say tells the other machines, if there are any.
func (s *store) say(w word) {
	if s.tell == nil {
		return
	}
	if text, err := json.Marshal(w); err == nil && len(text) <= MaxWord {
		s.tell(text)
	}
}

// drop ends sessions that have ended elsewhere.
func (s *store) drop(keys ...[sha256.Size]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, key := range keys {
		delete(s.by, key)
	}
}
