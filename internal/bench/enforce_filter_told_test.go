package bench

import (
	"bufio"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/stream"
)

// receiptsOf counts the receipts that a partner's edge puts on the ledger from now
// on, read off the change stream in the partner's name, and gives what waits for
// the n-th protection's first.
func (f *filterRun) receiptsOf(token string) (nth func(n int) time.Time) {
	h := f.hub()
	request, err := http.NewRequestWithContext(f.Context(), http.MethodGet, h.url+"/api/v1/stream?kinds="+string(protect.KindReceipt), nil)
	if err != nil {
		f.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	answer, err := http.DefaultClient.Do(request)
	if err != nil || answer.StatusCode != http.StatusOK {
		f.Fatalf("follow the receipts: %v %+v", err, answer)
	}
	f.Cleanup(func() { answer.Body.Close() })
	// counted is how many protections had a receipt, and when.
	type counted struct {
		n  int
		at time.Time
	}
	counts := make(chan counted, 1)
	go func() {
		defer close(counts)
		seen := map[string]struct{}{}
		in := bufio.NewReaderSize(answer.Body, 1<<20)
		for {
			line, err := in.ReadBytes('\n')
			if err != nil {
				return
			}
			var l stream.Line
			if json.Unmarshal(line, &l) != nil || protect.EachReceipt(ledger.Entry{Kind: l.Kind, Body: l.Body}, func(r protect.Receipt) {
				if r.InForce {
					seen[r.Protection] = struct{}{}
				}
			}) != nil {
				continue // a line that keeps the connection open
			}
			select {
			case <-counts: // the last count is the one that tells
			default:
			}
			counts <- counted{len(seen), time.Now()}
		}
	}()
	return func(n int) time.Time {
		f.Helper()
		late, last := time.After(patience), 0
		for {
			select {
			case c, open := <-counts:
				if !open {
					f.Fatal("the change stream ended")
				}
				if last = c.n; c.n >= n {
					return c.at
				}
			case <-late:
				f.Fatalf("receipts of %d protections, want %d", last, n)
			}
		}
	}
}
