package impact_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/impact"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// WannaCry's three addresses, of May 2017.
var wallets = []string{"115p7UMMngoj1pMvkpHijcRdfJNXj6LrLn", "12t9YDPgwueZ9NyMgw519p7AA8isjr6SMw", "13AM4VW2dhxYgXeQepoHkHSQuy6NgaEb94"}

func green() access.Audience { return access.ToCommunity(access.Green) }

func (s *story) ransom(n int, r impact.Ransom, to access.Audience) {
	s.t.Helper()
	s.add(s.state.NewRansom(who(n), r, to, s.now))
}

// Two exchanges that saw the same payments do not make twice as many.
func TestRansomIsNotSummed(t *testing.T) {
	s := newStory(t)
	demanded := impact.Ransom{Address: wallets[2], What: impact.Demanded, Amount: "300", Currency: "USD"}
	paid := impact.Ransom{Address: wallets[2], What: impact.Paid, Amount: "9.5", Currency: "BTC", Payments: 40, AsOf: start}
	s.ransom(1, demanded, access.Audience{})
	demanded.Amount = "600"
	s.ransom(2, demanded, green())
	s.ransom(3, paid, green())
	paid.Amount, paid.Payments = "10.04", 42
	s.ransom(4, paid, green())
	s.ransom(3, paid, green())
	paid.Amount = "19.74"
	s.ransom(5, paid, access.Audience{TLP: access.Red, Recipients: []access.PartnerID{id(6)}})
	s.ransom(4, impact.Ransom{Address: wallets[0], What: impact.Paid, Amount: "1", Currency: "BTC", AsOf: start}, green())

	list := s.state.Wallets(who(9))
	if len(list) != 2 || list[0].Address != wallets[0] || list[1].Address != wallets[2] || list[1].Asset != impact.Bitcoin {
		t.Fatalf("%+v", list)
	}
	type said struct{ what, currency, low, high, newest string }
	var got []said
	for _, r := range list[1].Ranges {
		got = append(got, said{string(r.What), r.Currency, r.Lowest, r.Highest, string(r.Newest.Partner)})
	}
	want := []said{{"demanded", "USD", "300", "600", string(id(2))}, {"paid", "BTC", "10.04", "10.04", string(id(3))}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(said{})); diff != "" {
		t.Error(diff)
	}
	if len(list[1].Reports) != 4 || list[1].Reports[0].Partner != id(3) {
		t.Errorf("reports %+v", list[1].Reports)
	}
	// Who was told more sees another range.
	if got := s.state.Wallets(who(6))[1].Ranges[1]; got.Highest != "19.74" || got.Newest.Partner != id(5) {
		t.Errorf("%+v", got)
	}
	for _, r := range s.state.Wallets(administrator)[1].Reports {
		if r.Partner == id(5) {
			t.Error("an administrator is shown what it was not told")
		}
	}
	if got := s.state.Wallets(who(9), wannacry); len(got) != 0 {
		t.Errorf("of another outbreak: %+v", got)
	}
}

