package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/notice"
)

func (a *API) notices() {
	room, pages := a.Views.Notices, a.placesOf("notices")
	operation(a, huma.Operation{OperationID: "list-notices", Method: http.MethodGet, Path: "/notices", Summary: "What one's own partner was told, the newest first: there whether or not a channel works"},
		access.Viewer, func(_ context.Context, who access.Principal, in *noticeQuery) (*body[noticeList], error) {
			last := ""
			if in.After != "" {
				var err error
				if last, err = pages.open(who, in.After); err != nil {
					return nil, err
				}
			}
			page, more := room.InboxPage(who, in.Unacknowledged, last, in.Limit)
			list := noticeList{Notices: page}
			if more {
				list.More = pages.seal(who, page[len(page)-1].ID)
			}
			return &body[noticeList]{list}, nil
		})
	operation(a, huma.Operation{OperationID: "acknowledge-notices", Method: http.MethodPost, Path: "/notices/acknowledgements", Summary: "Acknowledge notices for one's own partner, and the alerts that they tell of", DefaultStatus: http.StatusNoContent},
		access.Contributor, func(ctx context.Context, who access.Principal, in *body[notice.Reading]) (*struct{}, error) {
			draft, err := room.Acknowledge(who, in.Body)
			if err == nil {
				_, err = a.Views.Append(ctx, draft)
			}
			return nil, err
		})
}

type noticeQuery struct {
	PageQuery
	Unacknowledged bool `query:"unacknowledged" doc:"only those that need an acknowledgement and have none"`
}

type noticeList struct {
	Notices []notice.Notice `json:"notices"`
	More    string          `json:"more,omitempty" doc:"there are more: after this"`
}
