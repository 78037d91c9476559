package cluster

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// Words are what nodes tell each other about what is on no ledger: who is signed in.

// maxWord is how many bytes a word, or what a node says to a call, may have.
const maxWord = 64 << 10

// wordTime is how long one node is waited for.
const wordTime = 2 * time.Second

// OnWord has fn called with what other nodes say of a topic. Call it before Serve.
func (m *Member) OnWord(topic string, fn func(word []byte)) { m.words[topic] = fn }

// Word says something to every node that was heard lately, and returns when they have
// taken it in, or do not answer.
func (m *Member) Word(ctx context.Context, topic string, word []byte) {
	m.mu.Lock()
	var to []string
	for _, p := range m.known {
		if time.Since(p.heard) < silence {
			to = append(to, p.Listen)
		}
	}
	m.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, wordTime)
	defer cancel()
	var telling sync.WaitGroup
	for _, listen := range to {
		telling.Go(func() {
			if err := m.say(ctx, listen, topic, word); err != nil {
				m.cfg.Logger.Warn("a node was not told", "node", listen, "topic", topic, "error", err)
			}
		})
	}
	telling.Wait()
}

func (m *Member) say(ctx context.Context, listen, topic string, word []byte) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://"+listen+wordPath+topic, bytes.NewReader(word))
	if err != nil {
		return err
	}
	answer, err := m.ways.RoundTrip(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close() // it was only read
	if answer.StatusCode != http.StatusNoContent {
		return fmt.Errorf("it answers %s", answer.Status)
	}
	return nil
}

// serveWord hears another node.
func (m *Member) serveWord(w http.ResponseWriter, r *http.Request) {
	hear := m.words[r.PathValue("topic")]
	if hear == nil {
		http.NotFound(w, r)
		return
	}
	word, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxWord))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	hear(word)
	w.WriteHeader(http.StatusNoContent)
}
