package endpoint

import (
	"strings"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// answers reads "type:  5 name.example;::ffff:192.0.2.1;".
func (b *builder) answers(field, list string) {
	for list != "" {
		var one string
		one, list, _ = strings.Cut(list, ";")
		one = strings.TrimSpace(one)
		before := len(b.event.Observables)
		if kind, ok := strings.CutPrefix(one, "type:"); !ok {
			if strings.ContainsAny(one, ".:") {
				b.address(field, one)
			}
		} else if kind, data, ok := strings.Cut(strings.TrimSpace(kind), " "); ok {
			switch data = strings.TrimSpace(data); kind {
			case "1", "28":
				b.address(field, data)
			case "2", "5", "12", "15", "39": // NS, CNAME, PTR, MX, DNAME
				b.answerName(field, data)
			}
		}
		for i := before; i < len(b.event.Observables); i++ {
			b.event.Observables[i].Answer = true
		}
	}
}

// answerName: some versions write an address behind "type:  5".
func (b *builder) answerName(field, data string) {
	if strings.Contains(data, ":") {
		b.address(field, data)
		return
	}
	b.see(observable.Domain, 0, field, data)
}
