package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/once"
)

// A form that makes a secret carries a key of its own: whoever sends it twice, with a
// second click or by loading the answer again, has it done once and sees the same page.

// onceField is the form's field with the key.
const onceField = "once"

// Bounds of a form with a key: how long a second one waits for the first, and how long
// the first may go on where its reader has gone, and be folded.
const (
	oncePatience = 10 * time.Second
	onceAgain    = 20 * time.Millisecond
	onceFolds    = 5 * time.Second
)

// onceOnly has an administrator's forms that carry a key carried out once; refuse shows
// the page with why one was not. Anybody else's go on to be refused: whoever was an
// administrator is not shown again what it made.
func (p *pages) onceOnly(next http.HandlerFunc, refuse func(error) http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxActForm)
		_, who, ok := p.SignIn.Reader(r)
		if r.ParseForm() != nil || !ok || !who.AtLeast(access.Administrator) || r.PostForm.Get(onceField) == "" {
			next(w, r)
			return
		}
		key := once.NewKeyed(who.Actor()+" "+who.By(), "form "+r.PostForm.Get(onceField), []byte(r.URL.Path), []byte(r.PostForm.Encode()))
		turn, given, err := p.turn(r.Context(), who, key)
		switch {
		case err != nil:
			refuse(fmt.Errorf("%w: %s", access.ErrConflict, english.say("setup.once", nil)))(w, r)
			return
		case given == nil:
			given = p.inTurn(turn, next, r)
		}
		for name, value := range map[string]string{"Content-Type": given.Type, "Location": given.Location} {
			if value != "" {
				w.Header().Set(name, value)
			}
		}
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(given.Status)
		_, _ = w.Write(given.Body) // a browser that went away asks again
	}
}

// turn takes a form with a key in, once the same form is no longer under way.
func (p *pages) turn(ctx context.Context, who access.Principal, key once.Keyed) (*once.Turn, *once.Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, oncePatience)
	defer cancel()
	for {
		turn, given, err := p.Once.Begin(who.Actor(), key)
		if !errors.Is(err, once.ErrBusy) {
			return turn, given, err
		}
		select {
		case <-ctx.Done():
			return nil, nil, err
		case <-time.After(onceAgain):
		}
	}
}

// inTurn carries a form out and keeps the page that answers it, in memory alone. It
// goes on where its reader has gone, who may have clicked a second time.
func (p *pages) inTurn(turn *once.Turn, next http.HandlerFunc, r *http.Request) *once.Answer {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), oncePatience)
	defer cancel()
	ctx = once.With(ctx, turn)
	once.Secret(ctx)
	page := &keptPage{header: http.Header{}, status: http.StatusOK}
	next(page, r.WithContext(ctx))
	given := once.Answer{Status: page.status, Type: page.header.Get("Content-Type"), Location: page.header.Get("Location"), Body: page.body.Bytes()}
	if turn.Appended() {
		folded, cancel := context.WithTimeout(context.WithoutCancel(ctx), onceFolds)
		defer cancel()
		if err := p.Views.WaitFolded(folded); err != nil {
			p.Logger.Warn("a form with a key ended before its entry was folded", "error", err)
		}
	}
	if err := turn.End(given); err != nil {
		p.Logger.Error("the answer to a form with a key is not kept", "error", err)
	}
	return &given
}

// keptPage is a page while it is written.
type keptPage struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (k *keptPage) Header() http.Header         { return k.header }
func (k *keptPage) WriteHeader(status int)      { k.status = status }
func (k *keptPage) Write(p []byte) (int, error) { return k.body.Write(p) }
