package api

import (
	"net/http"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/release"
	"github.com/tocsin-project/tocsin/internal/stream"
)

// teller tells one reader of the stream what it is released.
type teller struct {
	*API
	request  *http.Request
	kinds    selection
	marked   bool            // it is told who may be told
	released *release.Reader // nil: who reads has not been looked up yet
	revision uint64          // of the directory, when it was
	next     *stream.Writer
	out      *lineWriter
}

// still looks up again who reads, if anything has changed that may matter: one
// that may no longer read is told nothing more, however far behind it is.
func (t *teller) still() error {
	revision := t.Views.Access.Revision()
	if t.released != nil && revision == t.revision {
		return nil
	}
	who, err := t.Gate.Still(t.request)
	if err != nil {
		return err
	}
	t.released, t.revision = t.Views.Release.Reader(who), revision
	return nil
}

// tell tells of an entry what the reader may know, and before it whatever was
// taken back meanwhile: a reader far behind learns of that first.
func (t *teller) tell(e ledger.Entry) error {
	if err := t.takenBack(); err != nil {
		return err
	}
	if err := t.still(); err != nil {
		return err
	}
	if !t.kinds.wants(e.Kind) {
		return nil
	}
	released := t.released.Body
	if t.marked {
		released = t.released.Marked
	}
	body, err := released(e, t.next.Position().Seen)
	if err == nil && body != nil {
		body, err = t.kinds.of(e.Kind, body)
	}
	if err != nil || body == nil {
		return t.logged(e, err)
	}
	e.Body = body
	line, err := t.next.Next(e)
	if err != nil {
		return t.logged(e, err)
	}
	return t.out.write(line)
}

// takenBack tells what was taken back since it was last looked for, as far as
// the reader has been told of it.
func (t *teller) takenBack() error {
	at := t.next.Position()
	withdrawals, seen := t.Views.Release.Since(at.Seen)
	for _, w := range withdrawals {
		if err := t.still(); err != nil {
			return err
		}
		// The place goes with the line: a reader that is cut off after it is not
		// told a second time.
		t.next.Seen(w.Seq)
		if !t.kinds.wants(contribution.KindAccepted) {
			continue
		}
		n, err := t.released.Notice(t.request.Context(), t.Views.Ledger, w, at.Seq)
		if err == nil && len(n.Contributions) > 0 {
			err = t.notice(w, n)
		}
		if err != nil {
			return err
		}
	}
	t.next.Seen(seen)
	return nil
}

func (t *teller) notice(w release.Withdrawal, n release.Notice) error {
	body, err := json.Marshal(n)
	if err != nil {
		return err
	}
	line, err := t.next.Ahead(ledger.Entry{Time: w.Time, Kind: contribution.KindTightened, Actor: w.Owner, Body: body})
	if err != nil {
		return err
	}
	return t.out.write(line)
}

// logged notes why the stream cannot go on.
func (t *teller) logged(e ledger.Entry, err error) error {
	if err != nil {
		t.Logger.Error("the change stream cannot go on", "entry", e.Seq, "error", err)
	}
	return err
}
