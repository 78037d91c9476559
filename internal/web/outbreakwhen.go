package web

import (
	"fmt"
	"net/url"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
)

// whenView is the moment that a page of an outbreak shows, and the ways to others.
type whenView struct {
	tried
	ID       string
	Past     bool      // it shows a moment that was asked for, and not now
	At       time.Time // the moment
	From, To time.Time // when there is something to tell of it
	Earlier  time.Time // the last event before the moment; zero: none
	Next     time.Time // the first after it
}

// sliderAhead is how far the slider's right end may be after now: it counts whole seconds,
// has a step at least, and what happened within this second is before its end.
const sliderAhead = 2 * time.Second

// momentAsked reads the moment that is asked for; past says that one is.
func (p *pages) momentAsked(r reading) (t time.Time, past bool, err error) {
	text := r.URL.Query().Get("as-of")
	now := p.Clock().UTC()
	if text == "" {
		return now, false, nil
	}
	t, err = moment("as-of", text)
	switch {
	case err != nil || !t.After(now):
	case t.Sub(now) <= sliderAhead:
		t = now
	default:
		err = fmt.Errorf("%w: as-of: %s has not come yet: it is %s by the hub's clock", access.ErrInvalid, t.Format(time.RFC3339), now.Format(time.RFC3339))
	}
	return t, true, err
}

// when is the control of a page of an outbreak; what happened until now, to it and to
// those that go on as it, is what it leads to.
func (p *pages) when(r reading, id string, t time.Time, past bool) whenView {
	v, now := whenView{ID: id, Past: past, At: t}, p.Clock().UTC()
	v.From, v.To = p.Views.Chronicle.Span(id, now)
	v.Earlier, v.Next = p.Views.Chronicle.Around(r.who, id, t, now)
	for _, h := range p.beside(r, p.Views.Chronicle.GoesOn(r.who, id, now), now) {
		switch {
		case h.At.After(now):
		case h.At.After(t) && (v.Next.IsZero() || h.At.Before(v.Next)):
			v.Next = h.At
		case h.At.Before(t) && h.At.After(v.Earlier):
			v.Earlier = h.At
		}
	}
	if v.Earlier.Before(v.From) {
		v.Earlier = time.Time{}
	}
	return v
}

// Here is the address of the page at its moment, to which more can be added.
func (v whenView) Here() string {
	if !v.Past {
		return "/outbreaks/" + url.PathEscape(v.ID) + "?"
	}
	return v.Path(v.At)
}

// Path is the address of the page at a moment.
func (v whenView) Path(t time.Time) string {
	return "/outbreaks/" + url.PathEscape(v.ID) + "?as-of=" + url.QueryEscape(t.UTC().Format(time.RFC3339Nano))
}

// Typed is what stands in the field: the moment, as a browser's field has it.
func (v whenView) Typed() string { return v.At.UTC().Format("2006-01-02T15:04:05") }

// The slider counts whole seconds.

// First is the left end of the slider.
func (v whenView) First() int64 { return v.From.Unix() + 1 }

// Last is its right end.
func (v whenView) Last() int64 { return max(v.To.Unix()+1, v.First()+1) }

// Step is how far one key press goes: a five hundredth of the whole, at least a second.
func (v whenView) Step() int64 { return max(1, (v.Last()-v.First())/500) }

// Value is where it stands.
func (v whenView) Value() int64 { return min(max(v.At.Unix(), v.First()), v.Last()) }
