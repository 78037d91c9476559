package stream

import (
	"fmt"
	"math"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Mark is what a reader remembers of the last line that it took in: enough to
// go on after it, and to notice if the hub then tells another story. The zero
// Mark is the beginning.
type Mark struct {
	Cursor string      `json:"cursor"`
	N      uint64      `json:"n"`
	Chain  ledger.Hash `json:"chain"`
}

// Verifier checks on the reader's side that the stream is whole. It belongs to
// one goroutine.
type Verifier struct {
	at    Mark
	chain chainer
}

// Resume checks what comes after a mark.
func Resume(after Mark) *Verifier { return &Verifier{at: after} }

// Mark is that of the last line that passed.
func (v *Verifier) Mark() Mark { return v.at }

// Cursor is that of the last line that passed, "" at the beginning.
func (v *Verifier) Cursor() string { return v.at.Cursor }

// Check takes the next line in. It fails with ErrGap if it is not the next
// one and with ErrAltered if its content is not what the chain commits to; it
// then stays where it is.
func (v *Verifier) Check(l Line) error {
	if l.N != v.at.N+1 {
		return fmt.Errorf("%w: line %d came where line %d was due: connect again after the cursor of line %d; if that does not help, start at the beginning",
			ErrGap, l.N, v.at.N+1, v.at.N)
	}
	if l.Cursor == "" {
		return fmt.Errorf("%w: line %d has no cursor", ErrAltered, l.N)
	}
	if len(l.Kind) > math.MaxUint8 || len(l.By) > math.MaxUint16 || len(l.Body) > math.MaxUint32 || l.Time.Nanosecond()%1000 != 0 {
		return fmt.Errorf("%w: line %d holds what no entry can", ErrAltered, l.N)
	}
	chain := v.chain.next(v.at.Chain, l.N, l.Time, string(l.Kind), l.By, l.Body)
	if chain != l.Chain {
		return fmt.Errorf("%w: line %d says chain %s, its content gives %s: the line or the story before it was changed on the way or at the hub",
			ErrAltered, l.N, l.Chain, chain)
	}
	v.at = Mark{Cursor: l.Cursor, N: l.N, Chain: chain}
	return nil
}

// ParseLine reads one line, with or without its newline. Members that it does
// not know it skips, so that the format can grow.
func ParseLine(text []byte) (Line, error) {
	var l Line
	if err := json.Unmarshal(text, &l); err != nil {
		return Line{}, fmt.Errorf("%w: %w", ErrLine, err)
	}
	if l.N == 0 || l.Kind == "" || len(l.Body) == 0 {
		return Line{}, fmt.Errorf("%w: a line has n from 1, a kind and a body", ErrLine)
	}
	return l, nil
}
