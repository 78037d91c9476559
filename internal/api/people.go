package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/once"
)

func (a *API) people() {
	pages := a.placesOf("people")
	operation(a, huma.Operation{OperationID: "list-people", Method: http.MethodGet, Path: "/people", Summary: "The people of the caller's partner; an administrator's are all"},
		access.Coordinator, func(_ context.Context, who access.Principal, in *struct{ WholeQuery }) (*body[personList], error) {
			people := a.Views.Access.People
			found := people(who.Partner)
			if who.AtLeast(access.Administrator) {
				found = people()
			}
			page, more, err := paged(who, pages, found, in.page(), func(p access.Person) string { return p.Name + "\x00" + p.ID })
			list := personList{People: []person{}, More: more}
			for _, p := range page {
				list.People = append(list.People, a.person(p))
			}
			return &body[personList]{list}, err
		})
	operation(a, huma.Operation{OperationID: "invite-person", Method: http.MethodPost, Path: "/people", Summary: "Let a person in; the enrolment secret is shown this once and works for 72 hours", DefaultStatus: http.StatusCreated},
		access.Coordinator, func(ctx context.Context, who access.Principal, in *body[newPerson]) (*body[invited], error) {
			defer a.Views.Access.Deciding()()
			p, secret, drafts, err := a.Views.Access.Invite(who, partnerOrHub(in.Body.Partner), in.Body.Name, in.Body.Email, in.Body.Role, a.Clock())
			if err != nil {
				return nil, err
			}
			if err := a.decide(ctx, who, drafts...); err != nil {
				return nil, err
			}
			return &body[invited]{invited{ID: p.ID, Enrolment: secret, Expires: a.Views.Access.EnrolsUntil(p.ID)}}, nil
		})
	operation(a, huma.Operation{OperationID: "invite-person-again", Method: http.MethodPost, Path: "/people/{id}/invitation", Summary: "Make another enrolment secret, in the place of an open one", DefaultStatus: http.StatusCreated},
		access.Coordinator, func(ctx context.Context, who access.Principal, in *personPath) (*body[invited], error) {
			defer a.Views.Access.Deciding()()
			secret, draft, err := a.Views.Access.InviteAgain(who, in.ID, a.Clock())
			if err != nil {
				return nil, err
			}
			if err := a.decide(ctx, who, draft); err != nil {
				return nil, err
			}
			return &body[invited]{invited{ID: in.ID, Enrolment: secret, Expires: a.Views.Access.EnrolsUntil(in.ID)}}, nil
		})
	operation(a, huma.Operation{OperationID: "change-person", Method: http.MethodPatch, Path: "/people/{id}", Summary: "Change a person's name, email or role"},
		access.Coordinator, func(ctx context.Context, who access.Principal, in *struct {
			ID   string `path:"id"`
			Body personChange
		}) (*body[person], error) {
			defer a.Views.Access.Deciding()()
			draft, err := a.Views.Access.ChangePerson(who, in.ID, in.Body.Name, in.Body.Email, in.Body.Role)
			if err != nil {
				return nil, err
			}
			if err := a.decide(ctx, who, draft); err != nil {
				return nil, err
			}
			p, _ := a.Views.Access.Person(in.ID)
			return &body[person]{a.person(p)}, nil
		})
	operation(a, huma.Operation{OperationID: "dismiss-person", Method: http.MethodPost, Path: "/people/{id}/departure", Summary: "End a person's access, and the tokens that the person issued", DefaultStatus: http.StatusNoContent},
		access.Coordinator, func(ctx context.Context, who access.Principal, in *struct {
			ID   string `path:"id"`
			Body leaving
		}) (*struct{}, error) {
			defer a.Views.Access.Deciding()()
			drafts, err := a.Views.Access.DismissWith(who, in.ID, in.Body.Reason, in.Body.Tokens)
			if err != nil {
				return nil, err
			}
			return nil, a.decide(ctx, who, drafts...)
		})
	operation(a, huma.Operation{OperationID: "erase-person", Method: http.MethodPost, Path: "/people/{id}/erasure", Summary: "End a person's access and erase what the ledger says of the person, for good", DefaultStatus: http.StatusNoContent},
		access.Administrator, func(ctx context.Context, who access.Principal, in *personReason) (*struct{}, error) {
			once.Repeatable(ctx)
			return nil, a.Views.ErasePerson(ctx, who, in.ID, in.Body.Reason)
		})
}

// partnerOrHub takes the word hub for no partner.
func partnerOrHub(partner access.PartnerID) access.PartnerID {
	if partner == access.Hub {
		return ""
	}
	return partner
}

type personPath struct {
	ID string `path:"id"`
}

type personReason struct {
	ID   string `path:"id"`
	Body because
}

type personList struct {
	People []person `json:"people"`
	More   string   `json:"more,omitempty" doc:"there are more: after this"`
}

// person is what may be shown of one.
type person struct {
	access.Person
	Methods []access.Method `json:"methods" doc:"with which the person can sign in"`
	Invited time.Time       `json:"invited_until,omitzero" doc:"when an open invitation expires"`
}

func (a *API) person(p access.Person) person {
	one := person{Person: p, Methods: []access.Method{}, Invited: a.Views.Access.EnrolsUntil(p.ID)}
	for _, c := range a.Views.Access.Credentials(p.ID) {
		one.Methods = append(one.Methods, c.Kind)
	}
	return one
}

type newPerson struct {
	Partner access.PartnerID `json:"partner" doc:"a partner's id, or hub for an administrator of the hub itself"`
	Name    string           `json:"name"`
	Email   string           `json:"email"`
	Role    access.Role      `json:"role"`
}

type personChange struct {
	Name  string      `json:"name,omitempty"`
	Email string      `json:"email,omitempty"`
	Role  access.Role `json:"role,omitempty"`
}

type invited struct {
	ID        string    `json:"id"`
	Enrolment string    `json:"enrolment" doc:"the secret; it cannot be shown again"`
	Expires   time.Time `json:"expires"`
}
