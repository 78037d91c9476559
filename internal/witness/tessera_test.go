package witness_test

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	f_note "github.com/transparency-dev/formats/note"
	f_witness "github.com/transparency-dev/formats/witness"
	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"

	"github.com/tocsin-project/tocsin/internal/translog"
)

// Tessera as the log, with its own client of witnesses and a policy of two of
// our witnesses, publishes what both have cosigned, as it grows.
func TestTesseraIsWitnessed(t *testing.T) {
	t.Parallel()
	skey, vkey, err := translog.GenerateKey("tessera.example/log")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	c := newClock()
	a, _ := start(t, t.TempDir(), c, vkey)
	b, _ := start(t, t.TempDir(), c, vkey)
	policy := fmt.Sprintf("witness one %s %s\nwitness two %s %s\ngroup both all one two\nquorum both\n", a.Key, a.URL, b.Key, b.URL)
	group, err := tessera.NewWitnessGroupFromPolicy([]byte(policy))
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	driver, err := posix.New(ctx, posix.Config{HTTPClient: http.DefaultClient, Path: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	appender, shutdown, reader, err := tessera.NewAppender(ctx, driver, tessera.NewAppendOptions().
		WithCheckpointSigner(signer).WithCheckpointInterval(100*time.Millisecond).WithBatching(10, 10*time.Millisecond).
		WithWitnesses(group, &tessera.WitnessOptions{Timeout: time.Minute}))
	if err != nil {
		t.Fatal(err)
	}
	await := tessera.NewPublicationAwaiter(ctx, reader.ReadCheckpoint, 20*time.Millisecond)
	for round := range 2 {
		var last tessera.IndexFuture
		for i := range 300 {
			last = appender.Add(ctx, tessera.NewEntry(fmt.Appendf(nil, "round %d, entry %d", round, i)))
		}
		_, signed, err := await.Await(ctx, last)
		if err != nil {
			t.Fatal(err)
		}
		got, err := translog.OpenCosigned(signed, []string{vkey}, []string{a.Key, b.Key})
		if err != nil || len(got.Witnesses) != 2 {
			t.Fatalf("round %d: %v, %v\n%s", round, got, err, signed)
		}
		// And as the formats' library counts it.
		counted, err := f_witness.ParsePolicy([]byte(policy))
		if err != nil {
			t.Fatal(err)
		}
		if !counted.Satisfied(signed) {
			t.Errorf("round %d: the policy is not satisfied", round)
		}
		v, err := f_note.NewVerifierForCosignatureV1(a.Key)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := note.Open(signed, note.VerifierList(v)); err != nil {
			t.Error(err)
		}
		at, err := url.Parse(a.URL)
		if err != nil {
			t.Fatal(err)
		}
		if one, err := f_witness.New(a.Key, at); err != nil || !one.Satisfied(signed) {
			t.Errorf("round %d: the first witness is not counted: %v", round, err)
		}
	}
	if err := shutdown(ctx); err != nil {
		t.Error(err)
	}
}
