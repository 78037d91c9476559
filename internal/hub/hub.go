package hub

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/duty"
	"github.com/tocsin-project/tocsin/internal/exposure"
	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/feed/rpz"
	"github.com/tocsin-project/tocsin/internal/headroom"
	"github.com/tocsin-project/tocsin/internal/impact"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/metrics"
	"github.com/tocsin-project/tocsin/internal/notice"
	"github.com/tocsin-project/tocsin/internal/notice/deliver"
	"github.com/tocsin-project/tocsin/internal/once"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/publiclog"
	"github.com/tocsin-project/tocsin/internal/pull"
	"github.com/tocsin-project/tocsin/internal/sealed"
	"github.com/tocsin-project/tocsin/internal/signin"
	"github.com/tocsin-project/tocsin/internal/translog"
	"github.com/tocsin-project/tocsin/internal/views"
	"github.com/tocsin-project/tocsin/internal/warninglist"
)

// HotZone and Zone are the policy zones by which resolvers follow the hub: what
// is recent, and everything.
const (
	HotZone = "tocsin-hot.rpz."
	Zone    = "tocsin.rpz."
)

// LedgerFile and CatalogFile are the files in the data directory.
const (
	LedgerFile  = "ledger.db"
	CatalogFile = "catalog.db"
	answersFile = "answers" // to requests with keys; it may be deleted
	KeysFile    = "keys"
)

// Hub is a running hub.
type Hub struct {
	Views *views.Views
	// ClaimSecret is with what the administration of a hub that nobody
	// administers yet is claimed, once; empty if somebody does. Each start makes
	// another.
	ClaimSecret string

	cfg       Config
	secrets   secrets
	ledger    ledger.Ledger
	dns       *rpz.Server
	sinkhole  *feed.Sinkhole
	visits    *visits
	log       *translog.Log
	logger    *publiclog.Logger
	dossiers  *publiclog.Dossiers
	answers   *once.Answers  // to requests with keys
	duties    duty.Config    // with the operator's templates
	sealed    *sealed.Ledger // the ledger as it is stored
	nodes     *nodes         // of which this is one; nil: there are no others
	outlets   *outlets
	numbering numbering // of a node of a cluster; nil otherwise
	listener  net.Listener
	signIn    *signin.Service
	sources   *pull.Puller
	press     *deliver.Press // of bundles
	server    *http.Server

	guard     *headroom.Guard // of the disk
	metrics   *metrics.Metrics
	followers func() int64 // of the change stream
	failing   atomic.Bool  // the ledger takes nothing: its storage fails

	guards       []protect.Guard
	warningLists *warninglist.Folder // nil without

	stop     context.CancelCauseFunc
	stopped  sync.WaitGroup
	ended    context.Context // done when the hub has failed or is closing
	drain    context.CancelFunc
	draining context.Context // done when answers that never end by themselves have to
	closing  sync.Once
	closed   error
}

// Start opens the data directory, rebuilds what has to be rebuilt and begins
// to serve. Close ends it.
func Start(ctx context.Context, cfg Config) (h *Hub, err error) {
	cfg = cfg.WithDefaults()
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("start hub: %w", err)
	}
	h = &Hub{cfg: cfg}
	h.ended, h.stop = context.WithCancelCause(context.WithoutCancel(ctx))
	h.draining, h.drain = context.WithCancel(h.ended)
	defer func() {
		if err != nil {
			err = fmt.Errorf("start hub: %w", errors.Join(err, h.Close()))
			h = nil
		}
	}()
	if err := os.MkdirAll(cfg.Data, 0o700); err != nil {
		return h, err
	}
	if cfg.Cluster != "" {
		if err := h.joinCluster(ctx); err != nil {
			return h, err
		}
	}
	if h.secrets, err = loadSecrets(cfg.Data); err != nil {
		return h, err
	}
	if err := h.openLedger(ctx); err != nil {
		return h, err
	}
	if err := h.openSinkhole(); err != nil {
		return h, err
	}
	if err := h.openGuards(); err != nil {
		return h, err
	}
	if err := h.openViews(ctx); err != nil {
		return h, err
	}
	if h.listener, err = net.Listen("tcp", cfg.Listen); err != nil {
		return h, fmt.Errorf("listen on %s: %w", cfg.Listen, err)
	}
	if err := h.openDoor(); err != nil {
		return h, err
	}
	if err := h.openSources(); err != nil {
		return h, err
	}
	if err := h.openNotices(); err != nil {
		return h, err
	}
	if err := h.openOutlets(ctx); err != nil {
		return h, err
	}
	return h, h.serve()
}

