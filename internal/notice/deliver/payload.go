package deliver

import (
	"maps"

	"github.com/go-json-experiment/json"
)

// maxPayload is how long a bulletin can be, in bytes, so that it is no longer than
// MaxBundle in base64 and with a signature.
const maxPayload = MaxBundle/4*3 - 4096

// payload is the bulletin's JSON, at most so many bytes: while it is longer, the list
// that takes the most is halved.
func (b Bulletin) payload(most int) ([]byte, error) {
	b.LeftOut = maps.Clone(b.LeftOut)
	for {
		text, err := json.Marshal(b, json.Deterministic(true))
		if err != nil || len(text) <= most || !b.halve() {
			return text, err
		}
	}
}

// halve leaves out the end of the list that takes the most bytes, and says whether
// there was one.
func (b *Bulletin) halve() bool {
	longest, bytes := -1, 0
	for i, list := range []any{b.Notices, b.Alerts, b.Calls, b.Actions, b.Protections} {
		if text, err := json.Marshal(list); err == nil && len(text) > max(bytes, len("[]")) {
			longest, bytes = i, len(text)
		}
	}
	switch longest {
	case 0:
		b.Notices = shorten(b, "notices", b.Notices, len(b.Notices)/2)
	case 1:
		b.Alerts = shorten(b, "alerts", b.Alerts, len(b.Alerts)/2)
	case 2:
		b.Calls = shorten(b, "calls", b.Calls, len(b.Calls)/2)
	case 3:
		b.Actions = shorten(b, "actions", b.Actions, len(b.Actions)/2)
	case 4:
		b.Protections = shorten(b, "protections", b.Protections, len(b.Protections)/2)
	}
	return longest >= 0
}
