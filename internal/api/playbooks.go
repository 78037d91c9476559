package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/playbook"
	"github.com/tocsin-project/tocsin/internal/response"
)

func (a *API) playbooks() {
	pages := a.placesOf("playbooks")
	operation(a, huma.Operation{OperationID: "list-playbooks", Method: http.MethodGet, Path: "/playbooks", Summary: "The templates of actions, each of which can be had as a CACAO 2.0 playbook"},
		access.Viewer, func(_ context.Context, who access.Principal, in *struct{ PageQuery }) (*body[playbookList], error) {
			page, more, err := paged(who, pages, a.Views.Response.Templates(), in.PageQuery, func(t response.Template) string { return t.ID })
			list := playbookList{Playbooks: make([]listedPlaybook, 0, len(page)), More: more}
			for _, t := range page {
				list.Playbooks = append(list.Playbooks, listedPlaybook{playbook.IDOf(t), t.ID, t.Title, len(t.Steps)})
			}
			return &body[playbookList]{list}, err
		})
	operation(a, huma.Operation{OperationID: "import-playbook", Method: http.MethodPost, Path: "/playbooks", Summary: "Take a CACAO 2.0 playbook as a template: its steps become work, its conditions decisions of people; nothing of it is ever run", DefaultStatus: http.StatusCreated},
		access.Coordinator, func(ctx context.Context, who access.Principal, in *struct {
			Replace bool `query:"replace" doc:"take the place of the template whose id the playbook names, if there is one"`
			Body    document
		}) (*body[playbook.Taken], error) {
			p, err := playbook.Read(in.Body)
			if err != nil {
				return nil, err
			}
			taken, err := playbook.Template(p, a.partnerNamed, a.templateThere, in.Replace, a.Clock())
			if err != nil {
				return nil, err
			}
			draft, err := a.Views.Response.SetTemplate(who, taken.Template)
			if err != nil {
				return nil, err
			}
			if _, err := a.Views.Append(ctx, draft); err != nil {
				return nil, err
			}
			taken.Template, err = a.Views.Response.Template(taken.Template.ID)
			return &body[playbook.Taken]{taken}, err
		})
	operation(a, huma.Operation{OperationID: "playbook", Method: http.MethodGet, Path: "/playbooks/{id}", Summary: "A template of actions as a CACAO 2.0 playbook"},
		access.Viewer, func(ctx context.Context, _ access.Principal, in *struct {
			ID string `path:"id" doc:"the playbook's id, or the template's"`
		}) (*body[document], error) {
			return a.playbook(ctx, in.ID)
		})
	operation(a, huma.Operation{OperationID: "outbreak-playbook", Method: http.MethodGet, Path: "/outbreaks/{id}/playbook", Summary: "The board of an incident as a CACAO 2.0 playbook: the actions that the caller may see, each with its state in an extension"},
		access.Viewer, func(_ context.Context, who access.Principal, in *struct {
			ID     string          `path:"id"`
			Status response.Status `query:"status" enum:"open,refused,committed,contested,done,rolled-back,cancelled" doc:"only the actions in this state"`
		}) (*body[document], error) {
			return a.boardPlaybook(who, in.ID, in.Status)
		})
}

type playbookList struct {
	Playbooks []listedPlaybook `json:"playbooks"`
	More      string           `json:"more,omitempty" doc:"there are more: after this"`
}

type listedPlaybook struct {
	ID       string `json:"id"`
	Template string `json:"template"`
	Name     string `json:"name"`
	Steps    int    `json:"steps"`
}

func (a *API) templateThere(id string) bool {
	_, err := a.Views.Response.Template(id)
	return err == nil
}

// partnerNamed finds the partner that is called so, if there is one alone.
func (a *API) partnerNamed(name string) (access.PartnerID, bool) {
	named := slices.DeleteFunc(a.Views.Access.Partners(), func(p access.Partner) bool { return !strings.EqualFold(p.Name, name) })
	if len(named) != 1 {
		return "", false
	}
	return named[0].ID, true
}

// builtin is when the templates that come with the program were written.
var builtin = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)

func (a *API) playbook(ctx context.Context, id string) (*body[document], error) {
	list := a.Views.Response.Templates()
	i := slices.IndexFunc(list, func(t response.Template) bool { return t.ID == id })
	if i < 0 { // a file may have the id that the playbook of another template has
		i = slices.IndexFunc(list, func(t response.Template) bool { return playbook.IDOf(t) == id && !strings.HasPrefix(t.ID, "cacao-") })
	}
	if i < 0 {
		i = slices.IndexFunc(list, func(t response.Template) bool { return playbook.IDOf(t) == id })
	}
	if i < 0 {
		return nil, notFound("no playbook or template has the id %.100q", id)
	}
	created, modified, err := a.templateTimes(ctx, list[i].ID)
	if err != nil {
		return nil, err
	}
	return written(playbook.Make(list[i], created, modified))
}

// templateTimes are when a template was first set and last, by the ledger.
func (a *API) templateTimes(ctx context.Context, id string) (created, modified time.Time, err error) {
	created, modified = builtin, builtin
	first := true
	for e, err := range a.Views.Ledger.Read(ctx, 0, response.KindTemplateSet) {
		if err != nil {
			return created, modified, err
		}
		err = ledger.Fold(e, func(e ledger.Entry, t response.Template) {
			if t.ID != id {
				return
			}
			if modified = e.Time; first {
				created, first = e.Time, false
			}
		})
		if err != nil {
			return created, modified, err
		}
	}
	return created, modified, nil
}

// maxBoard is how many actions one playbook holds.
const maxBoard = 1000

func (a *API) boardPlaybook(who access.Principal, id string, status response.Status) (*body[document], error) {
	o, err := a.outbreak(who, id)
	if err != nil {
		return nil, err
	}
	var actions []response.Action
	q := response.Query{Outbreak: o.Body.ID, Status: status, Limit: maxBoard}
	for {
		page, next := a.Views.Response.Page(who, q, a.Clock())
		if actions = append(actions, page...); len(actions) > maxBoard {
			return nil, fmt.Errorf("%w: the board has more than %d actions: ask for those of one status at a time, such as status=open", errInvalid, maxBoard)
		}
		if q.After = next; next == 0 {
			break
		}
	}
	return written(playbook.Board(o.Body.ID, "The response to "+o.Body.ID, o.Body.Audience().TLP, o.Body.Raised, actions))
}

func written(p playbook.Playbook, err error) (*body[document], error) {
	if err != nil {
		return nil, err
	}
	text, err := p.Write()
	return &body[document]{text}, err
}
