package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/once"
)

// withdrawals are the ways to take back what was shared.
func (a *API) withdrawals() {
	operation(a, huma.Operation{OperationID: "tighten-object", Method: http.MethodPost, Path: "/objects/{id}/tightening", Summary: "Narrow who may see an object of one's own, from now on", DefaultStatus: http.StatusNoContent},
		access.Contributor, func(ctx context.Context, who access.Principal, in *struct {
			ID   string `path:"id"`
			Body tightening
		}) (*struct{}, error) {
			return nil, a.tighten(ctx, who, in.Body, contribution.Tightening{Object: in.ID, Versions: in.Body.Versions})
		})
	operation(a, huma.Operation{OperationID: "withdraw-object", Method: http.MethodPost, Path: "/objects/{id}/withdrawal", Summary: "Take an object of one's own out of every outlet", DefaultStatus: http.StatusNoContent},
		access.Contributor, func(ctx context.Context, who access.Principal, in *struct {
			ID   string `path:"id"`
			Body Withdrawal
		}) (*struct{}, error) {
			return nil, a.takeBack(ctx, who, in.Body, contribution.Tightening{Object: in.ID, Versions: in.Body.Versions})
		})
	operation(a, huma.Operation{OperationID: "tighten-contribution", Method: http.MethodPost, Path: "/contributions/{id}/tightening", Summary: "Narrow who may see all that one contribution brought", DefaultStatus: http.StatusNoContent},
		access.Contributor, func(ctx context.Context, who access.Principal, in *struct {
			ID   string `path:"id"`
			Body tightening
		}) (*struct{}, error) {
			return nil, a.tighten(ctx, who, in.Body, contribution.Tightening{Contribution: in.ID})
		})
	operation(a, huma.Operation{OperationID: "withdraw-contribution", Method: http.MethodPost, Path: "/contributions/{id}/withdrawal", Summary: "Take all that one contribution brought out of every outlet", DefaultStatus: http.StatusNoContent},
		access.Contributor, func(ctx context.Context, who access.Principal, in *struct {
			ID   string `path:"id"`
			Body Withdrawal
		}) (*struct{}, error) {
			return nil, a.takeBack(ctx, who, in.Body, contribution.Tightening{Contribution: in.ID})
		})
	operation(a, huma.Operation{OperationID: "erase-contribution", Method: http.MethodPost, Path: "/contributions/{id}/erasure", Summary: "Destroy the content of a contribution, for good", DefaultStatus: http.StatusNoContent},
		access.Coordinator, func(ctx context.Context, who access.Principal, in *struct {
			ID   string `path:"id"`
			Body Withdrawal
		}) (*struct{}, error) {
			owner, err := a.ownerOf(who, in.Body.Owner)
			if err != nil {
				return nil, err
			}
			once.Repeatable(ctx)
			return nil, a.Views.Erase(ctx, contribution.Erasure{Owner: owner, Contribution: in.ID, Reason: in.Body.Reason, By: who.By()})
		})
}

// Withdrawal says why something is taken back.
type Withdrawal struct {
	Owner    access.PartnerID `json:"owner,omitempty" doc:"for an administrator: whose object it is; otherwise the caller's partner"`
	Versions []time.Time      `json:"versions,omitempty" maxItems:"1000" doc:"of an object: only these, by modified or created; all if not given"`
	Reason   string           `json:"reason" minLength:"1" maxLength:"1000" doc:"why, for the audit"`
}

type tightening struct {
	Withdrawal
	TLP        string             `json:"tlp" doc:"the new marking: amber, amber+strict, red ..."`
	Community  string             `json:"community,omitempty" doc:"whose members the community are; default if not given"`
	Recipients []access.PartnerID `json:"recipients,omitempty" doc:"for TLP:RED, who is told beside the owner"`
}

// ownerOf is whose objects are taken back: the principal's partner's, or for an
// administrator anybody's.
func (a *API) ownerOf(who access.Principal, named access.PartnerID) (string, error) {
	switch {
	case named == "" || string(named) == who.Actor():
		return who.Actor(), nil
	case who.AtLeast(access.Administrator):
		return string(named), nil
	}
	return "", fmt.Errorf("%w: only an administrator takes back what another partner shared", errForbidden)
}

func (a *API) tighten(ctx context.Context, who access.Principal, in tightening, t contribution.Tightening) error {
	level, err := access.ParseTLP(in.TLP)
	if err != nil {
		return fmt.Errorf("%w: tlp: %w", errInvalid, err)
	}
	to := access.Audience{TLP: level, Community: in.Community, Recipients: in.Recipients}
	if to.Community == "" {
		to.Community = access.DefaultCommunity
	}
	if err := a.Views.Access.CheckAudience(who, to); err != nil {
		return err
	}
	t.Audience = to.String()
	return a.takeBack(ctx, who, in.Withdrawal, t)
}

func (a *API) takeBack(ctx context.Context, who access.Principal, in Withdrawal, t contribution.Tightening) (err error) {
	if t.Owner, err = a.ownerOf(who, in.Owner); err != nil {
		return err
	}
	t.Reason, t.By = in.Reason, who.By()
	err = a.Views.TakeBack(ctx, t)
	if in.Owner == "" && who.Partner == "" && errors.Is(err, access.ErrNotFound) {
		err = fmt.Errorf("%w; name the partner whose it is as owner", err)
	}
	return err
}
