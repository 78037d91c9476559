package proof

import (
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/trust"
)

// RecordFormat is the only form of a Record.
const RecordFormat = "tocsin-record-proof/v1"

// Record shows that the public log commits to one record of a case. Two of them
// for one number of a case with different commitments show that the hub has told
// two histories: a record's commitment is over the one before it as well.
type Record struct {
	Format     string             `json:"format"`
	Record     attribution.Record `json:"record" doc:"as in records.jsonl of a dossier"`
	Salt       attribution.Salt   `json:"salt"`
	Index      int64              `json:"index" doc:"of its commitment on the log"`
	Path       [][]byte           `json:"path" doc:"its audit path to the checkpoint's root"`
	Checkpoint string             `json:"checkpoint" doc:"of the public log, with the witnesses' cosignatures"`
}

// NewRecord is the proof of a record whose commitment is the log's entry at index.
func NewRecord(o attribution.Opened, index int64, path tlog.RecordProof, checkpoint []byte) Record {
	return Record{RecordFormat, o.Record, o.Salt, index, fromHashes(path), string(checkpoint)}
}

// RecordProved is what a Record has shown.
type RecordProved struct {
	Case       attribution.CaseID `json:"case"`
	Record     int                `json:"record"`
	Kind       ledger.Kind        `json:"kind"`
	By         access.PartnerID   `json:"by"`
	Party      string             `json:"party"` // what By called itself
	At         time.Time          `json:"at"`    // by the hub's clock
	Commitment string             `json:"commitment"`
	Prev       string             `json:"prev"` // the commitment to the record before
	Index      int64              `json:"index"`
	Origin     string             `json:"origin"`
	Size       int64              `json:"size"`     // of the log
	Cosigned   []time.Time        `json:"cosigned"` // when trusted witnesses had seen the log that holds it
}

// IsRecord says whether a document claims to be a Record.
func IsRecord(text []byte) bool {
	var claimed struct {
		Format string `json:"format"`
	}
	return json.Unmarshal(text, &claimed) == nil && claimed.Format == RecordFormat
}

// ParseRecord reads a document; members that it does not know are errors.
func ParseRecord(text []byte) (Record, error) {
	var r Record
	if err := json.Unmarshal(text, &r, json.RejectUnknownMembers(true)); err != nil {
		return r, fmt.Errorf("read proof: %w: %w", access.ErrInvalid, err)
	}
	if r.Format != RecordFormat {
		return r, fmt.Errorf("read proof: %w: its format is %.60q, known is %s", access.ErrInvalid, r.Format, RecordFormat)
	}
	return r, nil
}

// CheckRecord says what a document proves to somebody who trusts the keys, as
// Check does. Whether the record keeps the rules of its case only all of them
// can show.
func CheckRecord(r Record, keys trust.File) (RecordProved, error) {
	p, err := checkRecord(r, keys)
	if err != nil {
		return RecordProved{}, fmt.Errorf("check the proof of record %d of %.100q: %w: %w", r.Record.N, r.Record.Case, ErrNotProved, err)
	}
	return p, nil
}

func checkRecord(r Record, keys trust.File) (RecordProved, error) {
	tree, cosigned, err := checkpoint([]byte(r.Checkpoint), keys)
	if err != nil {
		return RecordProved{}, err
	}
	text, err := r.Record.Bytes()
	if err != nil {
		return RecordProved{}, err
	}
	var body struct {
		Party string `json:"party"`
	}
	if err := json.Unmarshal(r.Record.Body, &body); err != nil {
		return RecordProved{}, fmt.Errorf("%w: its body: %w", access.ErrInvalid, err)
	}
	commitment := attribution.Commit(r.Salt, text)
	if err := included(r.Path, r.Index, tree, attribution.LeafOf(commitment)); err != nil {
		return RecordProved{}, err
	}
	return RecordProved{
		Case: r.Record.Case, Record: r.Record.N, Kind: r.Record.Kind, By: r.Record.By, Party: body.Party, At: r.Record.At.Time,
		Commitment: commitment.String(), Prev: r.Record.Prev, Index: r.Index, Origin: tree.Origin, Size: tree.Size, Cosigned: cosigned,
	}, nil
}
