package cluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Ledger is the shared ledger as one node's hub uses it: it reads the node's copy,
// and what it appends the leader does.
type Ledger struct {
	ledger.Ledger // the node's copy
	member        *Member
}

// Ledger is the ledger of the member's hub.
func (m *Member) Ledger() *Ledger { return &Ledger{m.cfg.Local, m} }

// Led is a shared ledger to which the hub of a node that leads appends: each append
// under the lead that its context names. It is what a node's own copy is made of.
type Led struct {
	ledger.Ledger
	Under func(ctx context.Context, term, expected ledger.Seq, drafts ...ledger.Draft) ([]ledger.Entry, error)
}

// Append appends if nobody else has since the lead began.
func (l Led) Append(ctx context.Context, expected ledger.Seq, drafts ...ledger.Draft) ([]ledger.Entry, error) {
	return l.Under(ctx, termOf(ctx), expected, drafts...)
}

// findTime is how long who has something for the leader waits for one: longer than it
// takes to choose one.
const findTime = 15 * time.Second

// Append appends where the ledger is led, and returns when this node has the entries,
// too: see [ledger.Ledger].
func (l *Ledger) Append(ctx context.Context, expected ledger.Seq, drafts ...ledger.Draft) ([]ledger.Entry, error) {
	if len(drafts) == 0 {
		return l.Ledger.Append(ctx, expected)
	}
	term, now := termOf(ctx), l.member.lead()
	switch {
	case term != 0 && term != now:
		return nil, fmt.Errorf("append to ledger: %w", ledger.ErrFenced)
	case now != 0:
		return l.member.appendUnder(ctx, now, expected, drafts)
	}
	return l.member.appendAtLeader(ctx, expected, drafts)
}

// appendUnder appends at this node. Whoever is fenced leads no longer.
func (m *Member) appendUnder(ctx context.Context, term, expected ledger.Seq, drafts []ledger.Draft) ([]ledger.Entry, error) {
	entries, err := m.cfg.Local.Append(under(ctx, term), expected, drafts...)
	if errors.Is(err, ledger.ErrFenced) {
		m.fenced(term)
	}
	return entries, err
}

// appendCall is how a node asks the leader to append.
type appendCall struct {
	Expected ledger.Seq     `json:"expected"`
	Drafts   []ledger.Draft `json:"drafts"`
}

// appendAnswer is what the leader says.
type appendAnswer struct {
	First    ledger.Seq `json:"first,omitzero"` // of the entries
	Conflict bool       `json:"conflict,omitzero"`
	Invalid  string     `json:"invalid,omitzero"`
	Problem  string     `json:"problem,omitzero"`
}

func (a appendAnswer) err() error {
	switch {
	case a.Conflict:
		return ledger.ErrConflict
	case a.Invalid != "":
		return fmt.Errorf("%w: the leading node: %s", ledger.ErrInvalid, a.Invalid)
	case a.Problem != "":
		return fmt.Errorf("%w: the leading node: %s", ledger.ErrUnavailable, a.Problem)
	case a.First == 0:
		return fmt.Errorf("%w: the leading node does not say where it appended", ledger.ErrUnavailable)
	}
	return nil
}

// maxAppend is how many bytes one call between nodes may have: the drafts of a
// contribution in base64, and some.
const maxAppend = 512 << 20

// appendAtLeader has the leader append, and gives the entries as this node's copy
// comes to have them.
func (m *Member) appendAtLeader(ctx context.Context, expected ledger.Seq, drafts []ledger.Draft) ([]ledger.Entry, error) {
	text, err := json.Marshal(appendCall{expected, drafts})
	if err != nil {
		return nil, fmt.Errorf("append at the leading node: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, appendPath, bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("append at the leading node: %w", err)
	}
	answer, err := m.ask(r)
	if errors.Is(err, errHere) {
		if term := m.lead(); term != 0 {
			return m.appendUnder(ctx, term, expected, drafts)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("append at the leading node: %w: %w", ledger.ErrUnavailable, err)
	}
	defer answer.Body.Close() // it was only read
	var said appendAnswer
	if err := json.UnmarshalRead(io.LimitReader(answer.Body, maxWord), &said); err != nil {
		return nil, fmt.Errorf("append at the leading node: %w: whether it was appended is open: %w", ledger.ErrUnavailable, err)
	}
	if err := said.err(); err != nil {
		return nil, fmt.Errorf("append at the leading node: %w", err)
	}
	return m.appended(ctx, said.First, len(drafts))
}

// appended reads n entries from this node's copy once it has them.
func (m *Member) appended(ctx context.Context, first ledger.Seq, n int) ([]ledger.Entry, error) {
	if err := m.cfg.Local.Wait(ctx, first+ledger.Seq(n)-2); err != nil {
		return nil, fmt.Errorf("%w: it is appended, and not here yet: %w", ledger.ErrUnavailable, err)
	}
	entries := make([]ledger.Entry, 0, n)
	for e, err := range m.cfg.Local.Read(ctx, first-1) {
		if err != nil {
			return nil, err
		}
		if entries = append(entries, e); len(entries) == n {
			break
		}
	}
	return entries, nil
}
