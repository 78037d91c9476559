package witness_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"github.com/tocsin-project/tocsin/internal/translog"
)

// A log's keys may be several, of which any is enough; lines of others, as of
// other witnesses, do not matter.
func TestKeysOfALog(t *testing.T) {
	c, l := newClock(), newLog(t)
	second, secondKey, err := translog.GenerateKey(origin)
	if err != nil {
		t.Fatal(err)
	}
	l.add(t, "one")
	w, _ := start(t, t.TempDir(), c, secondKey, l.vkey, secondKey)
	mustCosign(t, l, w, 0)
	signer, err := note.NewSigner(second)
	if err != nil {
		t.Fatal(err)
	}
	rotated, err := note.Sign(&note.Note{Text: l.Tree().String()}, signer)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Cosign(t.Context(), 1, nil, rotated); err != nil {
		t.Errorf("signed by the other key: %v", err)
	}
	other, _ := start(t, t.TempDir(), c, l.vkey)
	if _, err := other.Cosign(t.Context(), 0, nil, rotated); refusedWith(err) != 403 {
		t.Errorf("signed by a key that is not known: %v", err)
	}
	line, err := w.Cosign(t.Context(), 1, nil, l.Checkpoint())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Cosign(t.Context(), 0, nil, append(l.Checkpoint(), line...)); err != nil {
		t.Errorf("with the line of another witness: %v", err)
	}
	damaged := bytes.Replace(l.Checkpoint(), []byte("\n1\n"), []byte("\n2\n"), 1)
	if _, err := w.Cosign(t.Context(), 1, nil, damaged); refusedWith(err) != 403 {
		t.Errorf("another size under the signature: %v", err)
	}
	elsewhere, elsewhereKey, err := translog.GenerateKey("other.example")
	if err != nil {
		t.Fatal(err)
	}
	stranger := sameKey(t, aLog{skey: elsewhere, vkey: elsewhereKey})
	if _, err := w.Cosign(t.Context(), 0, nil, stranger.Checkpoint()); refusedWith(err) != 404 {
		t.Errorf("another log: %v", err)
	}
}

// What an answer looks like, byte by byte.
func TestAnswers(t *testing.T) {
	c, l := newClock(), newLog(t)
	l.add(t, "one", "two")
	w, _ := start(t, t.TempDir(), c, l.vkey)
	post := func(body string) (int, http.Header, string) {
		t.Helper()
		answer, err := http.Post(w.URL+"/add-checkpoint", "text/plain", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(answer.Body)
		if err := errors.Join(err, answer.Body.Close()); err != nil {
			t.Fatal(err)
		}
		return answer.StatusCode, answer.Header, string(text)
	}
	checkpoint := string(l.Checkpoint())
	if status, _, text := post("old 0\n\n" + checkpoint); status != 200 || !strings.HasPrefix(text, "— witness.example/tocsin ") || strings.Count(text, "\n") != 1 {
		t.Errorf("%d %q", status, text)
	}
	status, header, text := post("old 0\n\n" + checkpoint)
	if status != 409 || text != "2\n" || header.Get("Content-Type") != "text/x.tlog.size" {
		t.Errorf("%d %v %q", status, header, text)
	}
	hash := l.Tree().Root.String() + "\n"
	for name, body := range map[string]string{
		"nothing": "", "no checkpoint": "old 2\n\n", "no empty line": "old 2\n" + checkpoint, "no size": "old \n\n" + checkpoint,
		"leading nought": "old 02\n\n" + checkpoint, "negative": "old -1\n\n" + checkpoint, "huge": "old 99999999999999999999\n\n" + checkpoint,
		"short hash": "old 2\nAAAA\n\n" + checkpoint, "long proof": "old 2\n" + strings.Repeat(hash, 64) + "\n" + checkpoint,
		"unsigned": "old 2\n\n" + l.Tree().String(), "extension": "old 2\n\n" + strings.Replace(checkpoint, "\n\n", "\nmore\n\n", 1),
		"carriage return": "old 2\r\n\r\n" + checkpoint, "too long": "old 2\n\n" + checkpoint + strings.Repeat("x", 70_000), "above": "old 3\n\n" + checkpoint,
	} {
		if status, _, text := post(body); status != 400 {
			t.Errorf("%s: %d %s", name, status, text)
		}
	}
	if status, _, _ := post("old 2\n" + hash + "\n" + checkpoint); status != 422 {
		t.Errorf("a proof where none is due: %d", status)
	}
	for path, want := range map[string]int{"/": 404, "/add-checkpoint": 405} {
		answer, err := http.Get(w.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		if err := answer.Body.Close(); err != nil || answer.StatusCode != want {
			t.Errorf("GET %s: %d, want %d", path, answer.StatusCode, want)
		}
	}
}
