package publiclog

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/atomicfile"
	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/dossier"
	"github.com/tocsin-project/tocsin/internal/publiclog/proof"
	"github.com/tocsin-project/tocsin/internal/voters"
)

// Dossiers makes and keeps the dossiers of published cases. A case of which more
// has become public gets another file beside the one before; older ones go.
type Dossiers struct {
	dir    string
	logger *Logger
	cases  *attribution.State
	voters *voters.State
	making singleflight.Group
	due    chan attribution.CaseID

	mu   sync.Mutex
	held map[attribution.CaseID]*held
}

// makingPatience is how long the making of one may take, most of which is
// waiting for witnesses.
const makingPatience = 30 * time.Second

// makingEvery is how often another dossier of a case is made because somebody
// without an account asks, unless a coordinator has made more of it public. Each
// is an entry of the log for good.
const makingEvery = time.Minute

// NewDossiers keeps them in dir, which has to exist.
func NewDossiers(dir string, l *Logger, cases *attribution.State, v *voters.State) *Dossiers {
	return &Dossiers{dir: dir, logger: l, cases: cases, voters: v, due: make(chan attribution.CaseID, 64), held: make(map[attribution.CaseID]*held)}
}

// Renew has a case's dossier made soon. If nothing comes of it, the next who
// asks has it made.
func (d *Dossiers) Renew(id attribution.CaseID) {
	select {
	case d.due <- id:
	default:
	}
}

// Run makes what is due until the context ends.
func (d *Dossiers) Run(ctx context.Context) error {
	if err := atomicfile.Clean(d.dir); err != nil {
		return err
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case id := <-d.due:
			if _, err := d.Newest(ctx, id); err != nil && ctx.Err() == nil {
				d.logger.cfg.Logger.Warn("a dossier could not be made, and will be when somebody asks for it", "case", id, "error", err)
			}
		}
	}
}

// Newest is the file with the dossier of a case as it is public now, which is
// made if it is not there. The error is access.ErrNotFound where nothing is
// published, and proof.ErrPending where it is not ready in time.
func (d *Dossiers) Newest(ctx context.Context, id attribution.CaseID) (string, error) {
	return d.file(ctx, id, true)
}

// Path is Newest for anybody: it may be up to makingEvery older, or as long as
// the witnesses are missing, but for publications and replies.
func (d *Dossiers) Path(ctx context.Context, id attribution.CaseID) (string, error) {
	return d.file(ctx, id, false)
}

func (d *Dossiers) file(ctx context.Context, id attribution.CaseID, newest bool) (string, error) {
	part, err := d.cases.PublicPart(id)
	if err != nil {
		return "", err
	}
	path, err := d.pathOf(part.Records)
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return path, err
	}
	older, due, err := d.begin(id, part)
	if err != nil || (older != "" && !due && !newest) {
		return older, err
	}
	made := d.making.DoChan(path, func() (any, error) {
		patient, cancel := context.WithTimeout(context.WithoutCancel(ctx), makingPatience)
		defer cancel()
		return nil, d.make(patient, path, id, part)
	})
	select {
	case <-ctx.Done():
		return "", fmt.Errorf("dossier of %s: %w: %w", id, proof.ErrPending, ctx.Err())
	case done := <-made:
		switch {
		case done.Err != nil && older != "" && !newest:
			d.logger.cfg.Logger.Warn("a dossier could not be made: an older one is served", "case", id, "error", done.Err)
			return older, nil
		case errors.Is(done.Err, context.DeadlineExceeded):
			return "", fmt.Errorf("dossier of %s: %w: %w", id, proof.ErrPending, done.Err)
		}
		return path, done.Err
	}
}

// commitmentOf is the commitment to a record, in hexadecimal.
func commitmentOf(k attribution.Kept) (string, error) {
	text, err := k.Record.Bytes()
	if err != nil {
		return "", err
	}
	return attribution.Commit(k.Salt, text).String(), nil
}

// make makes one: the records, then their place in the log, then the manifest's,
// then a checkpoint that holds it. A hub that dies in between makes it again.
func (d *Dossiers) make(ctx context.Context, path string, id attribution.CaseID, part attribution.Part) error {
	records := part.Records
	in := dossier.Input{Records: make([]attribution.Opened, len(records)), Indexes: make([]int64, len(records))}
	if err := d.logger.indexed.Wait(ctx, records[len(records)-1].Seq); err != nil {
		return fmt.Errorf("wait for the public log to have every record: %w", err)
	}
	for i, k := range records {
		in.Records[i] = attribution.Opened{Record: k.Record, Salt: k.Salt}
		index, logged := d.logger.Index(k.Seq)
		if !logged {
			return fmt.Errorf("%w: record %d of %s is not on it", ErrDiverged, i+1, id)
		}
		in.Indexes[i] = index
	}
	acts := d.acts(part.Voters)
	in.KeyActs = acts.logged
	var err error
	if in.Keys, err = d.logger.Trust(rootKeys(acts.kept)); err != nil {
		return err
	}
	draft, err := dossier.Compose(in)
	if err != nil {
		return err
	}
	index, err := d.log(ctx, id, draft.Leaf())
	if err != nil {
		return err
	}
	checkpoint, tree, err := d.logger.Cosigned(ctx, index)
	if err != nil {
		return err
	}
	earlier, err := d.logger.earlier(in.Indexes, tree.Size)
	if err != nil {
		return err
	}
	text, err := draft.Finish(dossier.Proofs{Index: index, Checkpoint: checkpoint, History: earlier, Log: d.logger.cfg.Log})
	if err != nil {
		return err
	}
	return d.keep(id, path, text, len(records))
}

// keyActs are acts on keys that the log has.
type keyActs struct {
	kept   []voters.Kept
	logged []voters.Logged
}

// acts are those on the keys of partners, as far as they are on the log.
func (d *Dossiers) acts(partners []access.PartnerID) (of keyActs) {
	for _, a := range d.voters.Acts(partners...) {
		if index, logged := d.logger.Index(a.Seq); logged {
			of.kept, of.logged = append(of.kept, a), append(of.logged, voters.Logged{Act: a.Act, Index: index})
		}
	}
	return of
}

// Keys is the trust file of the hub's own keys, with those of everybody who
// votes in what of a case is public: of others it says nothing.
func (d *Dossiers) Keys() (string, error) {
	partners := d.cases.PublicVoters()
	f, err := d.logger.Trust(rootKeys(d.voters.Acts(partners...)))
	return f.String(), err
}

// CaseOf is the case that a file's name in a URL is of: "case--....zip".
func CaseOf(name string) (attribution.CaseID, bool) {
	id, ok := strings.CutSuffix(name, ".zip")
	return attribution.CaseID(id), ok
}
