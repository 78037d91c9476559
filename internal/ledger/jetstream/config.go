package jetstream

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strings"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// DefaultName is the stream of a hub's ledger.
const DefaultName = "ledger"

// names are what one ledger of a cluster is called.
type names struct {
	stream string
	prefix string // of the subjects of its entries
	head   string // where a node tells the others that it appended
	turn   string // where a node tells the others that it was refused
	node   string // before the topics of what nodes tell each other
}

// namesOf gives the names of the ledger; its own is a letter and then letters,
// digits and '-', at most 32 in all.
func namesOf(name string) (names, error) {
	if !plainName.MatchString(name) {
		return names{}, fmt.Errorf("%w: %q is no name of a ledger: a letter, then letters, digits and '-', at most 32", ledger.ErrInvalid, name)
	}
	return names{stream: name, prefix: "tocsin." + name + ".entry.", head: "tocsin." + name + ".head", turn: "tocsin." + name + ".turn", node: "tocsin." + name + ".node."}, nil
}

var plainName = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9-]{0,31}$`)

// entries is every subject of the ledger's entries.
func (n names) entries() string { return n.prefix + "*" }

// entry is where entries of the kind are published: one token, so that a kind
// may be anything that a kind can be.
func (n names) entry(k ledger.Kind) string {
	return n.prefix + strings.ReplaceAll(string(k), ".", "_")
}

// streamConfig is what of a stream's configuration decides whether it can lose
// or reorder messages. Numbers of -1 and 0 are JetStream's words for no limit.
type streamConfig struct {
	Name         string   `json:"name"`
	Subjects     []string `json:"subjects"`
	Storage      string   `json:"storage"`
	Copies       int      `json:"num_replicas"`
	Retention    string   `json:"retention"`
	Discard      string   `json:"discard"` // "new": should there ever be a limit, it refuses what comes, and keeps what is there
	MaxMsgs      int64    `json:"max_msgs"`
	MaxPerKind   int64    `json:"max_msgs_per_subject"`
	MaxBytes     int64    `json:"max_bytes"`
	MaxAge       int64    `json:"max_age"`
	MaxMsgSize   int64    `json:"max_msg_size"`
	DenyDelete   bool     `json:"deny_delete"`
	DenyPurge    bool     `json:"deny_purge"`
	AllowRollup  bool     `json:"allow_rollup_hdrs"`
	AllowTTL     bool     `json:"allow_msg_ttl"`
	AllowAtomic  bool     `json:"allow_atomic"`
	AllowDirect  bool     `json:"allow_direct"`
	Sealed       bool     `json:"sealed"`
	FirstSeq     uint64   `json:"first_seq,omitzero"`
	PersistMode  string   `json:"persist_mode,omitzero"`
	NoAck        bool     `json:"no_ack,omitzero"`
	AllowCounter bool     `json:"allow_msg_counter,omitzero"`
	Schedules    bool     `json:"allow_msg_schedules,omitzero"`
}

// config is the stream that a ledger with so many copies needs.
func (n names) config(copies int) streamConfig {
	return streamConfig{
		Name: n.stream, Subjects: []string{n.entries()}, Storage: "file", Copies: copies,
		Retention: "limits", Discard: "new", MaxMsgs: -1, MaxPerKind: -1, MaxBytes: -1, MaxMsgSize: -1,
		DenyDelete: true, DenyPurge: true, AllowAtomic: true, AllowDirect: true,
	}
}

// streamInfo is JetStream's answer about a stream.
type streamInfo struct {
	Config streamConfig `json:"config"`
	State  struct {
		First    ledger.Seq `json:"first_seq"`
		Messages uint64     `json:"messages"`
		Deleted  uint64     `json:"num_deleted"`
	} `json:"state"`
}

// verify says what the stream is not as it has to be.
func (i streamInfo) verify(needed streamConfig) error {
	if !reflect.DeepEqual(i.Config, needed) {
		return fmt.Errorf("the stream %s is not configured as a ledger has to be, so that it could lose entries: it should have %+v, it has %+v",
			needed.Name, needed, i.Config)
	}
	if i.State.Messages > 0 && i.State.First != 1 || i.State.Deleted > 0 {
		return fmt.Errorf("%w: messages of the stream %s were deleted: it begins with %d, and %d behind it are missing",
			ledger.ErrCorrupt, needed.Name, i.State.First, i.State.Deleted)
	}
	return nil
}

// openStream finds the stream, or creates it, and verifies it. Until there are
// nodes enough JetStream does not answer, or says so; that passes.
func (l *Ledger) openStream(ctx context.Context) error {
	var last error
	for ctx.Err() == nil {
		info, err := l.streamInfo(ctx)
		if isCode(err, codeNoStream) {
			err = l.ask(ctx, apiCreate+l.names.stream, l.names.config(l.node.copies), &info)
		}
		if err == nil {
			return info.verify(l.names.config(l.node.copies))
		}
		last = err
		l.pause(ctx, tryAgain)
	}
	return errors.Join(last, ctx.Err())
}

func (l *Ledger) streamInfo(ctx context.Context) (streamInfo, error) {
	var info streamInfo
	err := l.ask(ctx, apiInfo+l.names.stream, struct{}{}, &info)
	return info, err
}
