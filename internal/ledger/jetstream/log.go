package jetstream

import (
	"fmt"
	"log/slog"
	"strings"
	"sync"
)

// serverLog hands what the server says to slog, and remembers why it gave up:
// by itself it would end the process.
type serverLog struct {
	to *slog.Logger // nil: nowhere

	mu    sync.Mutex
	cause error
}

// fatal is why the server gave up; nil if it did not.
func (s *serverLog) fatal() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cause
}

func (s *serverLog) Fatalf(format string, v ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cause == nil {
		s.cause = fmt.Errorf(format, v...)
	}
}

// Errorf is told of a node that is away several times a second; the hub says so by
// itself, once.
func (s *serverLog) Errorf(format string, v ...any) {
	at := (*slog.Logger).Error
	if strings.Contains(format, "route") {
		at = (*slog.Logger).Debug
	}
	s.write(at, format, v)
}

// What the server warns of or finds worth noting is detail to a hub.
func (s *serverLog) Warnf(format string, v ...any)   { s.write((*slog.Logger).Debug, format, v) }
func (s *serverLog) Noticef(format string, v ...any) { s.write((*slog.Logger).Debug, format, v) }
func (s *serverLog) Debugf(string, ...any)           {}
func (s *serverLog) Tracef(string, ...any)           {}

func (s *serverLog) write(at func(*slog.Logger, string, ...any), format string, v []any) {
	if s.to != nil {
		at(s.to, "ledger node", "said", fmt.Sprintf(format, v...))
	}
}
