package jetstream_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/jetstream"
)

// TestAgree has three nodes bring documents of their own at once: all get the same one.
func TestAgree(t *testing.T) {
	ledgers := openEach(t, startThree(t), jetstream.Options{})
	for round := range 12 {
		name := fmt.Sprintf("doc-%d.json", round)
		if _, err := ledgers[round%3].Agree(soon(t), name, nil); !errors.Is(err, ledger.ErrNoEntry) {
			t.Fatalf("%s before anybody brought it: %v", name, err)
		}
		got := make([][]byte, len(ledgers))
		var wg sync.WaitGroup
		for i, l := range ledgers {
			wg.Go(func() {
				var err error
				if got[i], err = l.Agree(soon(t), name, fmt.Appendf(nil, "node %d's", i)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for i, l := range ledgers {
			for _, mine := range [][]byte{nil, []byte("later")} {
				again, err := l.Agree(soon(t), name, mine)
				if err != nil || !bytes.Equal(got[0], got[i]) || !bytes.Equal(got[0], again) {
					t.Fatalf("%s is %q at node 1, %q at node %d, and then %q, %v", name, got[0], got[i], i+1, again, err)
				}
			}
		}
	}
}

// TestAgreeAlone keeps what was agreed over a restart, and names apart.
func TestAgreeAlone(t *testing.T) {
	dir := t.TempDir()
	node := oneNode(t, dir)
	largest := bytes.Repeat([]byte("x"), jetstream.MaxShared)
	l := openEach(t, []*jetstream.Node{node}, jetstream.Options{Name: "a-name-of-thirty-two-characters-"})[0]
	for name, mine := range map[string][]byte{"a.b": []byte("1"), "a-b": []byte("2"), strings.Repeat("l", 64): largest} {
		if got, err := l.Agree(soon(t), name, mine); err != nil || !bytes.Equal(got, mine) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
	for name, mine := range map[string][]byte{
		"": []byte("x"), "a_b": []byte("x"), "*": []byte("x"), "a b": []byte("x"), "../a": []byte("x"), strings.Repeat("l", 65): []byte("x"),
		"empty": {}, "large": append(largest, 'x'),
	} {
		if _, err := l.Agree(soon(t), name, mine); !errors.Is(err, ledger.ErrInvalid) {
			t.Errorf("%q with %d bytes: %v", name, len(mine), err)
		}
	}
	l.Close()
	node.Close()
	l = openEach(t, []*jetstream.Node{oneNode(t, dir)}, jetstream.Options{Name: "a-name-of-thirty-two-characters-"})[0]
	if got, err := l.Agree(soon(t), "a.b", []byte("9")); err != nil || string(got) != "1" {
		t.Errorf("after a restart: %q, %v", got, err)
	}
}
