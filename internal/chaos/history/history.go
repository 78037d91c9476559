// Package history judges what clients of a hub were told against what the hub
// promised them. It knows of neither: a [History] is what clients wrote down while
// they called, each call with the time before it was sent and the time after it was
// answered, and [History.Check] says which of its rules it breaks. It is a function
// of the history and of nothing else.
//
// What clients write has an effect, a name that no other write has; what they read of
// it are lines of the change stream, which name effects, and versions of keys. Readers
// of one class are told the same lines: the class is what a cursor is bound to.
//
// The rules, after Kingsbury and Alvaro (Elle, 2020) and, for sessions, Terry and
// others (Session Guarantees for Weakly Consistent Replicated Data, 1994):
//
//	lost        what was acknowledged is in every reading of the whole stream
//	gap         a reader's lines are numbered without a gap, and none of them is gone later
//	reorder     line n is the same for all of a class, always, and a write that was
//	            acknowledged before another was sent stands before it
//	altered     a line's content is what its chain commits to
//	doubled     an entry's effect is on one line
//	twice       a decision takes effect once
//	missing     a decision that is due is there in the end
//	back        no session reads of a key an older version than it read before
//	stale       a session reads what it wrote itself; a fresh read, what anybody did
//	invented    nobody reads what nobody wrote
package history

// Rule names what a history can break.
type Rule string

// The rules.
const (
	Lost     Rule = "lost"
	Gap      Rule = "gap"
	Reorder  Rule = "reorder"
	Altered  Rule = "altered"
	Doubled  Rule = "doubled"
	Twice    Rule = "twice"
	Missing  Rule = "missing"
	Back     Rule = "back"
	Stale    Rule = "stale"
	Invented Rule = "invented"
)

// Moment is nanoseconds on the one clock of all clients; above 0.
type Moment int64

// Write is a call that changes something, with all its repetitions.
type Write struct {
	Session string
	Effect  string // what it does once: no other write has it
	Decides bool   // it is a decision
	Key     string // what readers ask for
	Version int    // of it, above 0: a key's writes are made one after the other, and rise
	Invoked Moment // before it was first sent
	Acked   Moment // after it was answered; 0: whether it was carried out is open
}

// Read is a version of a key, as it was answered.
type Read struct {
	Session  string
	Key      string
	Version  int    // 0: there is none
	Invoked  Moment // before it was sent
	Answered Moment
	Fresh    bool // it has to know what was acknowledged to anybody before it was sent
}

// Line is one line of the change stream, as it was told.
type Line struct {
	N       uint64
	Chain   [32]byte
	Effects []Effect
	Altered string // what the reader found when it checked the line; "" if nothing
}

// Effect is of an entry what writes are known by.
type Effect struct {
	Name    string
	Decides bool
}

// Reading is what one reader was told of the stream, over all its connections.
type Reading struct {
	Session string
	Class   string
	Lines   []Line   // in the order in which they came, from line 1
	Gone    []string // what it was told when a place that it had been given was no more
	Whole   bool     // it was read from the beginning after everything was over
}

// History is what all clients wrote down.
type History struct {
	Writes   []Write
	Reads    []Read // of each session in the order of its calls
	Readings []Reading
	Due      []Effect // decisions that nobody asked for and that have to be there in the end
}

// Broken is one break of a rule.
type Broken struct {
	Rule Rule
	What string
}

// Verdict is what became of a history.
type Verdict struct {
	Acknowledged int      // writes
	Lost         int      // of them, those that a reading of the whole stream lacks
	Broken       []Broken // at most [MaxBroken] of each rule
}

// MaxBroken is how many breaks of one rule a verdict names.
const MaxBroken = 20
