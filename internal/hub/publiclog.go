package hub

import (
	"context"
	"iter"
	"os"
	"path/filepath"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/publiclog"
	"github.com/tocsin-project/tocsin/internal/translog"
	"github.com/tocsin-project/tocsin/internal/views"
)

// logOrigin and the hub's own UUID name its transparency log: two hubs' logs
// are never taken for one.
const logOrigin = "tocsin.invalid/"

// Where the public log and what belongs to it is in the data directory.
const (
	logFolder     = "log"
	logKeyFile    = "log.key"
	loggerFolder  = "publiclog"
	dossierFolder = "dossiers"
)

// openLog opens the public log and makes what follows the ledger for it.
func (h *Hub) openLog() (err error) {
	h.log, err = translog.OpenFile(filepath.Join(h.cfg.Data, logFolder), filepath.Join(h.cfg.Data, logKeyFile), logOrigin+h.secrets.Collection)
	if err != nil {
		return err
	}
	policy, err := h.cfg.Dial.Policy()
	if err != nil {
		return err
	}
	witnesses, err := h.cfg.Log.witnesses(policy)
	if err != nil {
		return err
	}
	for _, folder := range []string{loggerFolder, dossierFolder} {
		if err := os.MkdirAll(filepath.Join(h.cfg.Data, folder), 0o700); err != nil {
			return err
		}
	}
	h.logger, err = publiclog.New(publiclog.Config{
		Dir: filepath.Join(h.cfg.Data, loggerFolder), Log: h.log, Source: folded{h.Views}, Every: h.cfg.Log.Commit,
		Witnesses: witnesses, Shared: h.sharedLog(), Clock: h.cfg.Clock, Logger: h.cfg.Logger,
	})
	if err != nil {
		return err
	}
	h.dossiers = publiclog.NewDossiers(filepath.Join(h.cfg.Data, dossierFolder), h.logger, h.Views.Cases, h.Views.Voters)
	return nil
}

// folded is the ledger as the memory views have folded it.
type folded struct{ views *views.Views }

func (f folded) Read(ctx context.Context, after ledger.Seq, kinds ...ledger.Kind) iter.Seq2[ledger.Entry, error] {
	return f.views.Ledger.Read(ctx, after, kinds...)
}

func (f folded) Folded(ctx context.Context, after ledger.Seq, kinds ...ledger.Kind) iter.Seq2[ledger.Entry, error] {
	return f.views.Follow(ctx, after, kinds, true, time.Hour, func(bool) error { return nil })
}

func (f folded) Leaf(seq ledger.Seq) ([]byte, bool) {
	if leaf, ok := f.views.Cases.Leaf(seq); ok {
		return leaf, true
	}
	return f.views.Voters.Leaf(seq)
}

// LogKeys are the verifier keys of the public log, for those who have them from
// here and from nobody else: witnesses and trust files.
func (h *Hub) LogKeys() []string { return h.log.Keys() }
