package api

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
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
	// Waiting says that it cannot be found yet: the hub is catching up.
	Waiting bool `json:"waiting,omitzero"`
	// Format is as it was found out or said. Repeated objects say what an
	// earlier one in the text said. Warnings are about objects that were taken;
	// they are the first of WarningCount.
	Format       intake.Format      `json:"format,omitzero"`
	Repeated     int                `json:"repeated,omitzero"`
	Warnings     []intake.Rejection `json:"warnings,omitempty"`
	WarningCount int                `json:"warning_count,omitzero"`
}

// mediaTypes are the bodies that a contribution may have.
var mediaTypes = []string{"application/stix+json", "application/taxii+json", "application/json", "text/plain", "text/csv", "application/octet-stream"}

// ruleKept warns of a version that was there with other content.
const ruleKept stix.Rule = "version-kept"

// NewAccepted is what became of a submission, as the API says it.
func NewAccepted(o intake.Outcome) Accepted {
	return Accepted{
		ID: o.ID, Format: o.Format, Accepted: o.Accepted, Repeated: o.Repeated, Rejected: o.Rejected,
		Warnings: o.Warnings, WarningCount: o.WarningCount,
	}
}

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
		Summary:     "Contribute a STIX bundle, MISP events, CSV, a plain list or a known feed",
		Description: "Answers when it is on disk and can be found. All or nothing, unless per_object is true. Needs the role contributor.",
		Parameters: append(options(text), []*huma.Param{
			{Name: "tlp", In: "query", Description: "the marking of objects that carry none; green if not given", Schema: text},
			{Name: "community", In: "query", Description: "whose members the community are; default if not given", Schema: text},
			{Name: "recipients", In: "query", Description: "for TLP:RED: partner ids, separated by commas", Schema: text},
			{Name: "per_object", In: "query", Description: "true: take what is valid and report the rest", Schema: &huma.Schema{Type: huma.TypeBoolean}},
		}...),
		RequestBody: &huma.RequestBody{Required: true, Content: content},
		Responses:   map[string]*huma.Response{"201": {Description: "on disk", Content: map[string]*huma.MediaType{"application/json": {Schema: answer}}}, "default": a.failures()},
	})
}

// options are the parameters that intake.Submission.Declare reads.
func options(text *huma.Schema) []*huma.Param {
	all := make([]*huma.Param, 0, len(intake.Options))
	for _, o := range intake.Options {
		all = append(all, &huma.Param{Name: o.Name, In: "query", Description: o.Help, Schema: text})
	}
	return all
}

func (a *API) contribute(w http.ResponseWriter, r *http.Request) (Accepted, error) {
	submission, err := a.submission(r, principal(r.Context()))
	if err != nil {
		return Accepted{}, err
	}
	ctx := r.Context()
	outcome, done, err := a.Views.Read(ctx, http.MaxBytesReader(w, r.Body, a.MaxBody+1), submission)
	if err != nil {
		return Accepted{}, err
	}
	defer done()
	accepted := NewAccepted(outcome)
	taken, err := a.Views.Contribute(ctx, submission.Partner, outcome)
	accepted.Known, accepted.Waiting = taken.Known, !taken.Visible
	for _, k := range taken.Kept {
		accepted.Warnings = append(accepted.Warnings, intake.Rejection{ID: k.ID, Rule: string(ruleKept), Reason: k.ID + " " + k.Reason})
		accepted.WarningCount++
	}
	return accepted, err
}

func (a *API) submission(r *http.Request, who access.Principal) (s intake.Submission, err error) {
	if err := needs(access.Contributor)(who); err != nil {
		return s, err // before anything is said of the text
	}
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || !slices.Contains(mediaTypes, media) {
		return s, fmt.Errorf("%w: Content-Type %q; send one of %s", errMediaType, r.Header.Get("Content-Type"), strings.Join(mediaTypes, ", "))
	}
	query := r.URL.Query()
	if err := knownParameters(query); err != nil {
		return s, err
	}
	if s, err = a.Views.Submission(who, query); err != nil {
		return s, err
	}
	s.MaxBytes = a.MaxBody
	if s.Format == intake.Auto && (media == "application/stix+json" || media == "application/taxii+json") {
		s.Format = intake.STIX
	}
	return s, nil
}

// knownParameters refuses what would otherwise be ignored in silence: a typing
// error in recipients would have the whole community told.
func knownParameters(query url.Values) error {
	known := make([]string, 0, 4+len(intake.Options))
	known = append(known, "tlp", "community", "recipients", "per_object")
	for _, o := range intake.Options {
		known = append(known, o.Name)
	}
	for name := range query {
		if !slices.Contains(known, name) {
			return fmt.Errorf("%w: unknown parameter %.40q: use %s", errInvalid, name, strings.Join(known, ", "))
		}
	}
	return nil
}

// flag reads a parameter that is true or false.
func flag(query url.Values, name string, otherwise bool) (bool, error) {
	switch value := query.Get(name); value {
	case "":
		return otherwise, nil
	case "true":
		return true, nil
	case "false":
		return false, nil
	default:
		return false, fmt.Errorf("%w: %s: %.40q is neither true nor false", errInvalid, name, value)
	}
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
		details = append(details, &huma.ErrorDetail{Message: fmt.Sprintf("%s [%s]", r.Reason, r.Rule), Location: place, Value: r.ID})
	}
	return details
}
