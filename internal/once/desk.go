package once

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// What can be said to a request with a key instead of carrying it out.
var (
	// ErrOther: the key came with another request before.
	ErrOther = errors.New("this Idempotency-Key came with another request before: send this one with a key of its own")
	// ErrBusy: the request with this key is under way.
	ErrBusy = errors.New("the request with this Idempotency-Key is under way: ask again in a moment")
)

// TakenError says that a request was taken, and that its answer is not kept.
type TakenError struct{ At time.Time }

func (e *TakenError) Error() string {
	return fmt.Sprintf("the request with this Idempotency-Key was taken at %s and is not carried out again; its answer is no longer kept: read what it was about", e.At.UTC().Format(time.RFC3339))
}

// Answer is what a request was answered with.
type Answer struct {
	Status   int    `json:"status"`
	Type     string `json:"type,omitempty"`     // Content-Type
	Location string `json:"location,omitempty"` // Location
	Wait     string `json:"wait,omitempty"`     // Retry-After
	Body     []byte `json:"body,omitempty"`
}

// Desk is where requests with keys are taken, one at a time for each key.
type Desk struct {
	state   *State
	answers *Answers
	clock   func() time.Time

	mu   sync.Mutex
	busy map[ledger.Hash]ledger.Hash // the request that is under way with a key
}

// NewDesk makes the desk of a hub.
func NewDesk(state *State, answers *Answers, clock func() time.Time) *Desk {
	return &Desk{state: state, answers: answers, clock: clock, busy: map[ledger.Hash]ledger.Hash{}}
}

// Begin takes a request in: it is to be carried out, and End to be called, or it
// was before and the answer is given again. actor is whom the ledger names. Errors
// are ErrOther, ErrBusy and *TakenError.
func (d *Desk) Begin(actor string, k Keyed) (*Turn, *Answer, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if request, busy := d.busy[k.Key]; busy {
		if request != k.Request {
			return nil, nil, ErrOther
		}
		return nil, nil, ErrBusy
	}
	now := d.clock()
	taken, known := d.state.Find(k.Key, now)
	kept, answer := d.answers.find(k.Key, taken.Seq, now)
	switch {
	case known && taken.Request != k.Request, !known && kept && answer.request != k.Request:
		return nil, nil, ErrOther
	case kept:
		return nil, &answer.Answer, nil
	case known:
		return nil, nil, &TakenError{taken.At}
	}
	d.busy[k.Key] = k.Request
	return &Turn{desk: d, actor: actor, keyed: k}, nil, nil
}

// Turn is one request with a key while it is carried out.
type Turn struct {
	desk  *Desk
	actor string
	keyed Keyed

	mu         sync.Mutex
	marked     bool // its entry was handed to the ledger
	secret     bool
	repeatable bool
}

func (t *Turn) set(change func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	change()
}

// mark says whether this append is the one to remember the request in.
func (t *Turn) mark() (now bool) {
	t.set(func() {
		now = !t.marked && !t.repeatable
		t.marked = t.marked || now
	})
	return now
}

func (t *Turn) unmark() { t.set(func() { t.marked = false }) }

// Appended says whether the request was handed to the ledger with its key; the
// caller of End waits until the state has folded what is there.
func (t *Turn) Appended() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.marked
}

// End lets the next request with the key in. What changed nothing leaves nothing
// behind: it may be sent again, with whatever key. An error says that the answer
// could not be kept, which the request itself survives.
func (t *Turn) End(a Answer) error {
	d := t.desk
	defer func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.busy, t.keyed.Key)
	}()
	t.mu.Lock()
	secret, repeatable := t.secret, t.repeatable
	t.mu.Unlock()
	now := d.clock()
	taken, known := d.state.Find(t.keyed.Key, now)
	switch {
	case a.Status >= 500:
		// It says that the hub failed, and to try again. Where the request was taken all
		// the same, who tries again has to hear just that.
	case known:
		return d.answers.keep(answer{Key: t.keyed.Key, Seq: taken.Seq, At: taken.At, Answer: a, request: taken.Request}, secret)
	case repeatable && a.Status < 300:
		return d.answers.keep(answer{Key: t.keyed.Key, At: now, Answer: a, request: t.keyed.Request}, true)
	}
	return nil
}
