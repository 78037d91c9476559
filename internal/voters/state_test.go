package voters_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/voters"
)

func TestALifeOfKeys(t *testing.T) {
	n := newNode(t)
	one, two, three := generate(t), generate(t), generate(t)
	if !n.append(n.Register(coordinator(north), north, text(one))) || !n.May(north, text(one)) {
		t.Fatal("the first key may not vote")
	}
	if n.May(south, text(one)) {
		t.Error("it may vote for another partner")
	}
	if !n.rotate(coordinator(north), north, one, two) || n.May(north, text(one)) || !n.May(north, text(two)) {
		t.Error("the rotation does not hold")
	}
	if !n.append(n.Revoke(admin, north, text(two), "")) || n.May(north, text(two)) {
		t.Error("the revocation of a lost key does not hold")
	}
	if !n.append(n.Register(admin, north, text(three))) || !n.May(north, text(three)) {
		t.Error("the administrator's new key may not vote")
	}
	c := revoked(north, three)
	if !n.append(n.Revoke(coordinator(north), north, c.Key, c.Signature)) || n.May(north, text(three)) {
		t.Error("the revocation does not hold")
	}
	at := func(s int) time.Time { return noon.Add(time.Duration(s) * time.Second) }
	want := []voters.Held{
		{Partner: north, Key: text(one), Fingerprint: one.Public().Fingerprint(), Since: at(1), Until: at(2)},
		{Partner: north, Key: text(two), Fingerprint: two.Public().Fingerprint(), Previous: text(one), Since: at(2), Until: at(3)},
		{Partner: north, Key: text(three), Fingerprint: three.Public().Fingerprint(), Since: at(4), Until: at(5)},
	}
	if diff := cmp.Diff(want, n.Keys(north)); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, n.List()); diff != "" {
		t.Errorf("all keys (-want +got):\n%s", diff)
	}
	if got := n.Keys(south); len(got) != 0 {
		t.Errorf("another partner has %v", got)
	}
	for i, a := range n.Acts(south, north) {
		if leaf, ok := n.Leaf(a.Seq); int(a.Seq) != i+1 || !ok || string(leaf) != string(a.Leaf()) {
			t.Errorf("act %d is entry %d with the leaf %q", i, a.Seq, leaf)
		}
		if a.Verify() != nil {
			t.Errorf("act %d: %v", i, a.Verify())
		}
		if read, err := voters.ParseAct(a.Line()); err != nil || string(read.Line()) != string(a.Line()) {
			t.Errorf("act %d is read back as %v, %v", i, read, err)
		}
	}
	if got := len(n.Acts(north)); got != 5 {
		t.Errorf("%d acts, want 5", got)
	}
	if len(n.Acts()) != 0 || len(n.Acts(south)) != 0 {
		t.Error("acts of nobody")
	}
	if _, ok := n.Leaf(6); ok {
		t.Error("a leaf of nothing")
	}
	audience, err := access.ParseAudience(n.entries[0].Audience)
	if err != nil || !access.Visitor.MaySee(north, audience) || audience.TLP != access.Green {
		t.Errorf("told to %s, %v", n.entries[0].Audience, err)
	}
}

