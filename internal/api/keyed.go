package api

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tocsin-project/tocsin/internal/once"
)

// keyHeader has a request carried out once.
const keyHeader = "Idempotency-Key"

// Where the types of problems are described, for programs to tell them apart.
const problemTypes = "https://github.com/tocsin-project/tocsin/blob/main/docs/response.md#"

// The problems that only a key has (draft-ietf-httpapi-idempotency-key-header,
// section 2.7).
const (
	typeKeyOther = problemTypes + "key-of-another-request"
	typeKeyBusy  = problemTypes + "key-under-way"
	typeKeyTaken = problemTypes + "key-taken"
)

// graceOfCaller is how long a request with a key goes on after its caller has
// gone: its answer waits for who asks again.
const graceOfCaller = 30 * time.Second

// foldPatience is with the views, where an append is in doubt.
const foldPatience = 5 * time.Second

func changes(method string) bool {
	return method == http.MethodPost || method == http.MethodPut || method == http.MethodPatch || method == http.MethodDelete
}

// keyed carries out a request that changes something and has a key once, and
// gives the same answer to whoever of the caller's sends it again. The body has
// been read.
func (a *API) keyed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		headers := r.Header.Values(keyHeader)
		if len(headers) == 0 || !changes(r.Method) {
			next.ServeHTTP(w, r)
			return
		}
		if len(headers) > 1 {
			a.writeProblem(w, huma.Error400BadRequest(keyHeader+": send one"))
			return
		}
		key, err := once.ParseKey(headers[0])
		if err != nil {
			a.writeProblem(w, huma.Error400BadRequest(err.Error()))
			return
		}
		var text []byte
		if whole, some := r.Body.(*read); some {
			text = whole.text
		}
		who := principal(r.Context())
		k := once.NewKeyed(who.Actor()+" "+who.By(), key, []byte(r.Method), []byte(r.URL.Path), []byte(r.URL.RawQuery), text)
		turn, given, err := a.Once.Begin(who.Actor(), k)
		switch {
		case err != nil:
			a.writeProblem(w, keyProblem(err))
			return
		case given == nil:
			given = a.once(turn, next, r)
		}
		write(w, given)
	})
}

// once carries a request out and keeps its answer. It goes on for a while where
// its caller has gone.
func (a *API) once(turn *once.Turn, next http.Handler, r *http.Request) (given *once.Answer) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(r.Context()))
	defer cancel()
	defer context.AfterFunc(r.Context(), func() { time.AfterFunc(graceOfCaller, cancel) })()
	heard := &hearing{header: http.Header{}, answer: once.Answer{Status: http.StatusOK}}
	defer func() {
		if turn.Appended() {
			folded, cancel := context.WithTimeout(context.WithoutCancel(ctx), foldPatience)
			defer cancel()
			if err := a.Views.WaitFolded(folded); err != nil {
				a.Logger.Warn("a request with a key ended before its entry was folded", "error", err)
			}
		}
		if err := turn.End(heard.end()); err != nil {
			a.Logger.Error("the answer to a request with a key is not kept", "error", err)
		}
	}()
	a.guarded(next).ServeHTTP(heard, r.WithContext(once.With(ctx, turn)))
	answer := heard.end()
	return &answer
}

// hearing is an answer while it is written.
type hearing struct {
	header  http.Header
	answer  once.Answer
	body    bytes.Buffer
	started bool
}

func (h *hearing) Header() http.Header { return h.header }

func (h *hearing) WriteHeader(status int) {
	if !h.started {
		h.started, h.answer.Status = true, status
	}
}

func (h *hearing) Write(p []byte) (int, error) {
	h.started = true
	return h.body.Write(p)
}

func (h *hearing) end() once.Answer {
	one := h.answer
	one.Type, one.Location, one.Wait = h.header.Get("Content-Type"), h.header.Get("Location"), h.header.Get("Retry-After")
	one.Body = h.body.Bytes()
	return one
}

// write gives an answer, for the first time or again.
func write(w http.ResponseWriter, given *once.Answer) {
	for name, value := range map[string]string{"Content-Type": given.Type, "Location": given.Location, "Retry-After": given.Wait} {
		if value != "" {
			w.Header().Set(name, value)
		}
	}
	w.WriteHeader(given.Status)
	_, _ = w.Write(given.Body) // a caller that went away asks again
}

// keyProblem says why a request with a key is not carried out.
func keyProblem(err error) error {
	var taken *once.TakenError
	p := &huma.ErrorModel{Status: http.StatusConflict, Detail: err.Error()}
	switch {
	case errors.Is(err, once.ErrOther):
		p.Type, p.Status = typeKeyOther, http.StatusUnprocessableEntity
	case errors.As(err, &taken):
		p.Type = typeKeyTaken
	default:
		p.Type = typeKeyBusy
	}
	p.Title = http.StatusText(p.Status)
	if errors.Is(err, once.ErrBusy) {
		return later(p, time.Second)
	}
	return p
}

// secretMembers are the names of what an answer shows once, or of a person, who can
// be erased.
var secretMembers = []string{"token", "secret", "enrolment", "invitation", "password", "email"}

// private says whether an answer of this type must not be kept on disk: it shows
// a secret, or speaks of a person.
func private(t reflect.Type) bool { return holds(t, map[reflect.Type]bool{}) }

func holds(t reflect.Type, seen map[reflect.Type]bool) bool {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || seen[t] {
		return false
	}
	seen[t] = true
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if slices.Contains(secretMembers, name) || f.IsExported() && holds(f.Type, seen) {
			return true
		}
	}
	return false
}

// keyParameter is the header in the document.
func keyParameter() *huma.Param {
	most := once.MaxKey
	return &huma.Param{
		Name: keyHeader, In: "header", Schema: &huma.Schema{Type: huma.TypeString, MaxLength: &most},
		Description: "a key of your making, such as a UUID in quotation marks: the request is carried out once however often you send it with this key, within 24 hours",
	}
}
