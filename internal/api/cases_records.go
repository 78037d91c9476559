package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
)

// recordList is records of a case as a dossier would show them.
type recordList struct {
	// Records are lines of records.jsonl (docs/dossier.md): whoever signs a vote can
	// compute every commitment, and with it the statement's basis.
	Records []document `json:"records" doc:"each {record, salt}, in canonical JSON"`
}

func (a *API) caseRecords() {
	operation(a, huma.Operation{OperationID: "case-records", Method: http.MethodGet, Path: "/cases/{id}/records", Summary: "The records of a case with their salts, to check before you sign"},
		access.Viewer, func(_ context.Context, who access.Principal, in *struct {
			ID    attribution.CaseID `path:"id"`
			After int                `query:"after" minimum:"0" doc:"the number of the last record that you have"`
		}) (*body[recordList], error) {
			kept, err := a.Views.Cases.Records(who, in.ID)
			if err != nil {
				return nil, err
			}
			kept = kept[min(max(in.After, 0), len(kept)):]
			list := recordList{Records: make([]document, 0, len(kept))}
			for _, k := range kept {
				line, err := lineOf(k)
				if err != nil {
					return nil, err
				}
				list.Records = append(list.Records, line)
			}
			return &body[recordList]{list}, nil
		})
	operation(a, huma.Operation{OperationID: "case-dossier", Method: http.MethodGet, Path: "/cases/{id}/dossier", Summary: "The dossier of a published case: everything, with the proofs, in one file",
		Responses: answers("application/zip")},
		access.Viewer, func(ctx context.Context, who access.Principal, in *struct {
			ID attribution.CaseID `path:"id"`
		}) (*file, error) {
			if _, err := a.Views.Cases.Get(who, in.ID); err != nil {
				return nil, err
			}
			if a.PublicLog == nil {
				return nil, errNoLog
			}
			text, err := a.PublicLog.Dossier(ctx, in.ID)
			return &file{"application/zip", text}, pending(err)
		})
}

// file is an answer that is not JSON.
type file struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}

// answers says that an operation answers with a file.
func answers(mediaType string) map[string]*huma.Response {
	text := &huma.Schema{Type: huma.TypeString, Format: "binary"}
	return map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{mediaType: {Schema: text}}}}
}

// lineOf is a record as records.jsonl has it.
func lineOf(k attribution.Kept) (document, error) {
	text, err := json.Marshal(attribution.Opened{Record: k.Record, Salt: k.Salt})
	if err != nil {
		return nil, err
	}
	line := jsontext.Value(text)
	err = line.Canonicalize() // in place, or into memory of its own
	return document(line), err
}
