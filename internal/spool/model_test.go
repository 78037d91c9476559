package spool_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/spool"
)

// The spool against a slice: random appends, deliveries and crashes. A crash is
// simulated by opening a copy of the files as they are, with a tail that is torn
// off at any byte of a record that was not acknowledged.
func TestAgainstAModel(t *testing.T) {
	base := inMemory(t)
	run := 0
	rapid.Check(t, func(t *rapid.T) {
		run++
		dir := filepath.Join(base, fmt.Sprint(run))
		limits := spool.Limits{
			Bytes: rapid.SampledFrom([]int64{2_000, 20_000, 1 << 20}).Draw(t, "bytes"),
			Items: rapid.SampledFrom([]int{4, 50, 1000}).Draw(t, "items"),
		}
		s, err := spool.Open(dir, limits)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { s.Close() }()
		var queue [][]byte
		var state []byte
		made, dropped, delivered := 0, 0, 0
		item := func() []byte {
			made++
			return append(fmt.Appendf(nil, "%d:", made), bytes.Repeat([]byte{byte(made)}, rapid.IntRange(0, 200).Draw(t, "size"))...)
		}
		// settle lets the model follow what gave way, and checks the rest.
		settle := func() {
			gone := len(queue) - s.Len()
			if gone < 0 {
				t.Fatalf("%d wait, there should be at most %d", s.Len(), len(queue))
			}
			if gone > 0 && s.Len()+1 <= limits.Items && s.Bytes() > limits.Bytes {
				t.Fatalf("%d gave way and there are %d bytes", gone, s.Bytes())
			}
			queue, dropped = queue[gone:], dropped+gone
			if uint64(dropped) != s.Dropped() || made != dropped+delivered+len(queue) {
				t.Fatalf("made %d, dropped %d (it says %d), delivered %d, waiting %d", made, dropped, s.Dropped(), delivered, len(queue))
			}
			if !bytes.Equal(state, s.State()) {
				t.Fatalf("the state is %q, want %q", s.State(), state)
			}
			if len(s.Damage()) > 0 && !s.Damage()[0].Torn {
				t.Fatalf("damage: %v", s.Damage())
			}
			id, first, err := s.Next()
			switch {
			case len(queue) == 0 && !errors.Is(err, spool.ErrEmpty):
				t.Fatalf("nothing waits, but %q", first)
			case len(queue) > 0 && (err != nil || !bytes.Equal(first, queue[0]) || id == 0):
				t.Fatalf("the first is %q (%v), want %q", first, err, queue[0])
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"append": func(*rapid.T) {
				var items [][]byte
				for range rapid.IntRange(0, 4).Draw(t, "n") {
					items = append(items, item())
				}
				next := fmt.Appendf(nil, "state %d", made)
				if err := s.Append(items, next); err != nil {
					t.Fatal(err)
				}
				before := len(queue)
				queue, state = append(queue, items...), next
				if gave := before + len(items) - s.Len(); gave > 0 && gave > before {
					t.Fatalf("of what was appended just now something gave way")
				}
			},
			"done": func(*rapid.T) {
				if id, _, err := s.Next(); err == nil {
					n := rapid.IntRange(1, min(3, len(queue))).Draw(t, "n")
					if err := s.Done(id + uint64(n) - 1); err != nil {
						t.Fatal(err)
					}
					queue, delivered = queue[n:], delivered+n
				}
			},
			"restart": func(*rapid.T) {
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				if s, err = spool.Open(dir, limits); err != nil {
					t.Fatal(err)
				}
			},
			"crash": func(*rapid.T) {
				run++
				copied := filepath.Join(base, fmt.Sprint(run))
				if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
					t.Fatal(err)
				}
				// The copy had another append under way, of which a part was written.
				again, err := spool.Open(copied, limits)
				if err != nil {
					t.Fatal(err)
				}
				names, _ := filepath.Glob(filepath.Join(copied, "*.segment"))
				if len(names) > 0 && limits.Bytes > 1<<19 && limits.Items > 500 {
					newest := slices.Max(names)
					info, err := os.Stat(newest)
					if err != nil {
						t.Fatal(err)
					}
					if err := again.Append([][]byte{[]byte("not acknowledged")}, []byte("never")); err != nil {
						t.Fatal(err)
					}
					after, err := os.Stat(newest)
					if err != nil {
						t.Fatal(err)
					}
					if after.Size() > info.Size() {
						at := rapid.Int64Range(info.Size(), after.Size()-1).Draw(t, "torn")
						if err := os.Truncate(newest, at); err != nil {
							t.Fatal(err)
						}
					} else {
						return // it went to a new segment
					}
				}
				if err := errors.Join(again.Close(), s.Close()); err != nil {
					t.Fatal(err)
				}
				dir = copied
				if s, err = spool.Open(dir, limits); err != nil {
					t.Fatal(err)
				}
			},
			"": func(*rapid.T) { settle() },
		})
	})
}
