package api

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/intake"
	"github.com/tocsin-project/tocsin/stix"
)

// Accepted is the hub's word that a contribution is on disk.
type Accepted struct {
	ID       string             `json:"id"`
	Accepted int                `json:"accepted"`       // objects that were taken
	Rejected []intake.Rejection `json:"rejected"`       // what was not, and why
	Known    bool               `json:"known,omitzero"` // the same contribution was there before; nothing changed
}

// mediaTypes are the bodies that a contribution may have.
var mediaTypes = []string{"application/stix+json", "application/taxii+json", "application/json", "text/plain"}

func (a *API) contributions() {
	a.mux.HandleFunc("POST "+prefix+"/contributions", func(w http.ResponseWriter, r *http.Request) {
		accepted, err := a.contribute(w, r)
		if err != nil {
			a.writeProblem(w, err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		_ = json.MarshalWrite(w, accepted) // it is on disk, whether or not the caller hears it
	})
	content := map[string]*huma.MediaType{}
	for _, m := range mediaTypes {
		content[m] = &huma.MediaType{}
	}
	text := &huma.Schema{Type: huma.TypeString}
	answer := a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Accepted](), true, "")
	a.huma.OpenAPI().AddOperation(&huma.Operation{
		OperationID: "contribute", Method: http.MethodPost, Path: "/contributions",
		Summary:     "Contribute a STIX bundle or a plain list",
		Description: "Answers when it is on disk and can be found. All or nothing, unless per_object is true. Needs the role contributor.",
		Parameters: []*huma.Param{
			{Name: "tlp", In: "query", Description: "the marking of objects that carry none; green if not given", Schema: text},
			{Name: "recipients", In: "query", Description: "for TLP:RED: partner ids, separated by commas", Schema: text},
			{Name: "per_object", In: "query", Description: "true: take what is valid and report the rest", Schema: &huma.Schema{Type: huma.TypeBoolean}},
		},
		RequestBody: &huma.RequestBody{Required: true, Content: content},
		Responses:   map[string]*huma.Response{"201": {Description: "on disk", Content: map[string]*huma.MediaType{"application/json": {Schema: answer}}}, "default": a.failures()},
	})
}

func (a *API) contribute(w http.ResponseWriter, r *http.Request) (Accepted, error) {
	who := principal(r.Context())
	if !who.AtLeast(access.Contributor) {
		return Accepted{}, fmt.Errorf("%w: this needs the role contributor, the token has %s", errForbidden, who.Role)
	}
	submission, err := a.submission(r, who)
	if err != nil {
		return Accepted{}, err
	}
	ctx := r.Context()
	outcome, err := intake.Read(ctx, http.MaxBytesReader(w, r.Body, a.MaxBody+1), submission)
	if err != nil {
		return Accepted{}, err
	}
	accepted := Accepted{ID: outcome.ID, Accepted: outcome.Accepted, Rejected: outcome.Rejected}
	if accepted.Known, err = a.Views.Catalog.HasContribution(ctx, outcome.ID); err != nil || accepted.Known || len(outcome.Drafts) == 0 {
		return accepted, err
	}
	entries, err := a.Views.Append(ctx, outcome.Drafts...)
	if err != nil {
		return accepted, err
	}
	return accepted, a.Views.WaitCatalog(ctx, entries[len(entries)-1].Seq)
}

func (a *API) submission(r *http.Request, who access.Principal) (intake.Submission, error) {
	s := intake.Submission{Partner: who.Partner, MaxBytes: a.MaxBody, Source: "stix"}
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || !slices.Contains(mediaTypes, media) {
		return s, fmt.Errorf("%w: Content-Type %q; send one of %s", errMediaType, r.Header.Get("Content-Type"), strings.Join(mediaTypes, ", "))
	}
	s.Format = intake.STIX
	if media == "text/plain" {
		s.Format, s.Source = intake.List, "list"
	}
	if who.Partner == "" {
		s.Partner = access.Hub
	}
	query := r.URL.Query()
	s.PerObject = query.Get("per_object") == "true"
	s.Audience = access.ToCommunity(access.Green)
	if tlp := query.Get("tlp"); tlp != "" {
		if s.Audience.TLP, err = access.ParseTLP(tlp); err != nil {
			return s, fmt.Errorf("%w: tlp: %w", errInvalid, err)
		}
	}
	for id := range strings.SplitSeq(query.Get("recipients"), ",") {
		if id = strings.TrimSpace(id); id == "" {
			continue
		}
		if _, present := a.Views.Access.Partner(access.PartnerID(id)); !present {
			return s, fmt.Errorf("%w: recipients: no partner has the id %q", errInvalid, id)
		}
		s.Audience.Recipients = append(s.Audience.Recipients, access.PartnerID(id))
	}
	return s, nil
}

// refusedWhole is a contribution of which nothing was taken: 413 if it is too
// large, 400 if it cannot be read, 422 if it can be read but is not valid.
func refusedWhole(refused *intake.Refused) huma.StatusError {
	details := rejections(refused.Rejected)
	var cause *stix.Error
	switch {
	case errors.As(refused.Cause, &cause) && cause.Rule == stix.RuleSize:
		return huma.Error413RequestEntityTooLarge(refused.Error(), details...)
	case refused.Cause != nil:
		return huma.Error400BadRequest(refused.Error(), details...)
	}
	return huma.Error422UnprocessableEntity(refused.Error()+"; nothing was taken: correct it, or send it with per_object=true to have the rest taken", details...)
}

// rejections are what was not taken, as problem details.
func rejections(rejected []intake.Rejection) []error {
	const shown = 100
	details := make([]error, 0, min(len(rejected), shown+1))
	for i, r := range rejected {
		if i == shown {
			return append(details, &huma.ErrorDetail{Message: fmt.Sprintf("and %d more", len(rejected)-shown)})
		}
		place := r.Pointer
		if r.Line > 0 {
			place = strings.TrimSpace(fmt.Sprintf("%s line %d", r.Pointer, r.Line))
		}
		details = append(details, &huma.ErrorDetail{Message: r.Reason, Location: place, Value: r.ID})
	}
	return details
}
