package web

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/publiclog/proof"
	"github.com/tocsin-project/tocsin/internal/trust"
)

// PublicLog is what the pages ask of the hub's public log.
type PublicLog interface {
	// Status is how it stands.
	Status() proof.Status
	// Keys is the trust file of the hub's own keys, as anybody may see it.
	Keys() (string, error)
	// Index is where the log has the leaf of an entry of the ledger, once it has.
	Index(seq ledger.Seq) (int64, bool)
	// ProveRecord proves that the log commits to a record of a case; the error is
	// proof.ErrPending until it does.
	ProveRecord(k attribution.Kept) (proof.Record, error)
	// Renew has the dossier of a case made soon.
	Renew(id attribution.CaseID)
}

// proofsPage is the records of a case with their places on the public log.
type proofsPage struct {
	caseView
	Log     bool // the hub has one
	Status  proof.Status
	Seen    []cosignedView // who has cosigned the checkpoint that proofs are under
	Size    int64          // of the log under that
	Records []provedView
	All     int
	Earlier string // where the records before are; "" for none
	Later   string
	Public  bool // something is published: there is a dossier
	Why     string
}

// provedView is a record and how far it is proved.
type provedView struct {
	stepView
	Kind       string
	Commitment string
	Logged     bool
	Index      int64
	Proved     bool // it is under the checkpoint that enough witnesses have cosigned
}

// cosignedView is a witness and when it has seen the log.
type cosignedView struct {
	Name string
	At   time.Time
}

const maxCaseRecords = 60 // in one page

func (p *pages) caseProofs(r reading) (content, error) {
	base, err := p.caseOf(r, "proofs")
	if err != nil {
		return content{}, err
	}
	kept, err := p.Views.Cases.Records(r.who, base.ID)
	if err != nil {
		return content{}, err
	}
	v := proofsPage{caseView: *base, All: len(kept), Log: p.PublicLog != nil, Public: base.Current() != nil}
	if v.Log {
		v.Status = p.PublicLog.Status()
		p.seen(&v, kept)
	}
	after := leftOff(r, "after", len(kept))
	shown := kept[after:min(after+maxCaseRecords, len(kept))]
	for _, k := range shown {
		text, err := k.Record.Bytes()
		if err != nil {
			return content{}, err
		}
		one := provedView{stepView: v.step(k.Record.N), Kind: english.say(recordKinds[k.Record.Kind], nil), Commitment: attribution.Commit(k.Salt, text).String()}
		if v.Log {
			one.Index, one.Logged = p.PublicLog.Index(k.Seq)
			one.Proved = one.Logged && one.Index < v.Size
		}
		v.Records = append(v.Records, one)
	}
	if after > 0 {
		v.Earlier = "?after=" + strconv.Itoa(max(0, after-maxCaseRecords))
	}
	if after+len(shown) < len(kept) {
		v.Later = "?after=" + strconv.Itoa(after+len(shown))
	}
	return content{"case-proofs", english.say("case.proofs.title", v.Question), "/cases", v}, nil
}

// recordKinds are the texts that say what a record is.
var recordKinds = map[ledger.Kind]string{
	attribution.KindOpened: "case.record.opened", attribution.KindHypothesis: "case.record.hypothesis", attribution.KindEvidence: "case.record.evidence",
	attribution.KindMark: "case.record.mark", attribution.KindRating: "case.record.rating", attribution.KindCommitted: "case.record.committed",
	attribution.KindRound: "case.record.round", attribution.KindRevealed: "case.record.revealed", attribution.KindStatement: "case.record.statement",
	attribution.KindVote: "case.record.vote", attribution.KindPublished: "case.record.published", attribution.KindReply: "case.record.reply",
	attribution.KindUnsealed: "case.record.unsealed",
}

// seen says which checkpoint the case's proofs are under, and which witnesses have
// cosigned it: read from the proof of the first record, as an outsider reads it.
func (p *pages) seen(v *proofsPage, kept []attribution.Kept) {
	proved, err := p.PublicLog.ProveRecord(kept[0])
	if err != nil {
		v.Why = err.Error()
		return
	}
	text, err := p.PublicLog.Keys()
	if err != nil {
		v.Why = err.Error()
		return
	}
	keys, err := trust.Parse([]byte(text), false)
	if err != nil {
		v.Why = err.Error()
		return
	}
	_, known, err := proof.Known([]byte(proved.Checkpoint), keys.LogKeys(), keys.WitnessKeys())
	if err != nil {
		v.Why = err.Error()
		return
	}
	v.Size = known.Checkpoint.Size
	for _, c := range known.Witnesses {
		one := cosignedView{Name: c.Key, At: c.At}
		if i := slices.IndexFunc(v.Status.Witnesses, func(w proof.Witness) bool { return w.Key == c.Key }); i >= 0 {
			one.Name = v.Status.Witnesses[i].Name
		}
		v.Seen = append(v.Seen, one)
	}
}

// recordProof is the proof of one record, to keep.
func (p *pages) recordProof(w http.ResponseWriter, request *http.Request) {
	r := p.reading(request)
	if !r.reads {
		http.Redirect(w, request, "/sign-in", http.StatusSeeOther)
		return
	}
	text, n, err := p.proveRecord(r)
	switch {
	case errors.Is(err, proof.ErrPending):
		w.Header().Set("Retry-After", "5")
		p.render(w, r, http.StatusServiceUnavailable, content{"problem", english.say("case.proof.pending", nil), "/cases", english.say("case.proof.pending.why", nil)})
	case err != nil:
		p.fail(w, r, err)
	default:
		handOver(w, "application/json", fmt.Sprintf("%s-record-%d.json", r.PathValue("id"), n), text)
	}
}

func (p *pages) proveRecord(r reading) (text []byte, n int, err error) {
	kept, err := p.Views.Cases.Records(r.who, attribution.CaseID(r.PathValue("id")))
	if err != nil {
		return nil, 0, err
	}
	n, err = strconv.Atoi(r.PathValue("number"))
	if err != nil || n < 1 || n > len(kept) || p.PublicLog == nil {
		return nil, 0, fmt.Errorf("%w: no proof of record %.20q", access.ErrNotFound, r.PathValue("number"))
	}
	proved, err := p.PublicLog.ProveRecord(kept[n-1])
	if err != nil {
		return nil, 0, err
	}
	text, err = json.Marshal(proved)
	return text, n, err
}
