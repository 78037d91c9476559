package witness

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"

	"golang.org/x/mod/sumdb/note"

	"github.com/tocsin-project/tocsin/internal/translog"
)

// sizeType is the media type of the size in an answer 409.
const sizeType = "text/x.tlog.size"

// Handler answers POST /add-checkpoint.
func (w *Witness) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /add-checkpoint", w.serveAdd)
	return mux
}

func (w *Witness) serveAdd(out http.ResponseWriter, in *http.Request) {
	out.Header().Set("Cache-Control", "no-store")
	out.Header().Set("X-Content-Type-Options", "nosniff")
	body, err := io.ReadAll(http.MaxBytesReader(out, in.Body, maxMessage))
	if err != nil {
		refuse(out, &refusal{status: http.StatusBadRequest, reason: fmt.Sprintf("the request cannot be read: %v", err)})
		return
	}
	line, err := w.add(body)
	refused := new(refusal)
	switch {
	case err == nil:
		out.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = out.Write(line) // a log that went away can ask again
	case errors.As(err, &refused):
		refuse(out, refused)
	default:
		w.logger.Error("a checkpoint cannot be cosigned", "error", err)
		http.Error(out, "the witness cannot write what it has seen", http.StatusInternalServerError)
	}
}

// refusal is an answer that cosigns nothing.
type refusal struct {
	status int
	size   int64 // with status 409
	reason string
}

func (r *refusal) Error() string { return r.reason }

func refuse(out http.ResponseWriter, r *refusal) {
	if r.status != http.StatusConflict {
		http.Error(out, r.reason, r.status)
		return
	}
	out.Header().Set("Content-Type", sizeType)
	out.WriteHeader(r.status)
	fmt.Fprintf(out, "%d\n", r.size)
}

// add goes through the checks of C2SP tlog-witness in their order and returns
// the signature line. An error that is no refusal is the witness's own.
func (w *Witness) add(body []byte) (line []byte, err error) {
	r, err := parseRequest(body)
	if err != nil {
		return nil, &refusal{status: http.StatusBadRequest, reason: err.Error()}
	}
	tree, m, signed, err := w.open(r.checkpoint)
	if err != nil {
		return nil, err
	}
	if r.old > tree.Size {
		return nil, &refusal{status: http.StatusBadRequest, reason: fmt.Sprintf("the old size %d is above the checkpoint's, %d", r.old, tree.Size)}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if tree.Size == m.tree.Size && tree.Root != m.tree.Root {
		if !m.at.IsZero() {
			w.keepFork(m, tree, signed)
		}
		if tree.Size > 0 {
			return nil, &refusal{status: http.StatusConflict, size: m.tree.Size}
		}
	}
	if r.old != m.tree.Size {
		return nil, &refusal{status: http.StatusConflict, size: m.tree.Size}
	}
	if err := translog.VerifyConsistency(m.tree, tree, r.proof); err != nil {
		return nil, &refusal{status: http.StatusUnprocessableEntity, reason: err.Error()}
	}
	// A cosignature says what was the largest tree at its time, so times do not
	// go back either when a clock does.
	at := w.clock()
	if at.Before(m.at) {
		at = m.at
	}
	line = w.key.Cosign(tree, at)
	if tree == m.tree && at.Unix() == m.at.Unix() {
		return line, nil // the very line that is on disk: who only repeats costs no writing
	}
	return line, w.keep(m, tree, at, slices.Concat(signed, line))
}

// open checks that a key of a log that is accepted has signed a checkpoint. What
// it returns as signed has the signatures of those keys alone.
func (w *Witness) open(checkpoint []byte) (tree translog.Checkpoint, m *memory, signed []byte, err error) {
	text, err := unverified(checkpoint)
	if err != nil {
		return tree, nil, nil, &refusal{status: http.StatusBadRequest, reason: err.Error()}
	}
	if tree, err = translog.ParseCheckpoint(text); err != nil {
		return tree, nil, nil, &refusal{status: http.StatusBadRequest, reason: err.Error()}
	}
	m = w.logs[tree.Origin]
	if m == nil {
		return tree, nil, nil, &refusal{status: http.StatusNotFound, reason: fmt.Sprintf("the witness does not know a log %q", tree.Origin)}
	}
	n, err := note.Open(checkpoint, note.VerifierList(m.verifiers...))
	if err != nil {
		return tree, nil, nil, &refusal{status: http.StatusForbidden, reason: fmt.Sprintf("no key of the log has signed: %v", err)}
	}
	signed, err = note.Sign(&note.Note{Text: n.Text, Sigs: n.Sigs})
	return tree, m, signed, err
}

// unverified is the text of a note whose signatures nobody has looked at.
func unverified(checkpoint []byte) (string, error) {
	_, err := note.Open(checkpoint, note.VerifierList())
	unknown := new(note.UnverifiedNoteError)
	if errors.As(err, &unknown) {
		return unknown.Note.Text, nil
	}
	return "", fmt.Errorf("the checkpoint is not a signed note: %w", err)
}
