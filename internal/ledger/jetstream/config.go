package jetstream

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// DefaultName is the stream of a hub's ledger.
const DefaultName = "ledger"

// A ledger's other streams are called as it is and so.
const (
	keysSuffix   = "-keys"
	sharedSuffix = "-shared"
)

// names are what one ledger of a cluster is called.
type names struct {
	stream string
	prefix string // of the subjects of its entries
	head   string // where a node tells the others that it appended
	turn   string // where a node tells the others that it was refused
	node   string // before the topics of what nodes tell each other

	keys      string // stream of the keys
	key       string // subject of every key
	shared    string // stream of the shared documents
	documents string // prefix of their subjects
}

// namesOf gives the names of the ledger; its own is a letter and then letters,
// digits and '-', at most 32 in all.
func namesOf(name string) (names, error) {
	if !plainName.MatchString(name) {
		return names{}, fmt.Errorf("%w: %q is no name of a ledger: a letter, then letters, digits and '-', at most 32", ledger.ErrInvalid, name)
	}
	own := "tocsin." + name
	return names{
		stream: name, prefix: own + ".entry.", head: own + ".head", turn: own + ".turn", node: own + ".node.",
		keys: name + keysSuffix, key: own + ".key", shared: name + sharedSuffix, documents: own + ".shared.",
	}, nil
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
	Discard      string   `json:"discard"` // "new": what a limit forbids is refused, and what is there is kept
	DiscardPer   bool     `json:"discard_new_per_subject,omitzero"`
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
