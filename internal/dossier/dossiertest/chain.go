package dossiertest

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Body is the body of a record, as docs/dossier.md names its members.
type Body = map[string]any

// Chain is the records of a case. It takes whatever it is given.
type Chain struct {
	Case    string
	Records []attribution.Opened

	tb   testing.TB
	head string
}

// NewChain is a case without records yet.
func NewChain(tb testing.TB, id string) *Chain {
	return &Chain{Case: id, tb: tb, head: attribution.NoRecord}
}

// Add appends a record and returns its number.
func (c *Chain) Add(kind string, by *Partner, body Body) int {
	c.tb.Helper()
	said := Body{"party": by.Name}
	if kind != "case.opened" {
		said["case"] = c.Case
	}
	for name, value := range body {
		said[name] = value
	}
	n := len(c.Records) + 1
	r := attribution.Record{
		At: attribution.Time{Time: Began.Add(time.Duration(n) * time.Second)}, Body: Canonical(c.tb, said),
		By: by.ID, Case: attribution.CaseID(c.Case), Kind: ledger.Kind(kind), N: n, Prev: c.head,
	}
	c.append(r)
	return n
}

func (c *Chain) append(r attribution.Record) {
	var seed [8]byte
	binary.BigEndian.PutUint64(seed[:], uint64(r.N))
	o := attribution.Opened{Record: r, Salt: sha256.Sum256(append([]byte("salt"), seed[:]...))}
	c.Records = append(c.Records, o)
	c.head = c.commitment(o)
}

func (c *Chain) commitment(o attribution.Opened) string {
	record := sha256.Sum256(Canonical(c.tb, o.Record))
	sum := sha256.Sum256(append(append([]byte("tocsin-record/v1\n"), o.Salt[:]...), record[:]...))
	return hex.EncodeToString(sum[:])
}

// Commitment is the commitment to record n (from 1).
func (c *Chain) Commitment(n int) string { return c.commitment(c.Records[n-1]) }

// Leaves are the log's entries of the records from number n on.
func (c *Chain) Leaves(n int) [][]byte {
	var leaves [][]byte
	for i := n; i <= len(c.Records); i++ {
		leaves = append(leaves, []byte("tocsin-record/v1\n"+c.Commitment(i)+"\n"))
	}
	return leaves
}

// Edit is the chain as somebody makes it who rewrites history: change is told of
// each record and says whether it stays; numbers, links and commitments are made
// anew.
func (c *Chain) Edit(change func(r *attribution.Record, body Body) (keep bool)) *Chain {
	c.tb.Helper()
	edited := NewChain(c.tb, c.Case)
	for _, o := range c.Records {
		r := o.Record
		var body Body
		if err := json.Unmarshal(r.Body, &body); err != nil {
			c.tb.Fatal(err)
		}
		if !change(&r, body) {
			continue
		}
		r.Body, r.N, r.Prev = Canonical(c.tb, body), len(edited.Records)+1, edited.head
		edited.append(r)
	}
	return edited
}

// Lines is records.jsonl of the chain.
func (c *Chain) Lines() []byte {
	var text []byte
	for _, o := range c.Records {
		line := Canonical(c.tb, map[string]any{"record": o.Record, "salt": hex.EncodeToString(o.Salt[:])})
		text = append(append(text, line...), '\n')
	}
	return text
}

// Canonical is a document as RFC 8785 writes it.
func Canonical(tb testing.TB, document any) jsontext.Value {
	tb.Helper()
	text, err := json.Marshal(document)
	if err != nil {
		tb.Fatal(err)
	}
	value := jsontext.Value(text)
	if err := value.Canonicalize(); err != nil {
		tb.Fatal(err)
	}
	return value
}
