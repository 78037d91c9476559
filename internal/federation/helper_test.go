package federation_test

import (
	"context"
	"io"
	"iter"
	"net/http"
	"net/netip"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/federation"
	"github.com/tocsin-project/tocsin/internal/intake"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/protect"
)

const (
	here   = "hub--00000000-0000-4000-8000-000000000001"
	there  = "hub--00000000-0000-4000-8000-000000000002"
	beyond = "hub--00000000-0000-4000-8000-000000000003"
	owner  = access.PartnerID("identity--00000000-0000-4000-8000-00000000000a")
	bank   = "identity--00000000-0000-4000-8000-00000000000b"
	shared = "contribution--00000000-0000-4000-8000-00000000000c"
)

var now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// standsForIt is the partner that stands for the other hub.
var standsForIt = access.Partner{ID: owner, Name: "Other hub", Sector: "technology", Country: "FR", Organisation: "hubs"}

// nothing is a ledger without entries.
type nothing struct{}

func (nothing) Read(context.Context, ledger.Seq, ...ledger.Kind) iter.Seq2[ledger.Entry, error] {
	return func(func(ledger.Entry, error) bool) {}
}

// follower is one that has followed nothing yet.
func follower(t testing.TB, terms federation.Terms, change ...func(*federation.Config)) *federation.Follower {
	t.Helper()
	if err := terms.Validate(); err != nil {
		t.Fatal(err)
	}
	cfg := federation.Config{Name: "other", Partner: "Other hub", Terms: terms}
	for _, c := range change {
		c(&cfg)
	}
	return federation.New(cfg, federation.Deps{
		Hub: here, Ledger: nothing{}, Peers: &federation.Peers{},
		HTTP: func() (*http.Client, error) { return &http.Client{}, nil },
		Read: func(ctx context.Context, text io.Reader, s intake.Submission) (intake.Outcome, func(), error) {
			o, err := intake.Read(ctx, text, s)
			return o, func() {}, err
		},
		Partner:   func(string) (access.PartnerID, bool) { return owner, true },
		About:     func(access.PartnerID) (access.Partner, bool) { return standsForIt, true },
		Community: func(string) bool { return true },
		Protect:   protect.NewState(protect.Config{Sinkhole: netip.MustParseAddr("203.0.113.80")}),
		Clock:     func() time.Time { return now },
	})
}

// ours are terms that take everything that may be taken.
var ours = federation.Terms{Level: access.Amber, Communities: map[string]string{"default": "default", "banks": "finance"}}
