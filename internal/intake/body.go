package intake

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// contributionNamespace is that of the UUIDs of contributions.
var contributionNamespace = uuid.MustParse("5f1f3f2c-6c1b-4c55-9b5e-0d6a3c0e5a17")

// finish numbers the parts and names the contribution.
func (p *parts) finish() (id string, drafts []ledger.Draft) {
	name := fmt.Appendf(nil, "%s\n%s\n%x", p.s.Partner, p.s.Audience, p.content.Sum(nil))
	if len(p.origin) > 0 { // the same objects of two contributions elsewhere can be taken back one by one
		name = append(append(name, '\n'), p.origin...)
	}
	if p.s.Key != nil {
		keyed := hmac.New(sha256.New, p.s.Key)
		keyed.Write(name)
		name = keyed.Sum(nil)
	}
	id = "contribution--" + uuid.NewSHA1(contributionNamespace, name).String()
	total := 0
	for _, g := range p.order {
		if len(g.open.text) > p.head {
			g.full, g.open = append(g.full, g.open), piece{}
		}
		total += len(g.full)
	}
	for _, g := range p.order {
		for _, one := range g.full {
			drafts = append(drafts, ledger.Draft{
				Kind: contribution.KindAccepted, Actor: string(p.s.Partner), Audience: g.audience,
				Body: p.body(id, len(drafts)+1, total, one),
			})
		}
	}
	return id, drafts
}

// body writes a contribution.Part around objects that are JSON already. What
// stands before them is written into the room that was left for it.
func (p *parts) body(id string, part, total int, one piece) []byte {
	source, err := jsontext.AppendQuote(nil, p.s.Source)
	if err != nil {
		source = []byte(`""`) // not UTF-8
	}
	b := make([]byte, 0, p.head)
	b = fmt.Appendf(b, `{"id":"%s","part":%d,"parts":%d,"source":%s`, id, part, total, source)
	if one.granular {
		b = append(b, `,"granular":true`...)
	}
	if one.red {
		b = append(b, p.recipients...)
	}
	b = append(b, p.origin...)
	b = append(b, `,"objects":[`...)
	begin := p.head - len(b)
	copy(one.text[begin:], b)
	return append(one.text, "]}"...)[begin:]
}
