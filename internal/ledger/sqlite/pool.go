package sqlite

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"zombiezen.com/go/sqlite"
)

// maxReaders is how many pages are read at the same time; a reader holds its
// connection for one page, so that many more can take turns.
const maxReaders = 8

// pool lends read-only connections and opens them as they are needed.
type pool struct {
	path  string
	turns chan struct{} // one token for each connection lent

	mu   sync.Mutex
	idle []*sqlite.Conn
}

func newPool(path string) *pool {
	return &pool{path: path, turns: make(chan struct{}, maxReaders)}
}

// with lends a connection to do. An error of do closes the connection, so
// that the next reader begins with nothing remembered.
func (p *pool) with(ctx, life context.Context, do func(*sqlite.Conn) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if life.Err() != nil {
		return ledger.ErrClosed
	}
	select {
	case p.turns <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	case <-life.Done():
		return ledger.ErrClosed
	}
	defer func() { <-p.turns }()
	conn, err := p.pick()
	if err != nil {
		return fmt.Errorf("open a connection: %w", err)
	}
	if err := do(conn); err != nil {
		return errors.Join(err, conn.Close())
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = append(p.idle, conn)
	return nil
}

func (p *pool) pick() (*sqlite.Conn, error) {
	p.mu.Lock()
	if n := len(p.idle); n > 0 {
		conn := p.idle[n-1]
		p.idle = p.idle[:n-1]
		p.mu.Unlock()
		return conn, nil
	}
	p.mu.Unlock()
	return openReader(p.path)
}

// close waits until every connection is back, and keeps the turns for good.
func (p *pool) close() error {
	for range maxReaders {
		p.turns <- struct{}{}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	errs := make([]error, 0, len(p.idle))
	for _, conn := range p.idle {
		errs = append(errs, conn.Close())
	}
	p.idle = nil
	return errors.Join(errs...)
}
