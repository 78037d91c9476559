package access

import (
	"bytes"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Signed adds to the body of each draft, which is a JSON object, the member
// "by": the token or the person that asks for it. An entry's actor names only
// the partner, or the hub.
func Signed(who Principal, drafts ...ledger.Draft) ([]ledger.Draft, error) {
	signed := make([]ledger.Draft, 0, len(drafts))
	for _, d := range drafts {
		body := bytes.TrimSpace(d.Body)
		if len(body) < 2 || body[0] != '{' || body[len(body)-1] != '}' {
			return nil, fmt.Errorf("sign %s: its body is no JSON object", d.Kind)
		}
		open := bytes.TrimSpace(body[:len(body)-1])
		text := append(make([]byte, 0, len(open)+64), open...)
		if len(open) > 1 {
			text = append(text, ',')
		}
		text, err := jsontext.AppendQuote(append(text, `"by":`...), who.By())
		if err != nil {
			return nil, fmt.Errorf("sign %s: %w", d.Kind, err)
		}
		d.Body = append(text, '}')
		signed = append(signed, d)
	}
	return signed, nil
}