func (h *Hub) openSinkhole() (err error) {
	h.visits = newVisits()
	h.sinkhole, err = feed.NewSinkhole(h.cfg.Sinkhole, h.visits.visited)
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("%w; a port below 1024 needs the capability CAP_NET_BIND_SERVICE", err)
	}
	return err
}

func (h *Hub) openViews(ctx context.Context) (err error) {
	if h.duties, err = h.cfg.Duties.read(); err != nil {
		return err
	}
	if h.Views, err = h.Beside(ctx, filepath.Join(h.cfg.Data, CatalogFile)); err != nil {
		return err
	}
	administrator := h.secrets.Administrator
	if h.cfg.AdminToken != "" {
		administrator = access.HashSecret(h.cfg.AdminToken)
		h.cfg.warnOfShort()
	}
	if h.answers, err = once.OpenAnswers(filepath.Join(h.cfg.Data, answersFile)); err != nil {
		return err
	}
	h.Views.Access.SetAdministrator(administrator)
	if !h.Views.Access.Claimed() {
		secret, hash := access.NewClaim()
		if h.nodes != nil { // whichever node is asked, the one that leads answers
			secret, hash = access.ClaimOf(h.secrets.derive("tocsin claim"))
		}
		h.ClaimSecret = secret
		h.Views.Access.SetClaim(hash)
	}
	return nil
}

// Beside opens views of the hub's ledger with a catalog file of their own: what
// a rebuild would give. They are not run, and the caller closes them.
func (h *Hub) Beside(ctx context.Context, catalog string) (*views.Views, error) {
	policy, err := h.cfg.Dial.Policy()
	if err != nil {
		return nil, err
	}
	return views.Open(ctx, h.ledger, views.Config{
		Catalog: catalog, Protect: h.protection(), Backlog: h.cfg.Backlog, Key: h.secrets.contributionKey(), Clock: h.cfg.Clock, Logger: h.cfg.Logger,
		Response: h.cfg.Response.config(), Exposure: exposure.Config{SmallestGroup: h.cfg.Response.SmallestGroup}, Impact: impact.Config{SmallestGroup: h.cfg.Response.SmallestGroup},
		Duty: h.duties, Notice: notice.Config{Dial: policy}, Decides: h.Leads,
	})
}

// protection is how the hub decides about protections.
func (h *Hub) protection() protect.Config {
	return h.cfg.Rule.of(protect.Config{Sinkhole: h.sinkhole.Addr().Addr(), Guards: slices.Clone(h.guards)})
}

func (h *Hub) openOutlets(ctx context.Context) (err error) {
	if h.outlets, err = newOutlets(ctx, h); err != nil {
		return err
	}
	var incremental func(string, uint32) bool
	if h.numbering != nil {
		incremental = h.outlets.incremental
	}
	h.dns, err = rpz.New(rpz.Config{
		Incremental: incremental,
		Addr:        h.cfg.DNSListen, HotZone: HotZone, Zone: Zone, Keys: h.outlets.transferKey,
		TLSAddr: h.cfg.DNSTLSListen, Dir: filepath.Join(h.cfg.Data, "dns"), Logger: h.cfg.Logger,
	})
	if err != nil {
		return err
	}
	if err := h.openLog(); err != nil {
		return err
	}
	h.Views.OnEntry(h.outlets.entry)
	if h.nodes != nil {
		h.Views.OnEntry(h.nodes.member.Entry)
	}
	if h.cfg.OnEntry != nil {
		h.Views.OnEntry(h.cfg.OnEntry)
	}
	h.run("publish protections", h.outlets.run)
	h.run("follow the warning lists", h.followWarningLists)
	h.run("report visits to the sinkhole", h.reportVisits)
	h.run("fold the ledger", h.Views.Run)
	h.run("follow the ledger for the public log", h.logger.Run)
	h.run("make dossiers", h.dossiers.Run)
	h.runLeading("pull from the sources", h.sources.Run)
	h.run("tell of the rebuild of the views", h.Views.TellRebuild)
	return nil
}

