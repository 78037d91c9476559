package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/headroom"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// A form is posted to the path of the page that it is on, with the name of what is
// to be done as "act". What was done sends the browser back to a page, which says
// so; what was not is shown on the same page, beside its form, with what was typed.

const maxActForm = 64 << 10 // bytes of a form by which something is done

// tried is the form that was sent and refused. The zero value is none.
type tried struct {
	act    string
	wrong  string
	values url.Values
	beside bool // the page has a form of the act
}

// Wrong is why the form of an act was refused.
func (t tried) Wrong(act string) string {
	if t.act != act {
		return ""
	}
	return t.wrong
}

// Typed is what stood in a field of an act's form.
func (t tried) Typed(act, field string) string {
	if t.act != act {
		return ""
	}
	return t.values.Get(field)
}

// act answers a form: show is the page that it is on, do does it and says where to
// the browser goes then. Without a place the page is shown with what was typed: a
// look before the act, or something that is shown this once.
func (p *pages) act(show func(reading) (content, error), do func(r reading, act string) (to string, err error)) http.HandlerFunc {
	return func(w http.ResponseWriter, request *http.Request) {
		request.Body = http.MaxBytesReader(w, request.Body, maxActForm)
		_, who, ok := p.SignIn.Reader(request)
		if !ok {
			http.Redirect(w, request, "/sign-in", http.StatusSeeOther)
			return
		}
		r := reading{Request: request, who: who, reads: true}
		err := request.ParseForm()
		if err != nil {
			err = fmt.Errorf("%w: the form cannot be read, or has more than %d bytes", access.ErrInvalid, maxActForm)
		}
		act, to := request.PostForm.Get("act"), ""
		if err == nil {
			to, err = do(r, act)
		}
		if err == nil && to != "" {
			http.Redirect(w, request, to, http.StatusSeeOther)
			return
		}
		status, text := http.StatusOK, ""
		if err != nil {
			status, text = p.refusal(r, err)
		}
		r.tried = tried{act: act, wrong: text, values: request.PostForm}
		c, err := show(r)
		if err != nil {
			p.fail(w, r, err)
			return
		}
		p.render(w, r, status, c)
	}
}

// append puts on the ledger what was drafted.
func (p *pages) append(r reading, draft ledger.Draft, err error) error {
	if err != nil {
		return err
	}
	_, err = p.Views.Append(r.Context(), draft)
	return err
}

// decide appends what was drafted on an act of security, in the reader's name. The
// caller holds Deciding since before it drafted.
func (p *pages) decide(r reading, err error, drafts ...ledger.Draft) error {
	if err != nil {
		return err
	}
	return p.Views.Decide(r.Context(), r.who, drafts...)
}

// refusal is why something was not done, for a person.
func (p *pages) refusal(r reading, err error) (status int, text string) {
	if full := (*headroom.Low)(nil); errors.As(err, &full) {
		return http.StatusServiceUnavailable, english.say("door.disk-low", nil)
	}
	if errors.Is(err, ledger.ErrUnavailable) {
		p.Logger.Error("an entry was not taken", "error", err)
		return http.StatusServiceUnavailable, english.say("door.not-recorded", nil)
	}
	if status, text, ok := known(err); ok {
		return status, text
	}
	if r.Context().Err() == nil {
		p.Logger.Error("a form failed", "page", r.Pattern, "error", err)
	}
	return http.StatusInternalServerError, english.say("door.failed", nil)
}

// unknownAct is for a form that no page has.
func unknownAct(act string) error {
	return fmt.Errorf("%w: nothing is called %q: use a form of this page", access.ErrInvalid, act)
}

// words is a field of several lines, without what browsers add.
func words(r reading, field string) string {
	return strings.TrimSpace(strings.ReplaceAll(r.PostForm.Get(field), "\r\n", "\n"))
}

// listed is a field of words with commas between them.
func listed(r reading, field string) []string {
	var list []string
	for one := range strings.SplitSeq(r.PostForm.Get(field), ",") {
		if one = strings.TrimSpace(one); one != "" {
			list = append(list, one)
		}
	}
	return list
}

// moment reads a time in UTC as a browser's field of date and time has it, or as in
// RFC 3339; nothing is the zero time.
func moment(field, text string) (time.Time, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05", time.RFC3339} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%w: %s: %q is no date and time: write it like 2017-05-12T15:04, in UTC", access.ErrInvalid, field, text)
}

// sinceID is the part of a list after what a page before ended with: at most n, and
// how many are left. A place that is gone is the beginning.
func sinceID[T any](list []T, after string, n int, id func(*T) string) (shown []T, left int) {
	for i := range list {
		if after != "" && id(&list[i]) == after {
			list = list[i+1:]
			break
		}
	}
	shown = list[:min(n, len(list))]
	return shown, len(list) - len(shown)
}
