package hindsight_test

import (
	"bufio"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/hindsight"
	"github.com/tocsin-project/tocsin/internal/observable"
)

const crashDir = "HINDSIGHT_CRASH_DIR"

func numbered(i int) observable.Value {
	return observable.Value{Type: observable.Domain, Text: fmt.Sprintf("host-%d.example", i)}
}

// TestMain is the child of TestKilled when it is asked to be: it notes each of
// a hundred values once a round, flushes, stores the mark, and says the round.
func TestMain(m *testing.M) {
	dir := os.Getenv(crashDir)
	if dir == "" {
		os.Exit(m.Run())
	}
	var mark uint64
	if text, err := os.ReadFile(filepath.Join(dir, "mark")); err == nil {
		mark, _ = strconv.ParseUint(string(text), 10, 64)
	}
	memory, err := hindsight.Open(filepath.Join(dir, "memory"), hindsight.Options{Mark: &mark})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	for {
		for i := range 100 {
			memory.Note(numbered(i), netip.Addr{}, time.Now())
		}
		if err := memory.Flush(); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		stored := []byte(strconv.FormatUint(memory.Mark(), 10))
		if err := os.WriteFile(filepath.Join(dir, "mark.new"), stored, 0o600); err != nil {
			os.Exit(1)
		}
		if err := os.Rename(filepath.Join(dir, "mark.new"), filepath.Join(dir, "mark")); err != nil {
			os.Exit(1)
		}
		memory.Stored(memory.Mark())
		fmt.Println("round")
	}
}

// Killed with kill -9 wherever it is, the memory holds each round whose mark
// was stored, once, and nothing of the others.
func TestKilled(t *testing.T) {
	dir := t.TempDir()
	rounds := uint64(0)
	for life := range 6 {
		child := exec.CommandContext(t.Context(), os.Args[0])
		child.Env = append(os.Environ(), crashDir+"="+dir)
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		told := uint64(0)
		for want := 3 + 7*life; told < uint64(want) && lines.Scan(); told++ {
			if lines.Text() != "round" {
				t.Fatalf("the child says %q", lines.Text())
			}
		}
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for lines.Scan() { // what it had said before it died
			told++
		}
		child.Wait()
		text, err := os.ReadFile(filepath.Join(dir, "mark"))
		if err != nil {
			t.Fatal(err)
		}
		mark, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		m, err := hindsight.Open(filepath.Join(dir, "memory"), hindsight.Options{Mark: &mark})
		if err != nil {
			t.Fatal(err)
		}
		first, ok := m.Ask(numbered(0), false)
		// It may have stored one more than it came to say.
		if !ok || first.Count < rounds+told || first.Count > rounds+told+1 {
			t.Fatalf("life %d: %d rounds are remembered, %d were told before and %d now", life, first.Count, rounds, told)
		}
		rounds = first.Count
		for i := range 100 {
			if past, _ := m.Ask(numbered(i), false); past.Count != rounds {
				t.Fatalf("life %d: value %d was seen %d times, value 0 %d times", life, i, past.Count, rounds)
			}
		}
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
