package deliver

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
	"github.com/secure-systems-lab/go-securesystemslib/dsse"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/notice"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/signature"
)

func newKey(t testing.TB) signature.Signer {
	t.Helper()
	key, err := signature.Generate()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

const hospital = access.PartnerID("identity--6b1c4f0e-6f6c-4b0c-9d53-2f4f2a7d3c11")

func bulletin() Bulletin {
	return Bulletin{
		Version: BulletinVersion, Hub: "https://hub.example", Partner: hospital, Name: "Hospital", Sequence: 7, Made: at,
		Notices: []notice.Notice{{ID: "notice--1", Partner: hospital, Topic: notice.TopicAlert, Severity: notice.Critical, Title: "[TLP:RED] Patch", TLP: access.Red, At: at, NeedsAck: true}},
		Alerts:  []AlertIn{{ID: "alert--1", Severity: notice.Warning, TLP: access.Green, Title: "Port 445", Text: "one\ntwo", By: "CERT", Issued: at}},
		Calls:   []CallIn{{ID: "call--1", TLP: access.Green, Title: "Who can help?", By: "hub", Opened: at}},
		Actions: []ActionIn{{ID: "action--1", Kind: "patch", Title: "Patch", By: "CERT", Deadline: at.Add(time.Hour)}},
		Protections: []ProtectionIn{{
			Value: observable.Value{Type: observable.Domain, Text: "kill.example"}, Polarity: protect.MustResolve, Answer: "192.0.2.1", TLP: access.Clear, Expires: at.Add(time.Hour),
		}},
		LeftOut: map[string]int{"protections": 3},
	}
}

func sealed(t testing.TB, b Bulletin, key signature.Signer) []byte {
	t.Helper()
	e, err := Seal(b, key)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestBundlesAreReadAsTheyWereMade(t *testing.T) {
	key := newKey(t)
	text := sealed(t, bulletin(), key)
	got, err := Open(text, key.Public())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(bulletin(), got); diff != "" {
		t.Errorf("read (-made +read):\n%s", diff)
	}
}

// Of what anybody changed on the way nothing is read.
func TestChangedBundles(t *testing.T) {
	key := newKey(t)
	text := sealed(t, bulletin(), key)
	rapid.Check(t, func(t *rapid.T) {
		changed := bytes.Clone(text)
		i := rapid.IntRange(0, len(text)-1).Draw(t, "at")
		changed[i] ^= byte(rapid.IntRange(1, 255).Draw(t, "by"))
		got, err := Open(changed, key.Public())
		if err == nil {
			// The envelope beside what is signed may be written in more than one way.
			if diff := cmp.Diff(bulletin(), got); diff != "" {
				t.Fatalf("byte %d: another bulletin is read:\n%s", i, diff)
			}
		} else if diff := cmp.Diff(Bulletin{}, got); diff != "" {
			t.Fatalf("byte %d: something is given with the error:\n%s", i, diff)
		}
	})
}

func TestBundlesThatDoNotHold(t *testing.T) {
	key, other := newKey(t), newKey(t)
	seal := func(payloadType string, payload any, by ...signature.Signer) []byte {
		text, err := json.Marshal(payload)
		if err != nil {
			t.Fatal(err)
		}
		var signers []dsse.Signer
		for _, k := range by {
			signers = append(signers, signs{k})
		}
		s, err := dsse.NewEnvelopeSigner(signers...)
		if err != nil {
			t.Fatal(err)
		}
		e, err := s.SignPayload(t.Context(), payloadType, text)
		if err != nil {
			t.Fatal(err)
		}
		out, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	nobody, later := bulletin(), bulletin()
	nobody.Partner, later.Version = "", 2
	for name, c := range map[string]struct {
		text []byte
		key  signature.Public
		part string
	}{
		"another's":    {seal(PayloadType, bulletin(), other), key.Public(), "the signature is not by ed25519:"},
		"another type": {seal("application/vnd.in-toto+json", bulletin(), key), key.Public(), "not \"application/vnd.tocsin"},
		"for nobody":   {seal(PayloadType, nobody, key), key.Public(), "for whom"},
		"later":        {seal(PayloadType, later, key), key.Public(), "version 2"},
		"no object":    {seal(PayloadType, []int{1}, key), key.Public(), "cannot be read"},
		"no envelope":  {[]byte("{"), key.Public(), "DSSE"},
		"unsigned":     {[]byte(`{"payloadType":"` + PayloadType + `","payload":"e30=","signatures":[]}`), key.Public(), "no signature"},
		"twice":        {[]byte(`{"payload":"","payload":""}`), key.Public(), "DSSE"},
		"too long":     {make([]byte, MaxBundle+1), key.Public(), "at most"},
		"no key":       {seal(PayloadType, bulletin(), key), signature.Public{}, "the key"},
	} {
		if got, err := Open(c.text, c.key); err == nil || !strings.Contains(err.Error(), c.part) || got.Version != 0 {
			t.Errorf("%s: %+v, %v, want it to say %q", name, got, err, c.part)
		}
	}
	if _, err := Open(seal(PayloadType, bulletin(), other, key), key.Public()); err != nil {
		t.Errorf("one of two signatures is the hub's: %v", err) // DSSE, protocol: verifiers accept any that they know
	}
}

func TestKeyIsMadeOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bulletin.key")
	first, err := LoadKey(path)
	if err != nil {
		t.Fatal(err)
	}
	again, err := LoadKey(path)
	if err != nil || again.Public() != first.Public() {
		t.Errorf("another key at the second start: %v", err)
	}
	private := func(when string) {
		t.Helper()
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, %v", when, info.Mode(), err)
		}
	}
	private("made")
	if err := os.Chmod(path, 0o644); err != nil { // as a copy of a backup may have it
		t.Fatal(err)
	}
	if again, err = LoadKey(path); err != nil || again.Public() != first.Public() {
		t.Errorf("a restored key: %v", err)
	}
	private("restored")
}

// What is printed steers no terminal, whatever stands in a bulletin.
func FuzzBundle(f *testing.F) {
	key := newKey(f)
	whole := sealed(f, bulletin(), key)
	evil := bulletin()
	evil.Name, evil.Hub = "\x1b]0;x\a\u009b2J", "h\r\n\u202eh"
	evil.Notices[0].Title, evil.Alerts[0].Text, evil.Protections[0].Text = "\x1b[31m", "a\x1b[2J\nb\tc", "\x00\u2066"
	payload, err := json.Marshal(evil, json.Deterministic(true))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole, false)
	f.Add(payload, true)
	f.Add([]byte(`{"version":1,"partner":"p","made":"2017-05-12T10:12:00Z","left_out":{"notices":-1}}`), true)
	f.Add([]byte(`{"payload":null}`), false)
	signer, err := dsse.NewEnvelopeSigner(signs{key})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte, signed bool) {
		if signed { // what is read only after the signature held
			e, err := signer.SignPayload(t.Context(), PayloadType, text)
			if err != nil {
				t.Fatal(err)
			}
			if text, err = json.Marshal(e); err != nil {
				t.Fatal(err)
			}
		}
		b, err := Open(text, key.Public())
		if err != nil {
			return
		}
		var out strings.Builder
		if err := b.Print(&out); err != nil {
			t.Fatal(err)
		}
		for _, r := range out.String() {
			if r != '\n' && !unicode.IsPrint(r) {
				t.Fatalf("%U is printed", r)
			}
		}
	})
}
