package web_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"
	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/signature"
)

// nation is a partner that votes with a key file.
type nation struct {
	access.Partner
	who    access.Principal
	signer signature.Signer
}

func (s *site) nation(name string) nation {
	s.t.Helper()
	n := nation{Partner: s.partner(name, "government-national", "NZ")}
	n.who = access.Principal{Partner: n.ID, Role: access.Coordinator, Communities: []string{access.DefaultCommunity}}
	var err error
	if n.signer, err = signature.Generate(); err != nil {
		s.t.Fatal(err)
	}
	s.drafted(s.views.Voters.Register(n.who, n.ID, n.signer.Public().String()))
	return n
}

// drafted appends what was drafted.
func (s *site) drafted(d ledger.Draft, err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
	s.append(d)
}

// file is a case on its way.
type file struct {
	*site
	id      attribution.CaseID
	items   []attribution.EvidenceID
	cites   []attribution.EvidenceID // what the next statement does
	members []nation
}

// open opens a case that names its members, with one item that they all rate.
func (s *site) open(policy, simulated string, members ...nation) *file {
	s.t.Helper()
	f := &file{site: s, members: members}
	parsed, err := attribution.ParsePolicy(policy)
	if err != nil {
		s.t.Fatal(err)
	}
	names := map[access.PartnerID]string{}
	for _, id := range parsed.Partners() {
		p, _ := s.views.Access.Partner(id)
		names[id] = p.Name
	}
	id, draft, err := s.views.Cases.Open(members[0].who, attribution.Opening{
		Party: members[0].Name, Question: "Who did it?", Policy: parsed, Members: names, Simulated: simulated,
		Hypotheses: []attribution.Hypothesis{{ID: "one", Title: "The first group"}, {ID: "two", Title: "The second group"}},
	}, access.ToCommunity(access.Amber))
	s.drafted(draft, err)
	f.id = id
	f.item(attribution.Evidence{Title: "Shared code", Source: "a report", Reliability: "B", Credibility: 2, Relevance: "H", Forgeability: "L"})
	for _, m := range members {
		f.rate(m, f.items[0], "CC", "II")
	}
	return f
}

func (f *file) item(e attribution.Evidence) {
	f.t.Helper()
	e.Case, e.Party, e.Kind = f.id, f.members[0].Name, attribution.Technical
	id, draft, err := f.views.Cases.File(f.members[0].who, e)
	f.drafted(draft, err)
	f.items = append(f.items, id)
	f.cites = f.items[:1]
}

// rate rates an item against the first hypothesis, and against all others.
func (f *file) rate(by nation, item attribution.EvidenceID, first, others attribution.Value) {
	f.t.Helper()
	var ratings []attribution.Rating
	for _, h := range []attribution.HypothesisID{"one", "two", attribution.Unknown, attribution.Other, attribution.FalseFlag} {
		value := others
		if h == "one" {
			value = first
		}
		ratings = append(ratings, attribution.Rating{Case: f.id, Party: by.Name, Evidence: item, Hypothesis: h, Value: value, Reason: "as it looks"})
	}
	drafts, err := f.views.Cases.Rate(by.who, ratings...)
	if err != nil {
		f.t.Fatal(err)
	}
	f.append(drafts...)
}

// propose puts a statement to the vote and gives its digest.
func (f *file) propose(act attribution.Act, text string) string {
	f.t.Helper()
	digest, draft, err := f.views.Cases.Statement(f.members[0].who, attribution.Motion{Case: f.id, Party: f.members[0].Name, Document: attribution.Document{
		Act: act, Finding: "one", Text: text, Likelihood: "likely", Confidence: "moderate", Cites: f.cites, Gaps: []string{"Who paid"}, WouldChange: []string{"An arrest"},
	}})
	f.drafted(draft, err)
	return digest.String()
}

