package api

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/once"
	"github.com/tocsin-project/tocsin/internal/publiclog/proof"
)

// PublicLog is what the API asks of the hub's public log.
type PublicLog interface {
	// Status is how it stands.
	Status() proof.Status
	// Keys is the trust file of the hub's own keys, as anybody may see it.
	Keys() (string, error)
	// Contribution proves that entries of the ledger are committed to; the error is
	// proof.ErrPending until they are.
	Contribution(ctx context.Context, id string, entries []ledger.Seq) (proof.Contribution, error)
	// Index is where the log has the leaf of an entry of the ledger, once it has.
	Index(seq ledger.Seq) (int64, bool)
	// ProveRecord proves that the log commits to a record of a case; the error is
	// proof.ErrPending until it does.
	ProveRecord(k attribution.Kept) (proof.Record, error)
	// Dossier is that of a published case, made if it is not there; it is
	// access.ErrNotFound where nothing is published, and proof.ErrPending until
	// the witnesses have cosigned.
	Dossier(ctx context.Context, id attribution.CaseID) ([]byte, error)
	// Renew has the dossier made soon.
	Renew(id attribution.CaseID)
	// Rotate gives the log one more key, or takes one away; see package translog.
	Rotate(ctx context.Context, revoke string) (vkey string, err error)
}

var errNoLog = notFound("this hub has no public log")

// provePatience is after how long it is worth asking again for what is not yet
// on the log.
const provePatience = 5 * time.Second

// pending gives what cannot be proved yet its status.
func pending(err error) error {
	if errors.Is(err, proof.ErrPending) || errors.Is(err, context.DeadlineExceeded) {
		return later(huma.Error503ServiceUnavailable(err.Error()+"; ask again in a while"), provePatience)
	}
	return err
}

const (
	logKeysPath = "/log/keys"
	keysType    = "text/plain; charset=utf-8"
)

func (a *API) proofs() {
	operation(a, huma.Operation{OperationID: "log", Method: http.MethodGet, Path: "/log", Summary: "How the public log and its witnesses stand"},
		access.Viewer, func(context.Context, access.Principal, *struct{}) (*body[proof.Status], error) {
			if a.PublicLog == nil {
				return nil, errNoLog
			}
			return &body[proof.Status]{a.PublicLog.Status()}, nil
		})
	huma.Register(a.huma, huma.Operation{
		OperationID: "log-keys", Method: http.MethodGet, Path: logKeysPath, Summary: "The hub's own keys, as a trust file",
		Description: "For everybody. Compare them with what you were told elsewhere before you trust them.",
		Security:    []map[string][]string{}, Responses: answers(keysType),
	}, func(context.Context, *struct{}) (*file, error) {
		if a.PublicLog == nil {
			return nil, a.problem(errNoLog)
		}
		text, err := a.PublicLog.Keys()
		if err != nil {
			return nil, a.problem(err)
		}
		return &file{keysType, []byte(text)}, nil
	})
	operation(a, huma.Operation{OperationID: "rotate-log-key", Method: http.MethodPost, Path: logKeysPath, Summary: "Add a key to the public log, or revoke one", DefaultStatus: http.StatusCreated},
		access.Administrator, func(ctx context.Context, _ access.Principal, in *body[keyRotation]) (*body[rotatedKey], error) {
			if a.PublicLog == nil {
				return nil, errNoLog
			}
			once.Repeatable(ctx) // it is not on the ledger
			vkey, err := a.PublicLog.Rotate(ctx, in.Body.Revoke)
			return &body[rotatedKey]{rotatedKey{vkey}}, err
		})
	operation(a, huma.Operation{OperationID: "contribution-proof", Method: http.MethodGet, Path: "/contributions/{id}/proof", Summary: "Proof that your contribution was accepted, for anybody to check"},
		access.Viewer, func(ctx context.Context, who access.Principal, in *struct {
			ID   string `path:"id"`
			Part int    `query:"part" minimum:"0" doc:"of a large contribution: this part alone, from 1"`
		}) (*body[proof.Contribution], error) {
			proved, err := a.prove(ctx, who, in.ID, in.Part)
			return &body[proof.Contribution]{proved}, pending(err)
		})
}

type keyRotation struct {
	Revoke string `json:"revoke,omitempty" doc:"the verifier key to revoke; without, one more key is made"`
}

type rotatedKey struct {
	Key string `json:"key" doc:"the verifier key that was made or revoked"`
}

// mostProved is how many entries one document may hold: each is up to 1 MiB.
const mostProved = 16

// prove is for the contribution's own partner alone: how many parts there are,
// and what is in them, would tell others of what is hidden from them.
func (a *API) prove(ctx context.Context, who access.Principal, id string, part int) (proof.Contribution, error) {
	entries, err := a.Views.Catalog.Entries(ctx, access.PartnerID(who.Actor()), id)
	if err != nil {
		return proof.Contribution{}, err
	}
	switch {
	case len(entries) == 0 || !strings.HasPrefix(id, "contribution--"):
		return proof.Contribution{}, notFound("contribution %.100q, or it is withdrawn, or another partner's: its proof is for that partner", id)
	case a.PublicLog == nil:
		return proof.Contribution{}, errNoLog
	case part > len(entries):
		return proof.Contribution{}, notFound("part %d of %d", part, len(entries))
	case part > 0:
		entries = entries[part-1 : part]
	case len(entries) > mostProved:
		return proof.Contribution{}, huma.Error413RequestEntityTooLarge("it has many parts: ask for each with part=1, part=2 and so on")
	}
	return a.PublicLog.Contribution(ctx, id, entries)
}
