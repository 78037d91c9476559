package once

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// reopened is what a hub finds that is started over what is in the file.
func reopened(t *testing.T, r *room, path string) *room {
	t.Helper()
	answers, err := OpenAnswers(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = answers.Close() })
	next := &room{state: r.state, now: r.now, seq: r.seq}
	next.Desk = NewDesk(r.state, answers, func() time.Time { return next.now })
	return next
}

// However the file ends, the answers before are given again, and of the others it
// is said that they were taken.
func TestAnswersSurviveATornFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "answers")
	r := reopened(t, newRoom(InMemory()), path)
	var keys []Keyed
	var sizes []int64
	for i := range 5 {
		k := NewKeyed("token", fmt.Sprint(i))
		turn := r.begin(t, k)
		r.append(t, turn, "a")
		if err := turn.End(Answer{Status: 201, Body: fmt.Append(nil, i)}); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		keys, sizes = append(keys, k), append(sizes, info.Size())
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for cut := range len(whole) + 1 {
		torn := append([]byte(nil), whole[:cut]...)
		if cut%2 == 1 {
			torn = append([]byte(nil), whole...) // a flipped bit
			torn[cut-1] ^= 4
		}
		if err := os.WriteFile(path, torn, 0o600); err != nil {
			t.Fatal(err)
		}
		next := reopened(t, r, path)
		for i, k := range keys {
			_, given, err := next.Begin("identity--1", k)
			var taken *TakenError
			switch before := int64(cut) >= sizes[i] && (cut%2 == 0 || int64(cut-1) >= sizes[i]); {
			case before && (given == nil || string(given.Body) != fmt.Sprint(i)):
				t.Fatalf("cut at %d: answer %d: %v", cut, i, err)
			case !before && !errors.As(err, &taken):
				t.Fatalf("cut at %d: answer %d is %+v (%v)", cut, i, given, err)
			}
		}
	}
}

// A file that grows too long is made anew with the newest answers.
func TestTheFileIsBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "answers")
	answers, err := OpenAnswers(path)
	if err != nil {
		t.Fatal(err)
	}
	defer answers.Close()
	answers.most = 20_000
	r := newRoom(answers)
	var last Keyed
	for i := range 500 {
		last = NewKeyed("token", fmt.Sprint(i))
		turn := r.begin(t, last)
		r.append(t, turn, "a")
		if err := turn.End(Answer{Status: 201, Body: fmt.Append(nil, i)}); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(path); err != nil || info.Size() > answers.most || info.Mode().Perm() != 0o600 {
			t.Fatalf("%v (%v)", info, err)
		}
	}
	next := reopened(t, r, path)
	if _, given, err := next.Begin("identity--1", last); given == nil || string(given.Body) != "499" {
		t.Errorf("the last answer: %+v (%v)", given, err)
	}
	var taken *TakenError
	if _, _, err := next.Begin("identity--1", NewKeyed("token", "0")); !errors.As(err, &taken) || !taken.At.Equal(start) {
		t.Errorf("the first: %v", err)
	}
}

func BenchmarkKeep(b *testing.B) {
	answers, err := OpenAnswers(filepath.Join(b.TempDir(), "answers"))
	if err != nil {
		b.Fatal(err)
	}
	defer answers.Close()
	body := make([]byte, 2000)
	for i := 0; b.Loop(); i++ {
		k := NewKeyed("token", fmt.Sprint(i))
		if err := answers.keep(answer{Key: k.Key, Seq: 1, At: start, Answer: Answer{Status: 201, Body: body}}, false); err != nil {
			b.Fatal(err)
		}
	}
}