func TestBadRansom(t *testing.T) {
	s := newStory(t)
	good := impact.Ransom{Address: wallets[0], What: impact.Paid, Amount: "1", Currency: "BTC"}
	for name, test := range map[string]struct {
		change func(*impact.Ransom)
		says   string
	}{
		"a wrong digit":        {func(r *impact.Ransom) { r.Address = wallets[0][:33] + "m" }, "checksum"},
		"another asset's":      {func(r *impact.Ransom) { r.Address = "0x52908400098527886E0F7030069857D2E4169EE7" }, "none of Bitcoin"},
		"an asset":             {func(r *impact.Ransom) { r.Asset = "Bitcoin" }, "small letters"},
		"control characters":   {func(r *impact.Ransom) { r.Asset, r.Address = "monero", "4\x1b[2J" }, "printable"},
		"neither":              {func(r *impact.Ransom) { r.What = "lost" }, "demanded or paid"},
		"below zero":           {func(r *impact.Ransom) { r.Amount = "-1" }, "amount"},
		"an exponent":          {func(r *impact.Ransom) { r.Amount = "1e9" }, "amount"},
		"a fraction":           {func(r *impact.Ransom) { r.Amount = "1/3" }, "amount"},
		"a point alone":        {func(r *impact.Ransom) { r.Amount = "1." }, "amount"},
		"too many digits":      {func(r *impact.Ransom) { r.Amount = strings.Repeat("9", 19) }, "amount"},
		"a currency":           {func(r *impact.Ransom) { r.Currency = "usd" }, "currency"},
		"payments of a demand": {func(r *impact.Ransom) { r.What, r.Payments = impact.Demanded, 1 }, "payments"},
		"counted tomorrow":     {func(r *impact.Ransom) { r.AsOf = start.Add(24 * time.Hour) }, "future"},
	} {
		r := good
		test.change(&r)
		if _, err := s.state.NewRansom(who(1), r, green(), start); !errors.Is(err, access.ErrInvalid) || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v", name, err)
		}
		s.add(ledger.NewDraft(impact.KindRansom, string(id(1)), green().String(), r))
	}
	if list := s.state.Wallets(who(1)); len(list) != 0 {
		t.Errorf("what may not be said counts: %+v", list)
	}
	if _, err := s.state.NewRansom(administrator, good, green(), start); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("without a partner: %v", err)
	}
}

// The forms of Bitcoin's addresses; BIP 173 and BIP 350 have the vectors.
var addresses = []struct{ asset, in, out string }{
	{"bitcoin", wallets[0], wallets[0]}, {"bitcoin", wallets[1], wallets[1]}, {"bitcoin", wallets[2], wallets[2]},
	{"bitcoin", "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"},
	{"bitcoin", "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0", "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"},
	{"bitcoin", "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd", ""}, // bech32 where bech32m is due
	{"bitcoin", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", ""},
	{"bitcoin", "bc1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", ""}, // both cases
	{"bitcoin", "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx", ""}, // the test network's
	{"bitcoin", "", ""}, {"bitcoin", "1", ""}, {"bitcoin", "bc1", ""}, {"bitcoin", "evil.example", ""},
	{"monero", "any words", "any words"}, {"monero", "", ""}, {"", "x", ""}, {"usdt-tron", "TAddress", "TAddress"},
}

func TestCheckAddress(t *testing.T) {
	for _, a := range addresses {
		got, err := impact.CheckAddress(a.asset, a.in)
		if a.out == "" && !errors.Is(err, access.ErrInvalid) || a.out != "" && (err != nil || got != a.out) {
			t.Errorf("%s %q: %q, %v", a.asset, a.in, got, err)
		}
	}
}

// Any one character of an address that is changed for another is found: a checksum of
// 32 bits lets 1 in 4,294,967,296 pass.
func TestOneCharacter(t *testing.T) {
	for _, w := range wallets {
		for i := range w {
			for _, c := range "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz" {
				changed := w[:i] + string(c) + w[i+1:]
				if _, err := impact.CheckAddress(impact.Bitcoin, changed); (err == nil) != (changed == w) {
					t.Fatalf("%q: %v", changed, err)
				}
			}
		}
	}
}

// What is taken is taken as it was given back, and stays itself.
func FuzzCheckAddress(f *testing.F) {
	for _, a := range addresses {
		f.Add(a.asset, a.in)
	}
	f.Fuzz(func(t *testing.T, asset, text string) {
		address, err := impact.CheckAddress(asset, text)
		if err != nil {
			return
		}
		again, err := impact.CheckAddress(asset, address)
		if err != nil || again != address {
			t.Fatalf("%q is taken as %q, and that as %q: %v", text, address, again, err)
		}
		if asset == impact.Bitcoin && !strings.EqualFold(address, text) {
			t.Fatalf("%q became %q", text, address)
		}
	})
}