func TestDraftsRefuse(t *testing.T) {
	n := newNode(t)
	one, two, three, ended := generate(t), generate(t), generate(t), generate(t)
	n.append(n.Register(coordinator(north), north, text(ended)))
	n.rotate(coordinator(north), north, ended, one)
	n.append(n.Register(coordinator(south), south, text(two)))
	analyst := coordinator(north)
	analyst.Role = access.Analyst
	rotation := func(by access.Principal, c voters.Claim) func() (ledger.Draft, error) {
		return func() (ledger.Draft, error) { return n.Rotate(by, c.Partner, c.Previous, c.Key, c.Signature) }
	}
	revocation := func(by access.Principal, c voters.Claim) func() (ledger.Draft, error) {
		return func() (ledger.Draft, error) { return n.Revoke(by, c.Partner, c.Key, c.Signature) }
	}
	register := func(by access.Principal, partner access.PartnerID, key string) func() (ledger.Draft, error) {
		return func() (ledger.Draft, error) { return n.Register(by, partner, key) }
	}
	unsigned := revoked(north, one)
	unsigned.Signature = ""
	for name, c := range map[string]struct {
		draft func() (ledger.Draft, error)
		want  error
	}{
		"an analyst registers":            {register(analyst, north, text(three)), access.ErrForbidden},
		"a guest registers":               {register(access.Visitor, north, text(three)), access.ErrForbidden},
		"for another partner":             {register(coordinator(north), south, text(three)), access.ErrForbidden},
		"a second key":                    {register(coordinator(north), north, text(three)), access.ErrForbidden},
		"another partner's key":           {register(admin, north, text(two)), access.ErrConflict},
		"a key that ended":                {register(admin, north, text(ended)), access.ErrConflict},
		"no key":                          {register(admin, north, "ed25519:"), access.ErrInvalid},
		"for nobody":                      {register(admin, "hub", text(three)), access.ErrInvalid},
		"an analyst rotates":              {rotation(analyst, rotated(north, one, three)), access.ErrForbidden},
		"unsigned":                        {rotation(coordinator(north), voters.Claim{Partner: north, Previous: text(one), Key: text(three)}), access.ErrInvalid},
		"another partner's key away":      {rotation(coordinator(north), rotated(north, two, three)), access.ErrNotFound},
		"an ended key away":               {rotation(coordinator(north), rotated(north, ended, three)), access.ErrConflict},
		"an unknown key away":             {rotation(coordinator(north), rotated(north, three, generate(t))), access.ErrNotFound},
		"into another partner's key":      {rotation(coordinator(north), rotated(north, one, two)), access.ErrConflict},
		"into a key that ended":           {rotation(coordinator(north), rotated(north, one, ended)), access.ErrConflict},
		"signed for another partner":      {rotation(admin, func() voters.Claim { c := rotated(south, one, three); c.Partner = north; return c }()), access.ErrInvalid},
		"a partner revokes unsigned":      {revocation(coordinator(north), unsigned), access.ErrInvalid},
		"another partner's":               {revocation(coordinator(north), revoked(south, two)), access.ErrForbidden},
		"another partner's as its own":    {revocation(coordinator(north), revoked(north, two)), access.ErrNotFound},
		"what ended":                      {revocation(coordinator(north), revoked(north, ended)), access.ErrConflict},
		"the administrator what is not":   {revocation(admin, voters.Claim{Partner: north, Key: text(three)}), access.ErrNotFound},
		"a partner's administrator, lost": {revocation(access.Principal{Partner: north, Role: access.Administrator}, unsigned), access.ErrInvalid},
	} {
		if d, err := c.draft(); !errors.Is(err, c.want) {
			t.Errorf("%s: %s, %v; want %v", name, d.Body, err, c.want)
		}
	}
}

// Two acts on one key are drafted at once: the first on the ledger stands, the
// second is void, and the same on every node.
func TestRaces(t *testing.T) {
	one, two, three := generate(t), generate(t), generate(t)
	type drafted func(*node) (ledger.Draft, error)
	registers := func(partner access.PartnerID, key string) drafted {
		return func(n *node) (ledger.Draft, error) { return n.Register(coordinator(partner), partner, key) }
	}
	rotates := func(c voters.Claim) drafted {
		return func(n *node) (ledger.Draft, error) {
			return n.Rotate(coordinator(c.Partner), c.Partner, c.Previous, c.Key, c.Signature)
		}
	}
	revokes := func(c voters.Claim) drafted {
		return func(n *node) (ledger.Draft, error) {
			return n.Revoke(coordinator(c.Partner), c.Partner, c.Key, c.Signature)
		}
	}
	for name, c := range map[string]struct {
		before        []drafted
		first, second drafted
	}{
		"one key by two partners":      {nil, registers(north, text(one)), registers(south, text(one))},
		"two first keys":               {nil, registers(north, text(one)), registers(north, text(two))},
		"two rotations":                {[]drafted{registers(north, text(one))}, rotates(rotated(north, one, two)), rotates(rotated(north, one, three))},
		"a rotation and a revocation":  {[]drafted{registers(north, text(one))}, rotates(rotated(north, one, two)), revokes(revoked(north, one))},
		"a revocation and a rotation":  {[]drafted{registers(north, text(one))}, revokes(revoked(north, one)), rotates(rotated(north, one, two))},
		"two revocations":              {[]drafted{registers(north, text(one))}, revokes(revoked(north, one)), revokes(revoked(north, one))},
		"two keys in the place of one": {[]drafted{registers(north, text(one)), registers(south, text(two))}, rotates(rotated(north, one, three)), rotates(rotated(south, two, three))},
	} {
		n := newNode(t)
		for _, d := range c.before {
			if !n.append(d(n)) {
				t.Fatalf("%s: void already", name)
			}
		}
		first, err := c.first(n)
		second, err2 := c.second(n)
		if !n.append(first, err) {
			t.Errorf("%s: the first is void", name)
		}
		before := n.List()
		if n.append(second, err2) {
			t.Errorf("%s: the second stands", name)
		}
		if diff := cmp.Diff(before, n.List()); diff != "" {
			t.Errorf("%s: the second has changed (-before +after):\n%s", name, diff)
		}
	}
}

