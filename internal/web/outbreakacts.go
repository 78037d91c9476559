package web

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/outbreak"
)

var outbreakDone = map[string]string{
	"rung":  english.say("outbreak.done.rung", nil),
	"heard": english.say("outbreak.done.heard", nil),
	"ended": english.say("outbreak.done.ended", nil),
	"false": english.say("outbreak.done.false", nil),
}

// settlePatience is how long who rings waits for the deciders.
const settlePatience = 2 * time.Second

func (p *pages) mayRing(r reading, v *outbreaksView) {
	from, _ := p.Views.Access.Partner(r.who.Partner)
	v.MayRing, v.Alone = r.coordinates(), from.Designated || r.who.Partner == ""
}

// ring puts a coordinator's word on the ledger, and shows the alarm if it rings.
func (p *pages) ring(r reading, act string) (string, error) {
	if act != "ring" {
		return "", unknownAct(act)
	}
	w := outbreak.Warning{Reason: words(r, "reason")}
	if text := strings.TrimSpace(r.PostForm.Get("port")); text != "" {
		port, err := strconv.ParseUint(text, 10, 16)
		if err != nil || port == 0 {
			return "", fmt.Errorf("%w: port: %q is none: write a number from 1 to 65535", access.ErrInvalid, text)
		}
		w.Port = uint16(port)
	}
	for line := range strings.FieldsSeq(r.PostForm.Get("values")) {
		v, err := observable.Infer(line)
		if err != nil {
			return "", fmt.Errorf("%w: values: %w", access.ErrInvalid, err)
		}
		w.Values = append(w.Values, v)
	}
	from, _ := p.Views.Access.Partner(r.who.Partner)
	draft, err := p.Views.Outbreak.Ring(r.who, from, w, p.Clock())
	if err := p.append(r, draft, err); err != nil {
		return "", err
	}
	settled, cancel := context.WithTimeout(r.Context(), settlePatience)
	defer cancel()
	_ = p.Views.WaitDecided(settled) // on a busy hub the answer may come before the alarm
	for _, o := range p.Views.Outbreak.List() {
		same := w.Port != 0 && o.Port == w.Port || slices.ContainsFunc(w.Values, func(v observable.Value) bool { return slices.Contains(o.Values, v) })
		if same && o.Status == outbreak.Open && r.who.MaySee("", o.Audience()) {
			return "/outbreaks/" + url.PathEscape(o.ID) + "?done=rung", nil
		}
	}
	return "/outbreaks?done=heard", nil
}

// endOutbreak ends an outbreak for good, as over or as a false alarm.
func (p *pages) endOutbreak(r reading, act string) (string, error) {
	if act != "end" && act != "false" {
		return "", unknownAct(act)
	}
	id, _, err := p.goesOn(r, r.PathValue("id"))
	if err != nil {
		return "", err
	}
	draft, err := p.Views.Outbreak.End(r.who, id, words(r, "reason"), act == "false", p.Clock())
	done := map[string]string{"end": "ended", "false": "false"}[act]
	return "/outbreaks/" + url.PathEscape(id) + "?done=" + done, p.append(r, draft, err)
}