func (f *file) vote(by nation, statement string, choice attribution.Choice, words string) {
	f.t.Helper()
	b := attribution.Ballot{Case: f.id, Statement: statement, Partner: by.ID, Vote: choice, Words: words, Confidence: "high"}
	text, err := b.Message()
	if err != nil {
		f.t.Fatal(err)
	}
	f.drafted(f.views.Cases.Vote(by.who, attribution.Vote{Case: f.id, Party: by.Name, Document: b, Key: by.signer.Public().String(), Signature: by.signer.Sign(text)}, f.views.Voters.May))
}

func (f *file) publish(statement string) {
	f.t.Helper()
	f.drafted(f.views.Cases.Publish(f.members[0].who, attribution.Publication{Case: f.id, Party: f.members[0].Name, Statement: statement}))
}

func (f *file) path(statement string) string {
	return "/cases/" + string(f.id) + "/statements/" + statement
}

// passkey is one in software, of a person that has it already.
type passkey struct {
	t     testing.TB
	key   *ecdsa.PrivateKey
	id    []byte
	user  string
	count uint32
}

// passkey gives a person one, and its credential's id.
func (s *site) passkey(person string) (*passkey, string) {
	s.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		s.t.Fatal(err)
	}
	p := &passkey{t: s.t, key: key, id: []byte("id of " + person), user: person}
	point, err := key.PublicKey.Bytes()
	if err != nil {
		s.t.Fatal(err)
	}
	cose, err := cbor.Marshal(map[int]any{1: 2, 3: -7, -1: 1, -2: point[1:33], -3: point[33:]})
	if err != nil {
		s.t.Fatal(err)
	}
	kept, err := json.Marshal(map[string]any{"id": p.id, "key": cose, "flags": 5, "sign_count": 0, "aaguid": make([]byte, 16)})
	if err != nil {
		s.t.Fatal(err)
	}
	c, draft, err := s.views.Access.SetCredential(access.Credential{Person: person, Kind: access.Passkey, Label: "Key ring", Passkey: kept})
	s.drafted(draft, err)
	return p, c.ID
}

// signs answers the options of a ceremony on a page of the hub.
func (p *passkey) signs(options string) string {
	p.t.Helper()
	var o struct {
		PublicKey struct {
			Challenge string `json:"challenge"`
		} `json:"publicKey"`
	}
	if err := json.Unmarshal([]byte(options), &o); err != nil {
		p.t.Fatal(err)
	}
	p.count++
	client := fmt.Appendf(nil, `{"type":"webauthn.get","challenge":%q,"origin":"https://hub.example","crossOrigin":false}`, o.PublicKey.Challenge)
	party := sha256.Sum256([]byte("hub.example"))
	data := binary.BigEndian.AppendUint32(append(party[:], 0x05), p.count)
	inner := sha256.Sum256(client)
	digest := sha256.Sum256(append(data[:len(data):len(data)], inner[:]...))
	signed, err := ecdsa.SignASN1(rand.Reader, p.key, digest[:])
	if err != nil {
		p.t.Fatal(err)
	}
	url := base64.RawURLEncoding.EncodeToString
	answer, err := json.Marshal(map[string]any{"id": url(p.id), "rawId": url(p.id), "type": "public-key", "clientExtensionResults": map[string]any{},
		"response": map[string]any{"clientDataJSON": url(client), "authenticatorData": url(data), "signature": url(signed), "userHandle": url([]byte(p.user))}})
	if err != nil {
		p.t.Fatal(err)
	}
	return string(answer)
}

// body has a request carry JSON in place of a form.
func body(text string, cookies ...*http.Cookie) func(*http.Request) {
	return func(r *http.Request) {
		fresh, _ := http.NewRequest(http.MethodPost, r.URL.String(), strings.NewReader(text))
		r.Body, r.ContentLength = fresh.Body, fresh.ContentLength
		r.Header.Set("Content-Type", "application/json")
		for _, c := range cookies {
			r.AddCookie(c)
		}
	}
}
