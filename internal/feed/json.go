package feed

import (
	"bufio"
	"cmp"
	"io"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// item is a protection as a reader of the feed needs it. Whose reports it
// rests on and the reason for people stay inside: they may name partners.
type item struct {
	ID string `json:"id"`
	observable.Value
	Polarity protect.Polarity `json:"polarity"`
	Status   protect.Status   `json:"state"`
	Rule     string           `json:"rule"`
	Answer   string           `json:"answer,omitzero"` // must-resolve: answer with this address
	Exact    bool             `json:"exact,omitzero"`  // of a domain: the names beneath it are not meant
	Except   []string         `json:"except,omitzero"` // block of a domain: names beneath it that must resolve
	TLP      access.TLP       `json:"tlp,omitzero"`    // how far it may be told; absent: green
	Sure     int              `json:"confidence"`      // 1 to 100, when it was decided or renewed
	Decided  time.Time        `json:"decided"`
	Expires  time.Time        `json:"expires,omitzero"`
}

// JSON writes {"protections":[...]}, one protection a line: must-resolve,
// then blocks, then what is only observed. A block of a domain means its
// subdomains as well, but for those under "except", unless it is "exact".
func JSON(w io.Writer, s Set) error {
	out := bufio.NewWriter(w)
	out.WriteString(`{"protections":[`)
	separator := "\n"
	for _, list := range [][]*protect.Protection{s.MustResolve(), s.Blocks(), s.Observed()} {
		for _, p := range list {
			line := item{
				ID: p.ID, Value: p.Value, Polarity: p.Polarity, Status: p.Status, Rule: p.Rule, Answer: p.Answer, Exact: p.Exact,
				TLP: p.TLP, Sure: cmp.Or(p.Confidence, 100), Decided: p.Decided.UTC(), Expires: p.Expires.UTC(),
			}
			if p.Polarity == protect.Block && p.Type == observable.Domain && !p.Exact {
				line.Except = s.Except(p.Text)
			}
			out.WriteString(separator)
			if err := json.MarshalWrite(out, line); err != nil {
				return err
			}
			separator = ",\n"
		}
	}
	out.WriteString("\n]}\n")
	return out.Flush()
}