// run has work done until the hub ends; work that fails ends the hub.
func (h *Hub) run(what string, work func(context.Context) error) {
	h.stopped.Go(func() {
		if err := work(h.ended); err != nil && h.ended.Err() == nil {
			h.cfg.Logger.Error("the hub has to stop", "failed", what, "error", err)
			h.stop(fmt.Errorf("%s: %w", what, err))
		}
	})
}

// Wait returns when the hub has failed, with the reason, or when ctx ends.
func (h *Hub) Wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case <-h.ended.Done():
		return context.Cause(h.ended)
	}
}

// Close stops serving, then what is behind it. What was acknowledged is on
// disk. Closing twice is harmless.
func (h *Hub) Close() error {
	h.closing.Do(func() { h.closed = h.close() })
	return h.closed
}

func (h *Hub) close() error {
	var errs []error
	h.drain()
	if h.server != nil {
		patience, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		if err := h.server.Shutdown(patience); err != nil {
			errs = append(errs, h.server.Close())
		}
	} else if h.listener != nil {
		errs = append(errs, h.listener.Close())
	}
	h.stop(errClosed)
	h.stopped.Wait()
	closers := []func() error{}
	if h.dns != nil {
		closers = append(closers, h.dns.Close)
	}
	if h.sinkhole != nil {
		closers = append(closers, h.sinkhole.Close)
	}
	if h.answers != nil {
		closers = append(closers, h.answers.Close)
	}
	if h.Views != nil {
		closers = append(closers, h.Views.Close)
	}
	if h.log != nil {
		closers = append(closers, h.log.Close)
	}
	if h.ledger != nil {
		closers = append(closers, h.ledger.Close)
	}
	if h.nodes != nil {
		closers = append(closers, h.nodes.close)
	}
	for _, closeOne := range closers {
		errs = append(errs, closeOne())
	}
	return errors.Join(errs...)
}

var errClosed = errors.New("the hub was closed")

// URL is where the hub serves.
func (h *Hub) URL() string {
	scheme := "http"
	if h.cfg.TLSCert != "" {
		scheme = "https"
	}
	return scheme + "://" + h.listener.Addr().String()
}

// DNS is where the RPZ primary listens.
func (h *Hub) DNS() netip.AddrPort { return h.dns.Addr() }

// Sinkhole is the built-in HTTP sinkhole, to which must-resolve names lead.
func (h *Hub) Sinkhole() netip.AddrPort { return h.sinkhole.Addr() }

// notifyTargets are the secondaries of the configuration, which follow with the
// administration's own key, and those that partners have connected.
func (h *Hub) notifyTargets() []rpz.Target {
	targets := make([]rpz.Target, 0, len(h.Views.Connections.List())+len(h.cfg.Notify))
	for _, one := range h.Views.Connections.List() {
		targets = append(targets, rpz.Target{Addr: one.Notify, Key: h.outlets.keys.name(follower{one.Partner, cmp.Or(one.Reach, feed.Internal)}), Plain: one.Engine == "unbound"})
	}
	for _, n := range h.cfg.Notify {
		at := netip.MustParseAddrPort(n) // validated at the start
		targets = append(targets, rpz.Target{Addr: at, Key: h.outlets.keys.name(follower{"", feed.Internal})})
	}
	return targets
}

// WaitPublished returns when every outlet serves what has been decided so far.
func (h *Hub) WaitPublished(ctx context.Context) error {
	return h.outlets.published.Wait(ctx, h.outlets.due())
}
