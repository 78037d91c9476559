package pull

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/intake"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// KindPulled is the ledger entry whose body is a Pulled. Its audience is
// nobody: it is for the hub and for an administrator's audit.
const KindPulled ledger.Kind = "source.pulled"

// Pulled says what one step of a pull got, and how far the source has been
// pulled since. There is none of a pull that got nothing new.
type Pulled struct {
	Source string `json:"source"`
	// From is what the cursor is about; if the source is configured otherwise
	// later, the cursor does not count.
	From   string         `json:"from"`
	Cursor jsontext.Value `json:"cursor,omitzero"` // as the kind of the source has it; none: as before
	// Events are the MISP events that were taken in this step: their
	// timestamps in the feed's manifest (seconds since 1970), by UUID.
	Events       map[string]int64 `json:"events,omitempty"`
	Contribution string           `json:"contribution,omitzero"` // its id, if there is anything new in it
	Taken        int              `json:"taken"`                 // objects
	Rejected     int              `json:"rejected"`              // objects, rows or lines
	// Rejections are the first of them.
	Rejections []intake.Rejection `json:"rejections,omitempty"`
	Problem    string             `json:"problem,omitzero"` // why the pull ended before its end; empty: it is over
}

const (
	maxRejections = 50  // in one entry
	maxProblem    = 500 // bytes of a problem's text, and of a rejection's
	// problemPause is how often a source that goes on failing may say so on the
	// ledger: a server can make each failure look different.
	problemPause = time.Hour
)

// firstOf gives what an entry holds of the rejections, each cut to a length
// that fits whatever the source sent.
func firstOf(all []intake.Rejection) []intake.Rejection {
	some := slices.Clone(all[:min(len(all), maxRejections)])
	for i := range some {
		for _, text := range []*string{&some[i].Pointer, &some[i].ID, &some[i].Rule, &some[i].Reason} {
			*text = cut(*text)
		}
	}
	return some
}

func cut(text string) string {
	if len(text) <= maxProblem {
		return text
	}
	return strings.ToValidUTF8(text[:maxProblem], "") + " ..."
}

// state is what the ledger says of a source.
type state struct {
	from      string
	cursor    jsontext.Value
	events    map[string]int64
	taken     int
	rejected  int
	problem   string    // that was recorded last; empty if it was over since
	problemAt time.Time // when that was recorded
	lastTaken time.Time
}

// apply folds an entry.
func (s *state) apply(e ledger.Entry, p Pulled) {
	if p.From != s.from {
		s.from, s.cursor, s.events = p.From, nil, nil
	}
	if len(p.Cursor) > 0 {
		s.cursor = p.Cursor
	}
	if len(p.Events) > 0 {
		if s.events == nil {
			s.events = map[string]int64{}
		}
		maps.Copy(s.events, p.Events)
	}
	s.taken += p.Taken
	s.rejected += p.Rejected
	if s.problem = p.Problem; p.Problem != "" {
		s.problemAt = e.Time
	}
	if p.Taken > 0 {
		s.lastTaken = e.Time
	}
}

// news says whether the step is worth an entry.
func (s *state) news(p Pulled, now time.Time) bool {
	switch {
	case p.From != s.from && (len(p.Cursor) > 0 || p.Problem != ""),
		len(p.Cursor) > 0 && !bytes.Equal(p.Cursor, s.cursor),
		len(p.Events) > 0, p.Taken > 0, p.Rejected > 0:
		return true
	case p.Problem == "":
		return s.problem != ""
	case s.problem == "":
		return true
	}
	return shape(p.Problem) != shape(s.problem) && now.Sub(s.problemAt) >= problemPause
}

// shape is a problem without what differs each time, such as ports.
func shape(problem string) string {
	return strings.Map(func(c rune) rune {
		if c >= '0' && c <= '9' {
			return -1
		}
		return c
	}, problem)
}

// record appends what a step got, if it is worth an entry, and folds it.
func (s *source) record(ctx context.Context, step Pulled) error {
	step.Source, step.From = s.cfg.Name, s.cfg.origin()
	s.mu.Lock()
	news := s.state.news(step, time.Now())
	s.mu.Unlock()
	if !news {
		return nil
	}
	body, err := json.Marshal(step)
	if err != nil {
		return fmt.Errorf("record what was pulled: %w", err)
	}
	entries, err := s.deps.Append(ctx, ledger.Draft{Kind: KindPulled, Actor: "hub", Body: body})
	if err == nil && len(entries) != 1 {
		err = errors.New("the entry was not appended")
	}
	if err != nil {
		return &ownError{fmt.Errorf("record what was pulled: %w", err)}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.apply(entries[0], step)
	return nil
}
