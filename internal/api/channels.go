package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/notice"
)

func (a *API) channels() {
	room, pages := a.Views.Notices, a.placesOf("channels")
	operation(a, huma.Operation{OperationID: "list-channels", Method: http.MethodGet, Path: "/channels", Summary: "How one's own partner is told, and whether it works"},
		access.Contributor, func(_ context.Context, who access.Principal, in *struct{ PageQuery }) (*body[channelList], error) {
			page, more, err := paged(who, pages, room.Channels(who), in.PageQuery, func(c notice.ChannelStatus) string { return c.ID })
			return &body[channelList]{channelList{page, more}}, err
		})
	operation(a, huma.Operation{OperationID: "add-channel", Method: http.MethodPost, Path: "/channels", Summary: "Add a channel; the answer shows a webhook's signing secret, this once", DefaultStatus: http.StatusCreated},
		access.Contributor, func(ctx context.Context, who access.Principal, in *body[newChannel]) (*body[notice.ChannelStatus], error) {
			channel, draft, err := room.AddChannel(who, in.Body.channel(), a.Clock())
			if err != nil {
				return nil, err
			}
			if a.Channel != nil {
				if err := a.Channel(ctx, channel); err != nil {
					return nil, err
				}
			}
			added, err := a.channelAfter(ctx, who, channel.ID, draft)
			if err == nil && channel.Kind == notice.Webhook {
				added.Body.Secret = channel.Secret
			}
			return added, err
		})
	operation(a, huma.Operation{OperationID: "remove-channel", Method: http.MethodDelete, Path: "/channels/{id}", Summary: "Remove a channel; what waits for it stays among the notices", DefaultStatus: http.StatusNoContent},
		access.Contributor, func(ctx context.Context, who access.Principal, in *channelPath) (*struct{}, error) {
			draft, err := room.RemoveChannel(who, in.ID)
			if err == nil {
				_, err = a.Views.Append(ctx, draft)
			}
			return nil, err
		})
	operation(a, huma.Operation{OperationID: "test-channel", Method: http.MethodPost, Path: "/channels/{id}/test", Summary: "Have a notice sent to a channel, to see whether it arrives"},
		access.Contributor, func(ctx context.Context, who access.Principal, in *channelPath) (*body[notice.ChannelStatus], error) {
			draft, err := room.TestChannel(who, in.ID, a.Clock())
			if err != nil {
				return nil, err
			}
			return a.channelAfter(ctx, who, in.ID, draft)
		})
	operation(a, huma.Operation{OperationID: "escalation", Method: http.MethodGet, Path: "/escalation", Summary: "How one's own partner is told again of what nobody acknowledges"},
		access.Viewer, func(_ context.Context, who access.Principal, _ *struct{}) (*body[notice.Ladder], error) {
			return &body[notice.Ladder]{room.LadderOf(who)}, nil
		})
	operation(a, huma.Operation{OperationID: "set-escalation", Method: http.MethodPut, Path: "/escalation", Summary: "Replace the steps by which one's own partner is told again; none ends it"},
		access.Contributor, func(ctx context.Context, who access.Principal, in *body[notice.Ladder]) (*body[notice.Ladder], error) {
			draft, err := room.SetLadder(who, in.Body)
			if err == nil {
				_, err = a.Views.Append(ctx, draft)
			}
			return &body[notice.Ladder]{room.LadderOf(who)}, err
		})
}

type channelPath struct {
	ID string `path:"id"`
}

// newChannel is what a partner chooses of a channel.
type newChannel struct {
	Name        string             `json:"name,omitempty" doc:"for people"`
	Kind        notice.ChannelKind `json:"kind" enum:"mail,webhook,slack,matrix,file"`
	Target      string             `json:"target" doc:"the mail address, the URL, the homeserver's base URL, or the word that names the directory"`
	Room        string             `json:"room,omitempty" doc:"the Matrix room's id, !..."`
	Secret      string             `json:"secret,omitempty" doc:"the access token of Matrix"`
	Topics      []notice.Topic     `json:"topics,omitempty" doc:"outbreak, alert, call, action, duty, protection, withdrawal, channel; none: all"`
	MinSeverity notice.Severity    `json:"min_severity,omitempty" enum:"info,warning,critical"`
	Quiet       *notice.Quiet      `json:"quiet,omitempty"`
	Digest      notice.Span        `json:"digest,omitzero" doc:"collected for so long, such as 1h; without, at once"`
	Standby     bool               `json:"standby,omitempty" doc:"is told only what is escalated to it"`
}

func (c newChannel) channel() notice.Channel {
	return notice.Channel{
		Name: c.Name, Kind: c.Kind, Target: c.Target, Room: c.Room, Secret: c.Secret,
		Topics: c.Topics, MinSeverity: c.MinSeverity, Quiet: c.Quiet, Digest: c.Digest, Standby: c.Standby,
	}
}

type channelList struct {
	Channels []notice.ChannelStatus `json:"channels"`
	More     string                 `json:"more,omitempty" doc:"there are more: after this"`
}

// channelAfter appends what was drafted and gives the channel as it stands then.
func (a *API) channelAfter(ctx context.Context, who access.Principal, id string, draft ledger.Draft) (*body[notice.ChannelStatus], error) {
	if _, err := a.Views.Append(ctx, draft); err != nil {
		return nil, err
	}
	status, err := a.Views.Notices.ChannelOf(who, id)
	return &body[notice.ChannelStatus]{status}, err
}