func TestKeysAreBounded(t *testing.T) {
	n := newNode(t)
	last := generate(t)
	for range 20 {
		last = generate(t)
		n.append(n.Register(admin, north, text(last)))
	}
	if _, err := n.Register(admin, north, text(generate(t))); !errors.Is(err, access.ErrConflict) {
		t.Errorf("the 21st key at a time: %v", err)
	}
	if !n.append(n.Register(admin, south, text(generate(t)))) {
		t.Error("another partner may have none")
	}
	for range 980 { // a rotation needs no more room
		next := generate(t)
		if !n.rotate(coordinator(north), north, last, next) {
			t.Fatal("a rotation is void")
		}
		last = next
	}
	c := rotated(north, last, generate(t))
	if _, err := n.Rotate(coordinator(north), north, c.Previous, c.Key, c.Signature); !errors.Is(err, access.ErrConflict) {
		t.Errorf("the 1001st key: %v", err)
	}
	if !n.append(n.Revoke(admin, north, text(last), "")) {
		t.Error("the last key cannot be revoked")
	}
}

func TestApplyRefusesWhatIsNone(t *testing.T) {
	key := text(generate(t))
	for name, body := range map[string]string{
		"no JSON": `x`, "a member more": fmt.Sprintf(`{"act":"register","key":%q,"partner":%q,"at":"now"}`, key, north),
		"no key": fmt.Sprintf(`{"act":"register","partner":%q}`, north), "another verb": fmt.Sprintf(`{"act":"keep","key":%q,"partner":%q}`, key, north),
	} {
		s := voters.NewState()
		if err := s.Apply(ledger.Entry{Seq: 1, Kind: voters.KindActed, Actor: string(north), Body: []byte(body)}); err == nil {
			t.Errorf("%s: applied", name)
		}
		if err := s.Apply(ledger.Entry{Seq: 1, Kind: "case.opened", Body: []byte(body)}); err != nil {
			t.Errorf("another kind: %v", err)
		}
	}
}

// What a dishonest or broken hub writes on its ledger is void: a partner's key
// registered by another, a rotation that nobody has signed.
func TestApplyTakesNothingUnsigned(t *testing.T) {
	one, two := generate(t), generate(t)
	n := newNode(t)
	n.append(n.Register(coordinator(north), north, text(one)))
	for name, c := range map[string]struct {
		actor string
		claim voters.Claim
	}{
		"by another partner":    {string(south), voters.Claim{Verb: voters.Register, Partner: north, Key: text(two)}},
		"a second key":          {string(north), voters.Claim{Verb: voters.Register, Partner: north, Key: text(two)}},
		"an unsigned rotation":  {access.Hub, voters.Claim{Verb: voters.Rotate, Partner: north, Key: text(two), Previous: text(one)}},
		"signed by another key": {string(north), func() voters.Claim { c := revoked(north, two); c.Key = text(one); return c }()},
	} {
		d, err := ledger.NewDraft(voters.KindActed, c.actor, access.ToCommunity(access.Green).String(), c.claim)
		if n.append(d, err) || !n.May(north, text(one)) || n.May(north, text(two)) {
			t.Errorf("%s: it stands", name)
		}
	}
}
