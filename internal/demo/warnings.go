package demo

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// warnings is a log handler that keeps the story's lines readable and forgets
// nothing that went wrong: what hub and edges warn of is told at the end.
type warnings struct {
	mu    sync.Mutex
	count int
	first []string
}

// maxWarnings is how many are told in words.
const maxWarnings = 5

// Enabled is for warnings and errors.
func (w *warnings) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelWarn }

// Handle keeps the record.
func (w *warnings) Handle(_ context.Context, r slog.Record) error {
	text := r.Message
	r.Attrs(func(a slog.Attr) bool {
		text += " " + a.String()
		return true
	})
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.count++; len(w.first) < maxWarnings {
		w.first = append(w.first, text)
	}
	return nil
}

// WithAttrs and WithGroup keep nothing: a warning's own words are enough here.
func (w *warnings) WithAttrs([]slog.Attr) slog.Handler { return w }

// WithGroup is as WithAttrs.
func (w *warnings) WithGroup(string) slog.Handler { return w }

// tell adds them to the story, and says how many there were.
func (w *warnings) tell(s *Story) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, text := range w.first {
		s.tell(time.Time{}, "Warned of in the run: %s", text)
	}
	return w.count
}
