package cluster

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Words are calls between nodes about what is in no ledger: who is signed in. Each
// topic has one that answers.

// maxWord is how many bytes a word and its answer may have.
const maxWord = 64 << 10

// wordTime is how long one node is waited for.
const wordTime = 2 * time.Second

// OnWord has what other nodes say of a topic answered by fn. Call it before Serve.
func (m *Member) OnWord(topic string, fn func(word []byte) []byte) { m.words[topic] = fn }

// Word says something to every node that was heard lately, and gives what they
// answer; of those that do not, nothing.
func (m *Member) Word(ctx context.Context, topic string, word []byte) [][]byte {
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
	answers := make(chan []byte, len(to))
	for _, listen := range to {
		go func() {
			answer, err := m.say(ctx, listen, topic, word)
			if err != nil {
				m.cfg.Logger.Warn("a node was not told", "node", listen, "topic", topic, "error", err)
			}
			answers <- answer
		}()
	}
	var all [][]byte
	for range to {
		if answer := <-answers; len(answer) > 0 {
			all = append(all, answer)
		}
	}
	return all
}

func (m *Member) say(ctx context.Context, listen, topic string, word []byte) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://"+listen+wordPath+topic, bytes.NewReader(word))
	if err != nil {
		return nil, err
	}
	answer, err := m.ways.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close() //nolint:errcheck // it was only read
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("it answers %s", answer.Status)
	}
	return io.ReadAll(io.LimitReader(answer.Body, maxWord))
}

// serveWord answers another node.
func (m *Member) serveWord(w http.ResponseWriter, r *http.Request) {
	answer := m.words[r.PathValue("topic")]
	if answer == nil {
		http.NotFound(w, r)
		return
	}
	word, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxWord))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	_, _ = w.Write(answer(word)) // who has gone away hears nothing
}
