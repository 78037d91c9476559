package hub

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/publiclog"
	"github.com/tocsin-project/tocsin/internal/publiclog/proof"
	"github.com/tocsin-project/tocsin/internal/sealed"
	"github.com/tocsin-project/tocsin/internal/translog"
)

// public is what the API asks of the public log (api.PublicLog).
type public struct {
	*publiclog.Logger
	*publiclog.Dossiers
	hub *Hub
}

func (p public) Contribution(ctx context.Context, id string, entries []ledger.Seq) (proof.Contribution, error) {
	disclose := func(ctx context.Context, seq ledger.Seq) (sealed.Disclosure, error) {
		return p.hub.sealed.Disclose(ctx, seq)
	}
	return p.Prove(ctx, id, entries, disclose)
}

func (p public) Dossier(ctx context.Context, id attribution.CaseID) ([]byte, error) {
	path, err := p.Newest(ctx, id)
	if err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

func (p public) Rotate(ctx context.Context, revoke string) (string, error) {
	vkey, err := p.Logger.Rotate(ctx, revoke)
	if errors.Is(err, translog.ErrInvalid) {
		err = fmt.Errorf("%w: %w", access.ErrInvalid, err)
	}
	return vkey, err
}

// serveDossier gives the dossier of a published case to anybody, at
// /dossiers/CASE.zip. That there is a case that is not published it does not say.
func (h *Hub) serveDossier(w http.ResponseWriter, r *http.Request) {
	id, ok := publiclog.CaseOf(r.PathValue("file"))
	if !ok {
		http.NotFound(w, r)
		return
	}
	path, err := h.dossiers.Path(r.Context(), id)
	switch {
	case errors.Is(err, access.ErrNotFound):
		http.NotFound(w, r)
		return
	case errors.Is(err, proof.ErrPending):
		w.Header().Set("Retry-After", "10")
		http.Error(w, "the dossier is not ready yet: ask again in a while", http.StatusServiceUnavailable)
		return
	case err != nil:
		h.cfg.Logger.Error("a dossier cannot be made", "case", id, "error", err)
		http.Error(w, "the dossier cannot be made: the hub's log says why", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/zip")
	w.Header().Set("Content-Disposition", `attachment; filename="`+strings.ReplaceAll(string(id), `"`, "")+`.zip"`)
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	http.ServeFile(w, r, path) //nolint:gosec // Path names files after cases that there are, never after what was asked for
}
