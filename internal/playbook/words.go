package playbook

import (
	"encoding/base64"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/response"
)

// askedOf are those of whom a step is asked, as far as they are known here.
func (t *taker) askedOf(key string, s Step) (asked []string) {
	for _, id := range append([]string{s.Agent}, s.Targets...) {
		a, known := t.p.Agents[id]
		if !known {
			a, known = t.p.Targets[id]
		}
		switch partner, here := t.byName(a.Name); {
		case !known && id != "":
			t.leave("%s: %.100s, which is not defined", key, id)
		case a.Type == "sector" && a.Sector != "":
			asked = append(asked, a.Sector)
		case (a.Type == "organization" || a.Type == "group") && here:
			asked = append(asked, string(partner))
		case known:
			t.leave("%s: %.50s %.200q: whoever opens the template says of whom the step is asked", key, a.Type, a.Name)
		}
	}
	return unique(asked)
}

// commands are told as text.
func (t *taker) commands(key string, s Step) {
	told := Told{Step: key}
	for _, c := range s.Commands {
		text := c.Command
		for _, b64 := range []string{c.CommandB64, c.ContentB64} {
			if decoded, err := base64.StdEncoding.DecodeString(b64); err == nil && text == "" {
				text = string(decoded)
			}
		}
		if c.Description != "" {
			text = strings.TrimSpace(c.Description + "\n" + text)
		}
		told.Commands = append(told.Commands, cut(c.Type+": "+text, maxCommand))
	}
	if len(told.Commands) > 0 {
		t.out.Commands = append(t.out.Commands, told)
	}
	if s.TimeoutMS > 0 {
		t.leave("%s: its timeout of %s: set a deadline", key, time.Duration(min(s.TimeoutMS, 1<<40))*time.Millisecond)
	}
}

// kinds are what the activities of the specification (section 10.8) are here.
var kinds = map[string]response.Kind{
	"restrict-access": response.Isolate, "disconnect-system": response.Isolate,
	"configure-systems": response.Patch, "scan-vulnerabilities": response.Patch, "eliminate-risk": response.Patch,
	"compose-content": response.Notify, "deliver-content": response.Notify, "identify-audience": response.Notify, "identify-channel": response.Notify,
}

// kindOf is the kind of a step: by the activity of its commands, else assistance.
func kindOf(s Step) response.Kind {
	for _, c := range s.Commands {
		if kind, known := kinds[c.Activity]; known {
			return kind
		}
	}
	return response.Assist
}

func name(s Step, otherwise string) string {
	if text := strings.TrimSpace(s.Name); text != "" {
		return text
	}
	if text := strings.TrimSpace(s.Description); text != "" {
		return text
	}
	return otherwise
}

// title is a text on one line, as long as titles may be.
func title(text string) string { return cut(strings.Join(strings.Fields(text), " "), maxTitle) }

func cut(text string, most int) string {
	text = strings.ToValidUTF8(text, "?")
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most-3], "") + "…"
}

func unique(list []string) []string {
	var out []string
	for _, one := range list {
		if !slices.Contains(out, one) {
			out = append(out, one)
		}
	}
	return out
}
