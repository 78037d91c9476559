package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tocsin-project/tocsin/internal/access"
)

func (a *API) communities() {
	pages := a.placesOf("communities")
	operation(a, huma.Operation{OperationID: "list-communities", Method: http.MethodGet, Path: "/communities", Summary: "The communities of the caller, with their members; an administrator's are all"},
		access.Viewer, func(_ context.Context, who access.Principal, in *struct{ WholeQuery }) (*body[communityList], error) {
			list := communityList{Communities: []community{}}
			var err error
			for _, c := range a.Views.Access.Communities() {
				if _, err := a.Views.Access.Community(who, c.ID); err == nil {
					list.Communities = append(list.Communities, a.community(c))
				}
			}
			list.Communities, list.More, err = paged(who, pages, list.Communities, in.page(), func(c community) string { return c.ID })
			return &body[communityList]{list}, err
		})
	operation(a, huma.Operation{OperationID: "create-community", Method: http.MethodPost, Path: "/communities", Summary: "Found a community", DefaultStatus: http.StatusCreated},
		access.Administrator, func(ctx context.Context, who access.Principal, in *body[newCommunity]) (*body[community], error) {
			defer a.Views.Access.Deciding()()
			c, draft, err := a.Views.Access.NewCommunity(access.Community{ID: in.Body.ID, Title: in.Body.Title, Description: in.Body.Description, Policy: in.Body.Policy})
			if err != nil {
				return nil, err
			}
			if err := a.decide(ctx, who, draft); err != nil {
				return nil, err
			}
			c, err = a.Views.Access.Community(who, c.ID)
			return &body[community]{a.community(c)}, err
		})
	operation(a, huma.Operation{OperationID: "add-member", Method: http.MethodPut, Path: "/communities/{id}/members/{partner}", Summary: "Make a partner a member of a community; one that is there stays", DefaultStatus: http.StatusNoContent},
		access.Administrator, func(ctx context.Context, who access.Principal, in *membershipPath) (*struct{}, error) {
			defer a.Views.Access.Deciding()()
			if slices.Contains(a.Views.Access.Members(in.ID), in.Partner) {
				return nil, nil
			}
			draft, err := a.Views.Access.AddMember(in.ID, in.Partner)
			if err != nil {
				return nil, err
			}
			return nil, a.decide(ctx, who, draft)
		})
	operation(a, huma.Operation{OperationID: "remove-member", Method: http.MethodDelete, Path: "/communities/{id}/members/{partner}", Summary: "End a membership: an administrator any, a coordinator its own partner's", DefaultStatus: http.StatusNoContent},
		access.Coordinator, func(ctx context.Context, who access.Principal, in *membershipPath) (*struct{}, error) {
			if _, err := a.Views.Access.Community(who, in.ID); err != nil {
				return nil, err
			}
			if !who.AtLeast(access.Administrator) && who.Partner != in.Partner {
				return nil, errOthersMembership
			}
			defer a.Views.Access.Deciding()()
			draft, err := a.Views.Access.RemoveMember(in.ID, in.Partner)
			if err != nil {
				return nil, err
			}
			return nil, a.decide(ctx, who, draft)
		})
}

var errOthersMembership = fmt.Errorf("%w: only an administrator ends the membership of another partner", errForbidden)

type membershipPath struct {
	ID      string           `path:"id"`
	Partner access.PartnerID `path:"partner"`
}

type communityList struct {
	Communities []community `json:"communities"`
	More        string      `json:"more,omitempty" doc:"there are more: after this"`
}

type community struct {
	access.Community
	Members []access.PartnerID `json:"members"`
}

func (a *API) community(c access.Community) community {
	return community{c, a.Views.Access.Members(c.ID)}
}

type newCommunity struct {
	ID          string `json:"id" doc:"a word, such as health"`
	Title       string `json:"title"`
	Description string `json:"description,omitempty"`
	Policy      string `json:"policy,omitempty" doc:"what its members agreed on"`
}
