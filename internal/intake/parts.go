package intake

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"hash"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// contributionNamespace is that of the UUIDs of contributions.
var contributionNamespace = uuid.MustParse("5f1f3f2c-6c1b-4c55-9b5e-0d6a3c0e5a17")

// partOverhead is room for what a part's body holds beside its objects.
const partOverhead = 512

// parts gathers objects into the bodies of entries: one audience each, and
// none larger than an entry may be.
type parts struct {
	s       Submission
	content hash.Hash
	groups  map[string]*group
	order   []*group // as the audiences first appear
	count   int
}

// group is the objects of one audience.
type group struct {
	audience string
	full     [][]byte // comma-separated objects, each enough for one entry
	open     []byte
}

func newParts(s Submission) *parts {
	return &parts{s: s, content: sha256.New(), groups: map[string]*group{}}
}

// add puts an object into the part of its audience, without the white space
// between its tokens. identity is what makes it the same object when it is
// sent again.
func (p *parts) add(a access.Audience, raw jsontext.Value, identity []byte) {
	key := a.String()
	g := p.groups[key]
	if g == nil {
		g = &group{audience: key}
		p.groups[key] = g
		p.order = append(p.order, g)
	}
	if len(g.open) > 0 && len(g.open)+1+len(raw) > ledger.MaxBody-partOverhead {
		g.full, g.open = append(g.full, g.open), nil
	}
	if len(g.open) > 0 {
		g.open = append(g.open, ',')
	}
	start := len(g.open)
	g.open = appendCompact(g.open, raw)
	p.content.Write([]byte(key + "\n"))
	if same := len(identity) == len(raw) && &identity[0] == &raw[0]; same {
		identity = g.open[start:]
	}
	p.content.Write(identity)
	p.content.Write([]byte("\n"))
	p.count++
}

// finish numbers the parts and names the contribution.
func (p *parts) finish() (id string, drafts []ledger.Draft) {
	name := fmt.Sprintf("%s\n%s\n%x", p.s.Partner, p.s.Audience, p.content.Sum(nil))
	id = "contribution--" + uuid.NewSHA1(contributionNamespace, []byte(name)).String()
	total := 0
	for _, g := range p.order {
		if len(g.open) > 0 {
			g.full, g.open = append(g.full, g.open), nil
		}
		total += len(g.full)
	}
	for _, g := range p.order {
		for _, objects := range g.full {
			drafts = append(drafts, ledger.Draft{
				Kind: contribution.KindAccepted, Actor: string(p.s.Partner), Audience: g.audience,
				Body: p.body(id, len(drafts)+1, total, objects),
			})
		}
	}
	return id, drafts
}

// body writes a contribution.Part around objects that are JSON already.
func (p *parts) body(id string, part, total int, objects []byte) []byte {
	source, err := jsontext.AppendQuote(nil, p.s.Source)
	if err != nil {
		source = []byte(`""`) // not UTF-8
	}
	b := make([]byte, 0, len(objects)+partOverhead)
	b = fmt.Appendf(b, `{"id":"%s","part":%d,"parts":%d,"source":%s,"objects":[`, id, part, total, source)
	return append(append(b, objects...), "]}"...)
}

// appendCompact copies a well-formed JSON text without the white space between
// its tokens; strings and numbers stay as they are written.
func appendCompact(dst, text []byte) []byte {
	for {
		quote := bytes.IndexByte(text, '"')
		if quote < 0 {
			return appendTokens(dst, text)
		}
		dst = appendTokens(dst, text[:quote])
		end := quote + 1
		for end < len(text) && text[end] != '"' {
			if text[end] == '\\' {
				end++
			}
			end++
		}
		end = min(end+1, len(text))
		dst = append(dst, text[quote:end]...)
		text = text[end:]
	}
}

// appendTokens copies what lies between strings.
func appendTokens(dst, text []byte) []byte {
	for _, c := range text {
		if c > ' ' {
			dst = append(dst, c)
		}
	}
	return dst
}
