package jetstream

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// config is the stream that a ledger with so many copies needs.
func (n names) config(copies int) streamConfig {
	return streamConfig{
		Name: n.stream, Subjects: []string{n.entries()}, Storage: "file", Copies: copies,
		Retention: "limits", Discard: "new", MaxMsgs: -1, MaxPerKind: -1, MaxBytes: -1, MaxMsgSize: -1,
		DenyDelete: true, DenyPurge: true, AllowAtomic: true, AllowDirect: true,
	}
}

// keysConfig is the stream of its keys: the same, but a message can be deleted.
func (n names) keysConfig(copies int) streamConfig {
	c := n.config(copies)
	c.Name, c.Subjects, c.DenyDelete = n.keys, []string{n.key}, false
	return c
}

// sharedConfig is the stream of its shared documents: one message a subject,
// and a second one is refused.
func (n names) sharedConfig(copies int) streamConfig {
	c := n.config(copies)
	c.Name, c.Subjects = n.shared, []string{n.documents + "*"}
	c.MaxPerKind, c.DiscardPer, c.MaxMsgSize = 1, true, MaxShared+sharedHeaders
	return c
}

// streamInfo is JetStream's answer about a stream.
type streamInfo struct {
	Config streamConfig `json:"config"`
	State  streamState  `json:"state"`
}

// streamState is what a stream has, by the word of its leader.
type streamState struct {
	First    ledger.Seq `json:"first_seq"` // the last and one more if there is no message
	Last     ledger.Seq `json:"last_seq"`  // that there ever was
	Messages uint64     `json:"messages"`
	Deleted  uint64     `json:"num_deleted"` // behind the first

	// What follows is told if it is asked for.
	Numbers []ledger.Seq `json:"deleted"` // ascending
	Lost    *struct {
		Numbers []ledger.Seq `json:"msgs"`
	} `json:"lost"` // gone without having been deleted
}

// verify says what of the stream's configuration is not as it has to be.
func (i streamInfo) verify(needed streamConfig) error {
	if !reflect.DeepEqual(i.Config, needed) {
		return fmt.Errorf("the stream %s is not configured as it has to be, so that it could lose entries: it should have %+v, it has %+v",
			needed.Name, needed, i.Config)
	}
	return nil
}

// whole says whether messages are missing of a stream of which none is deleted.
func (i streamInfo) whole() error {
	if i.State.Messages > 0 && i.State.First != 1 || i.State.Deleted > 0 {
		return fmt.Errorf("%w: messages of the stream %s were deleted: it begins with %d, and %d behind it are missing",
			ledger.ErrCorrupt, i.Config.Name, i.State.First, i.State.Deleted)
	}
	return nil
}

// openStream finds the stream, or creates it, and verifies its configuration.
// Until there are nodes enough JetStream does not answer, or says so; that passes.
func (l *Ledger) openStream(ctx context.Context, needed streamConfig) (streamInfo, error) {
	var last error
	for ctx.Err() == nil && l.life.Err() == nil {
		info, err := l.streamInfo(ctx, needed.Name, false)
		if isCode(err, codeNoStream) {
			err = l.ask(ctx, apiCreate+needed.Name, needed, &info)
		}
		if err == nil {
			return info, info.verify(needed)
		}
		last = err
		l.pause(ctx, tryAgain)
	}
	return streamInfo{}, errors.Join(last, ctx.Err())
}

// streamInfo asks the stream's leader about it, with deleted for the numbers
// of what is deleted.
func (l *Ledger) streamInfo(ctx context.Context, stream string, deleted bool) (streamInfo, error) {
	var info streamInfo
	err := l.ask(ctx, apiInfo+stream, struct {
		Deleted bool `json:"deleted_details,omitzero"`
	}{deleted}, &info)
	return info, err
}
