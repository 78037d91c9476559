package rules_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

var update = flag.Bool("update", false, "write the golden files anew")

// noon is the moment that the tests look at.
var noon = time.Date(2017, 5, 12, 12, 0, 0, 0, time.UTC)

// decided is an active decision so many minutes before noon, for a day.
func decided(polarity protect.Polarity, t observable.Type, text string, minutesAgo int) protect.Protection {
	at := noon.Add(-time.Duration(minutesAgo) * time.Minute)
	return protect.Protection{
		ID: "protection--" + text, Value: observable.Value{Type: t, Text: text}, Polarity: polarity,
		Status: protect.Active, By: "administrator", Decided: at, Expires: at.Add(24 * time.Hour),
	}
}

func block(t observable.Type, text string, minutesAgo int) protect.Protection {
	return decided(protect.Block, t, text, minutesAgo)
}

func watch(t observable.Type, text string, minutesAgo int) protect.Protection {
	return decided(protect.Observe, t, text, minutesAgo)
}

func exact(name string, minutesAgo int) protect.Protection {
	p := block(observable.Domain, name, minutesAgo)
	p.Exact = true
	return p
}

func mustResolve(name, answer string, minutesAgo int) protect.Protection {
	p := decided(protect.MustResolve, observable.Domain, name, minutesAgo)
	p.Answer = answer
	return p
}

// effective is what is in force at noon by decisions in their order.
func effective(ps ...protect.Protection) feed.Set {
	live := feed.NewLive(nil)
	for _, p := range ps {
		live.Take(p)
	}
	live.Advance(noon)
	return live.Set()
}

// The first two are public indicators; the rest is made up.
const (
	worm      = "24d004a104d4d54034dbcffc2a4b19a11f39008a575aa614ea04703480b1022c"
	encryptor = "ed01ebfbc9eb5bbea545af4d01bf5f1071661840480439c6e5babe8e080e41aa"
)

// story is a set with something of everything.
func story() feed.Set {
	unsure := exact("seen.example", 9)
	unsure.Confidence, unsure.TLP = 60, access.Amber
	return effective(
		unsure,
		block(observable.Domain, "evil.example", 30), block(observable.Domain, "under_score.example", 31),
		mustResolve("kill.evil.example", "192.0.2.80", 29),
		exact("-", 25),
		block(observable.IPv4, "203.0.113.7", 20), block(observable.IPv4, "192.0.2.80", 20), block(observable.IPv6, "2001:db8:bad::/48", 19),
		block(observable.URL, `http://drop.example:8080/a.exe?x=*\"$(id)`, 15), block(observable.URL, "http://kill.evil.example/", 15),
		block(observable.SHA256, worm, 14), block(observable.SHA256, encryptor, 14), block(observable.SHA256, "24ff"+worm[4:], 13),
		block(observable.SHA1, worm[:40], 14), block(observable.MD5, "db349b97c37d22f5ea1d1841e3c89eb4", 14), block(observable.SHA512, worm+worm, 14),
		block(observable.FileName, "#a $(b) ümlaut.exe", 13), block(observable.Service, "mssecsvc2.0", 13), block(observable.FileName, "tasksche.exe", 13),
		block(observable.Mutex, `Global\MsWinZonesCacheCounterMutexA`, 13), block(observable.Email, "billing@mail.example", 13),
		block(observable.Registry, `HKEY_LOCAL_MACHINE\Software\Wanacrypt0r`, 12),
		watch(observable.Domain, "watched.example", 12), watch(observable.IPv4, "198.51.100.0/28", 12), watch(observable.SHA256, "00"+worm[2:], 12),
	)
}

func compiled(t testing.TB, compile feed.Compiler, s feed.Set) (text string, left []feed.Left) {
	t.Helper()
	var out strings.Builder
	left, err := compile(&out, s)
	if err != nil {
		t.Fatal(err)
	}
	return out.String(), left
}

func golden(t *testing.T, name string, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

// withLeft is a file's text, and below it what was left.
func withLeft(text string, left []feed.Left) string {
	var b strings.Builder
	b.WriteString(text)
	for _, l := range left {
		b.WriteString("LEFT " + l.String() + ": " + l.Reason + "\n")
	}
	return b.String()
}
