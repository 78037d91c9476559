package jetstream

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/nats-io/nats.go"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Subjects of JetStream's API that the ledger uses, without the stream. The
// node's permissions allow these and no others.
const (
	apiCreate = "$JS.API.STREAM.CREATE."
	apiInfo   = "$JS.API.STREAM.INFO."
	apiLeader = "$JS.API.STREAM.MSG.GET." // answered by the leader of the stream
	apiCopy   = "$JS.API.DIRECT.GET."     // answered by the nearest copy
	apiErase  = "$JS.API.STREAM.MSG.DELETE."
)

// Numbers of JetStream's errors.
const (
	codeNoStream  = 10059
	codeNoMessage = 10037
	codeMoved     = 10071 // the stream's last message is, or will be, another than expected
	codeMovedToo  = 10164 // the same, in a batch
)

// apiError is how JetStream refuses.
type apiError struct {
	Code        int    `json:"err_code"`
	Description string `json:"description"`
}

func (e *apiError) Error() string {
	return fmt.Sprintf("JetStream says: %s (%d)", e.Description, e.Code)
}

func isCode(err error, code int) bool {
	var refused *apiError
	return errors.As(err, &refused) && refused.Code == code
}

// answerTime is how long one question waits for its answer. Who asks asks again.
const answerTime = 2 * time.Second

// ask sends one question to JetStream and reads its answer, or its refusal.
func (l *Ledger) ask(ctx context.Context, subject string, question, answer any) error {
	body, err := json.Marshal(question)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	m, err := l.writes.RequestWithContext(ctx, subject, body)
	switch {
	case l.life.Err() != nil:
		return ledger.ErrClosed
	case err != nil:
		return err
	}
	var refusal struct {
		Error *apiError `json:"error"`
	}
	if err := json.Unmarshal(m.Data, &refusal); err != nil {
		return fmt.Errorf("read the answer to %s: %w", subject, err)
	}
	if refusal.Error != nil {
		return refusal.Error
	}
	if err := json.Unmarshal(m.Data, answer); err != nil {
		return fmt.Errorf("read the answer to %s: %w", subject, err)
	}
	return nil
}

// get asks for messages: by number, or the last one.
type get struct {
	Seq       ledger.Seq `json:"seq,omitzero"`
	Last      string     `json:"last_by_subj,omitzero"`
	Batch     int        `json:"batch,omitzero"`
	MaxBytes  int        `json:"max_bytes,omitzero"`
	NoHeaders bool       `json:"no_hdr,omitzero"`
}

// message is one message of the stream.
type message struct {
	Seq     ledger.Seq `json:"seq"`
	Headers []byte     `json:"hdrs"`
	Data    []byte     `json:"data"`
}

// ofLeader asks the leader of the stream for one entry; nil if there is none.
func (l *Ledger) ofLeader(ctx context.Context, what get) (*message, error) {
	return l.ofLeaderOf(ctx, l.names.stream, what)
}

// ofLeaderOf asks the leader of a stream for one message; nil if there is none.
func (l *Ledger) ofLeaderOf(ctx context.Context, stream string, what get) (*message, error) {
	var answer struct {
		Message *message `json:"message"`
	}
	err := l.ask(ctx, apiLeader+stream, what, &answer)
	if isCode(err, codeNoMessage) {
		return nil, nil
	}
	return answer.Message, err
}

// lastOfLeader finds the stream's last entry.
func (l *Ledger) lastOfLeader(ctx context.Context) (found place, err error) {
	m, err := l.ofLeader(ctx, get{Last: l.names.entries()})
	if err != nil || m == nil {
		return place{}, err
	}
	return m.place()
}

// entryOfLeader reads one entry that has to be there.
func (l *Ledger) entryOfLeader(ctx context.Context, seq ledger.Seq) (ledger.Entry, error) {
	m, err := l.ofLeader(ctx, get{Seq: seq})
	switch {
	case err != nil:
		return ledger.Entry{}, err
	case m == nil:
		return ledger.Entry{}, fmt.Errorf("%w: entry %d was acknowledged but is missing", ledger.ErrCorrupt, seq)
	}
	return openMessage(m.Seq, m.Data)
}

// lastOfNearest finds the last entry of the nearest copy.
func (l *Ledger) lastOfNearest(ctx context.Context) (place, error) {
	body, err := json.Marshal(get{Last: l.names.entries(), NoHeaders: true})
	if err != nil {
		return place{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	m, err := l.reads.RequestWithContext(ctx, apiCopy+l.names.stream, body)
	if err != nil || m.Header.Get(headerStatus) != "" {
		return place{}, err
	}
	return (&message{Data: m.Data}).place()
}

// patiently does something until it succeeds or is refused for a reason that
// does not pass, as long as the context and the ledger's patience last.
func (l *Ledger) patiently(ctx context.Context, do func() error) error {
	deadline := time.Now().Add(l.patience)
	for pause := time.Millisecond; ; pause = min(2*pause, 250*time.Millisecond) {
		err := do()
		if err == nil || errors.Is(err, ledger.ErrCorrupt) || ctx.Err() != nil || l.life.Err() != nil {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%w: gave up after %s: %w", ledger.ErrUnavailable, l.patience, err)
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		case <-l.life.Done():
		}
	}
}

// place opens the message as an entry.
func (m *message) place() (place, error) {
	e, err := openMessage(m.Seq, m.Data)
	return place{ledger.Head{Seq: e.Seq, Hash: e.Hash}, e.Time}, err
}

// writer is who published the message, if it is the first one of its batch.
func (m *message) writer() string {
	h, err := nats.DecodeHeadersMsg(m.Headers)
	if err != nil {
		return ""
	}
	return h.Get(headerAppend)
}
