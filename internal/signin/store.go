package signin

import (
	"crypto/sha256"
	"slices"
	"sync"
	"time"

	"github.com/alexedwards/scs/v2"
)

// store keeps sessions in memory (scs.Store): a restart ends them all, and
// nothing on disk lets anybody in. It knows tokens by their SHA-256 alone, and
// never holds more than maxSessions.
type store struct {
	clock func() time.Time
	tell  func(word []byte) // the hub's other machines; nil: there are none

	mu    sync.Mutex
	by    map[[sha256.Size]byte]kept
	turns uint64 // uses of sessions so far
}

// kept is one session as scs encodes it.
type kept struct {
	session Session
	data    []byte
	used    time.Time
	turn    uint64 // of that use: many can happen at one time
}

const (
	maxSessions = 10_000
	// maxOfPerson is how many places one person can be signed in at.
	maxOfPerson = 20
	// endedAtOnce is how many ends one word to other machines holds.
	endedAtOnce = 200
	// maxOfToken is how many places one token can be pasted at, such as the
	// displays on a partner's walls.
	maxOfToken = 100
)

func newStore(clock func() time.Time) *store {
	return &store{clock: clock, by: map[[sha256.Size]byte]kept{}}
}

func keyOf(token string) [sha256.Size]byte { return sha256.Sum256([]byte(token)) }

// Find gives a session's data. A session that is over is removed.
func (s *store) Find(token string) (data []byte, found bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one, found := s.by[keyOf(token)]
	if found && one.over(s.clock()) {
		delete(s.by, keyOf(token))
		return nil, false, nil
	}
	return one.data, found, nil
}

// Commit keeps a session that begins. How long it lasts is this store's to
// say, by the hub's clock.
func (s *store) Commit(token string, data []byte, _ time.Time) error {
	_, values, err := scs.GobCodec{}.Decode(data)
	if err != nil {
		return err
	}
	session, _ := values[sessionKey].(Session)
	s.keep(keyOf(token), session, data)
	s.say(word{Began: []begunElsewhere{{keyOf(token), data}}})
	return nil
}

// keep keeps a session that begins.
func (s *store) keep(token [sha256.Size]byte, session Session, data []byte) {
	now := s.clock()
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, one := range s.by {
		if one.over(now) {
			delete(s.by, key)
		}
	}
	most := maxOfPerson // nobody's new session costs another's: what is too many ends its own
	if session.Person == "" {
		most = maxOfToken
	}
	s.dropOldest(most-1, func(other Session) bool { return other.Person == session.Person && other.Token == session.Token })
	s.dropOldest(maxSessions-1, func(Session) bool { return true })
	s.turns++
	s.by[token] = kept{session, data, now, s.turns}
}

// Delete ends a session.
func (s *store) Delete(token string) error {
	s.mu.Lock()
	_, found := s.by[keyOf(token)]
	delete(s.by, keyOf(token))
	s.mu.Unlock()
	if found {
		s.say(word{Ended: [][sha256.Size]byte{keyOf(token)}})
	}
	return nil
}

// dropOldest leaves at most n of the sessions that are meant.
func (s *store) dropOldest(n int, meant func(Session) bool) {
	for {
		var oldest [sha256.Size]byte
		var turn uint64
		count := 0
		for key, one := range s.by {
			if !meant(one.session) {
				continue
			}
			if count++; turn == 0 || one.turn < turn {
				oldest, turn = key, one.turn
			}
		}
		if count <= n {
			return
		}
		delete(s.by, oldest)
	}
}

// touch says that the session is in use. One that has ended meanwhile stays so.
func (s *store) touch(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if one, found := s.by[keyOf(token)]; found {
		s.turns++
		one.used, one.turn = s.clock(), s.turns
		s.by[keyOf(token)] = one
	}
}

// endWhere ends the sessions that are meant and gives them; the one of the
// token spared goes on.
func (s *store) endWhere(spared string, meant func(Session) bool) []Session {
	s.mu.Lock()
	var ended []Session
	var keys [][sha256.Size]byte
	for key, one := range s.by {
		if meant(one.session) && (spared == "" || key != keyOf(spared)) {
			ended, keys = append(ended, one.session), append(keys, key)
			delete(s.by, key)
		}
	}
	s.mu.Unlock()
	for some := range slices.Chunk(keys, endedAtOnce) {
		s.say(word{Ended: some})
	}
	return ended
}

// of are a person's sessions.
func (s *store) of(person string) []Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []Session
	for _, one := range s.by {
		if one.session.Person == person && !one.over(s.clock()) {
			list = append(list, one.session)
		}
	}
	return list
}

// over says whether a session has had its time. A program's token on a wall
// display is not idle in the sense of a person who has left the desk.
func (k kept) over(now time.Time) bool {
	return now.Sub(k.session.Began) >= SessionLife || k.session.Person != "" && now.Sub(k.used) > SessionIdle
}
