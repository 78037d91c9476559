package response

import (
	"slices"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Entries of the ledger about actions, each with the type of its body. The
// partner that acted is the entry's actor, and the time of what it did is the
// entry's time.
const (
	KindOpened           ledger.Kind = "action.opened"            // Opening
	KindApproved         ledger.Kind = "action.approved"          // Approval
	KindRefused          ledger.Kind = "action.refused"           // Approval
	KindCommitted        ledger.Kind = "action.committed"         // Promise
	KindDone             ledger.Kind = "action.done"              // Completion
	KindContested        ledger.Kind = "action.contested"         // Contest
	KindContestWithdrawn ledger.Kind = "action.contest-withdrawn" // Contest
	KindRolledBack       ledger.Kind = "action.rolled-back"       // Reversal
	KindCancelled        ledger.Kind = "action.cancelled"         // Reversal
	KindDeadlineMoved    ledger.Kind = "action.deadline-moved"    // Move
	KindOwnerOffered     ledger.Kind = "action.owner-offered"     // Handover
	KindOwnerAccepted    ledger.Kind = "action.owner-accepted"    // Handover
	KindOwnerDeclined    ledger.Kind = "action.owner-declined"    // Handover
	KindOverdue          ledger.Kind = "action.overdue"           // Overdue
)

// Kind is what sort of work an action is.
type Kind string

// The kinds of action.
const (
	Takedown        Kind = "takedown"
	AccountShutdown Kind = "account-shutdown"
	ExploitPurge    Kind = "exploit-purge"
	Sinkhole        Kind = "sinkhole"
	Patch           Kind = "patch" // a campaign of patching
	Isolate         Kind = "isolate"
	Notify          Kind = "notify" // the victims
	Assist          Kind = "assist" // analytic assistance
)

// Kinds lists the kinds of action in the order in which forms offer them.
func Kinds() []Kind {
	return []Kind{Takedown, AccountShutdown, ExploitPurge, Sinkhole, Patch, Isolate, Notify, Assist}
}

// NeedsApproval says whether an action of the kind needs a second organisation's
// word before it counts as done: what cuts others off cannot always be undone.
func (k Kind) NeedsApproval() bool {
	return slices.Contains([]Kind{Takedown, AccountShutdown, Sinkhole, Isolate}, k)
}

// Status is where an action or a commitment stands.
type Status string

// The states of an action are Open, Refused, Committed, Contested, Done,
// RolledBack and Cancelled, those of a commitment Committed, Late, Contested,
// Done, RolledBack and Cancelled.
const (
	Open       Status = "open"    // nobody has committed
	Refused    Status = "refused" // approval was
	Committed  Status = "committed"
	Late       Status = "late"      // not done, and the deadline has passed
	Contested  Status = "contested" // done but for evidence that does not convince
	Done       Status = "done"
	RolledBack Status = "rolled-back"
	Cancelled  Status = "cancelled"
)

// Need says whether an action needs approval.
type Need string

// The empty Need is what the kind of the action says.
const (
	Needed    Need = "needed"
	NotNeeded Need = "not-needed"
)
