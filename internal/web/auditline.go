package web

import (
	"bytes"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/release"
)

// auditLine is an entry in words, with what a check needs.
type auditLine struct {
	Seq        ledger.Seq
	Time       time.Time
	Kind       ledger.Kind
	Words      string
	Reason     string
	Actor      string // by name
	By         string // the person or the token, by name; "" if the entry does not say
	Marked     access.TLP
	Hidden     bool // its marking excludes the reader
	Erased     bool
	Raw        string // the body, indented, or its beginning
	Cut        bool   // there is more of it
	Hash, Prev ledger.Hash
	body       []byte // as released
}

// How much of a body is shown, in bytes: in a list, and on the entry's own page.
const (
	briefBody = 1200
	wholeBody = 96 << 10
)

// auditor shows entries to one reader.
type auditor struct {
	*pages
	released *release.Reader
	head     ledger.Seq
	tokens   map[string]string // what tokens are for, by id
}

func (p *pages) auditor(r reading, head ledger.Head) *auditor {
	a := &auditor{pages: p, released: p.Views.Release.Reader(r.who), head: head.Seq, tokens: map[string]string{}}
	for _, t := range p.Views.Access.Tokens() {
		a.tokens[t.ID] = t.Description
	}
	return a
}

// line shows an entry: an act of security as the audit does, without secrets and
// whatever its audience; any other as far as it is released to the reader.
func (a *auditor) line(e ledger.Entry, most int) (auditLine, error) {
	line := auditLine{Seq: e.Seq, Time: e.Time, Kind: e.Kind, Hash: e.Hash, Prev: e.Prev, Erased: string(e.Body) == ledger.Erased}
	if to, err := access.ParseAudience(e.Audience); err == nil {
		line.Marked = to.TLP
	}
	var err error
	if security(e.Kind) {
		record := access.NewRecord(e)
		line.body, err = json.Marshal(record.About, json.Deterministic(true))
		line.By = a.by(record.By)
	} else {
		line.body, err = a.released.Body(e, a.head)
	}
	if err != nil {
		return line, err
	}
	if line.body == nil {
		return auditLine{Seq: e.Seq, Time: e.Time, Hash: e.Hash, Prev: e.Prev, Marked: line.Marked, Hidden: true}, nil
	}
	line.Actor = a.nameOf(e.Actor)
	about := singles(line.body)
	did := a.acted(about)
	line.Words, line.Reason = a.inWords(e.Kind, did), did.Reason
	if by, _ := about["by"].(string); line.By == "" && by != "" {
		line.By = a.by(by)
	}
	if e.Kind == access.KindSignInSucceeded { // with which token, if it was one
		line.By, line.Reason = a.by(did.Reason), ""
	}
	line.Raw, line.Cut = indented(line.body, most)
	return line, nil
}

// maxSingles is how many bytes of a body are read for what it says: a list of
// thousands of objects comes last in it, and no words name those.
const maxSingles = 32 << 10

// singles is what an object says in single values. Of what is no object the kind says
// enough.
func singles(body []byte) map[string]any {
	about := map[string]any{}
	d := jsontext.NewDecoder(bytes.NewReader(body[:min(len(body), maxSingles)]))
	if token, err := d.ReadToken(); err != nil || token.Kind() != '{' {
		return about
	}
	for d.PeekKind() == '"' {
		name, err := d.ReadToken()
		if err != nil {
			return about
		}
		key := name.String()
		switch d.PeekKind() {
		case '{', '[':
			err = d.SkipValue()
		default:
			var value jsontext.Token
			if value, err = d.ReadToken(); err == nil {
				about[key] = valueOf(value)
			}
		}
		if err != nil {
			return about
		}
	}
	return about
}

// valueOf is a token as a value: nil for null.
func valueOf(token jsontext.Token) any {
	switch token.Kind() {
	case '"':
		return token.String()
	case '0':
		n, _ := token.Float() // of what is too large the words name nothing
		return n
	case 't', 'f':
		return token.Bool()
	default:
		return nil
	}
}

// by is a person or a token by name.
func (a *auditor) by(id string) string {
	if person, ok := a.Views.Access.Person(id); ok {
		return person.Name
	}
	if use, ok := a.tokens[id]; ok && use != "" {
		return english.say("audit.by.token", use)
	}
	if partner, _ := a.Views.Access.Partner(access.PartnerID(id)); partner.Name != "" {
		return partner.Name
	}
	return id
}

// indented is JSON for reading, and whether it was cut.
func indented(body []byte, most int) (string, bool) {
	text := jsontext.Value(body)
	if len(body) <= 4*most {
		if text = bytes.Clone(body); text.Indent() != nil {
			text = body
		}
	}
	if len(text) <= most {
		return string(text), false
	}
	return string(bytes.ToValidUTF8(text[:most], nil)), true
}
