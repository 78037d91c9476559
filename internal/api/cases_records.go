package api

import (
	"context"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/canonical"
)

// recordList is records of a case as a dossier would show them.
type recordList struct {
	// Records are lines of records.jsonl (docs/dossier.md): whoever signs a vote can
	// compute every commitment, and with it the statement's basis.
	Records []document `json:"records" doc:"each {record, salt}, in canonical JSON"`
	// Indexes are fewer than Records as long as the log lacks the last ones.
	Indexes []int64 `json:"indexes" doc:"where the public log has their commitments, in the same order; those of the last may be missing for a moment"`
	More    string  `json:"more,omitempty" doc:"there are more: after this"`
}

// recordOf names a record of a case.
type recordOf struct {
	Case   attribution.CaseID `path:"id"`
	Number int                `path:"number" minimum:"1"`
}

func (a *API) caseRecords() {
	operation(a, huma.Operation{OperationID: "case-records", Method: http.MethodGet, Path: "/cases/{id}/records", Summary: "The records of a case with their salts, to check before you sign"},
		access.Viewer, func(_ context.Context, who access.Principal, in *struct {
			ID    attribution.CaseID `path:"id"`
			After int                `query:"after" minimum:"0" doc:"the number of the last record that you have"`
			Limit int                `query:"limit" minimum:"1" doc:"at most so many; all if not given"`
		}) (*body[recordList], error) {
			kept, err := a.Views.Cases.Records(who, in.ID)
			if err != nil {
				return nil, err
			}
			all := len(kept)
			kept = kept[min(max(in.After, 0), all):]
			if in.Limit > 0 {
				kept = kept[:min(in.Limit, len(kept))]
			}
			list := recordList{Records: make([]document, 0, len(kept))}
			if last := in.After + len(kept); last < all {
				list.More = strconv.Itoa(last)
			}
			for _, k := range kept {
				line, err := lineOf(k)
				if err != nil {
					return nil, err
				}
				list.Records = append(list.Records, line)
			}
			list.Indexes = a.indexes(kept)
			return &body[recordList]{list}, nil
		})
	operation(a, huma.Operation{OperationID: "record-proof", Method: http.MethodGet, Path: "/cases/{id}/records/{number}/proof", Summary: "Proof that a record is on the public log, to keep (docs/public-log.md)"},
		access.Viewer, func(_ context.Context, who access.Principal, in *recordOf) (*body[document], error) {
			kept, err := a.Views.Cases.Records(who, in.Case)
			switch {
			case err != nil:
				return nil, err
			case in.Number > len(kept):
				return nil, notFound("record %d of %s, which has %d", in.Number, in.Case, len(kept))
			case a.PublicLog == nil:
				return nil, errNoLog
			}
			proved, err := a.PublicLog.ProveRecord(kept[in.Number-1])
			if err != nil {
				return nil, pending(err)
			}
			text, err := json.Marshal(proved) // its record's body is of any form
			return &body[document]{text}, err
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

// indexes are where the log has records, as far as it has them.
func (a *API) indexes(kept []attribution.Kept) []int64 {
	indexes := make([]int64, 0, len(kept))
	for _, k := range kept {
		if a.PublicLog == nil {
			break
		}
		index, logged := a.PublicLog.Index(k.Seq)
		if !logged {
			break // the log is in the ledger's order
		}
		indexes = append(indexes, index)
	}
	return indexes
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
	line, err := canonical.JSON(attribution.Opened{Record: k.Record, Salt: k.Salt})
	return document(line), err
}
