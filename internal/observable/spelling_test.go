package observable_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// recased writes letters in a case of their own.
func recased(t *rapid.T, text string) string {
	out := []byte(text)
	for i, up := range rapid.SliceOfN(rapid.Bool(), len(out), len(out)).Draw(t, "case") {
		if up {
			out[i] = strings.ToUpper(string(out[i]))[0]
		}
	}
	return string(out)
}

// However Windows lets a path be written, it is one value; another name or
// another place is another.
func TestSpellingsOfPaths(t *testing.T) {
	name := rapid.StringMatching(`[a-z0-9_ .~-]{0,8}[a-z0-9]`)
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfN(name, 1, 5).Draw(t, "names")
		root := rapid.SampledFrom([]struct {
			normal string
			also   []string
		}{
			{`c:\`, []string{`\\?\c:\`, `\\.\c:\`, `\??\c:\`, `c:/`}},
			{`\\server\share\`, []string{`\\?\unc\server\share\`, `\??\unc\server\share\`, `\device\mup\server\share\`}},
			{`\device\harddiskvolume1\`, []string{`\\?\globalroot\device\harddiskvolume1\`}},
		}).Draw(t, "root")
		want := root.normal + strings.Join(names, `\`)
		spelled := rapid.SampledFrom(append(root.also, root.normal)).Draw(t, "spelling")
		for _, n := range names {
			spelled += n + rapid.SampledFrom([]string{`\`, `/`, `\\`, `\.\`, `\x y\..\`}).Draw(t, "separator")
		}
		v, err := observable.New(observable.FilePath, recased(t, spelled))
		if err != nil || v.Text != want {
			t.Fatalf("%s: %v, %v; want %s", spelled, v, err, want)
		}
		if got, ok := v.FileName(); !ok || got.Text != strings.TrimSpace(names[len(names)-1]) {
			t.Fatalf("the name of %v is %v", v, got)
		}
	})
}

func TestSpellingsOfKeys(t *testing.T) {
	name := rapid.StringMatching(`[a-z0-9{}_ -]{0,8}[a-z0-9]`)
	rapid.Check(t, func(t *rapid.T) {
		key := strings.Join(rapid.SliceOfN(name, 1, 5).Draw(t, "names"), `\`)
		hive := rapid.SampledFrom([]struct{ normal, spelled string }{
			{`HKEY_LOCAL_MACHINE\`, `hklm\`}, {`HKEY_LOCAL_MACHINE\`, `hklm:\`}, {`HKEY_LOCAL_MACHINE\`, `\registry\machine\`}, {`HKEY_LOCAL_MACHINE\`, `computer\hkey_local_machine\`},
			{`HKEY_CURRENT_USER\`, `hkcu\`}, {`HKEY_CURRENT_USER\`, `hku\s-1-5-21-1-2-3-4\`}, {`HKEY_CURRENT_USER\`, `\registry\user\s-1-12-1-7\`},
			{`HKEY_CURRENT_USER\software\classes\`, `hkey_users\s-1-5-21-1-2-3-4_classes\`}, {`HKEY_USERS\s-1-5-18\`, `hku\s-1-5-18\`},
			{`HKEY_LOCAL_MACHINE\software\classes\`, `hkcr\`}, {`HKEY_LOCAL_MACHINE\system\currentcontrolset\`, `hklm\system\controlset002\`},
		}).Draw(t, "hive")
		spelled := recased(t, hive.spelled+key)
		v, err := observable.New(observable.Registry, spelled)
		if err != nil || v.Text != hive.normal+key {
			t.Fatalf("%s: %v, %v; want %s%s", spelled, v, err, hive.normal, key)
		}
		full, ok := observable.RegistryKey(spelled)
		if again, err := observable.New(observable.Registry, full); !ok || err != nil || again != v || !strings.HasSuffix(full, spelled[len(hive.spelled):]) {
			t.Fatalf("%s: in full %s, %v; %v, %v", spelled, full, ok, again, err)
		}
	})
}

func BenchmarkNew(b *testing.B) {
	for _, text := range []string{"file:name=tasksche.exe", `file:path=c:\windows\system32\tasksche.exe`, "file:path=/usr/local/bin/x", `mutex=Global\A`,
		`windows-registry-key=HKEY_LOCAL_MACHINE\software\microsoft\windows\currentversion\run`, "tls:ja4=" + exampleJA4, "email-addr=billing@evil.example",
		"cryptocurrency-address=" + wannaCry, "cryptocurrency-address=" + bip173, "cryptocurrency-address=" + monero} {
		v, err := observable.Infer(text)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(string(v.Type)+"/"+v.Text[:6], func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := observable.New(v.Type, v.Text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// White space at the end, layer upon layer, takes no longer than the path is.
func TestSpaceAfterPaths(t *testing.T) {
	v, err := observable.New(observable.FilePath, `C:\x`+strings.Repeat(`\ \. \.. `, 3000)+`\`)
	if err != nil || v.Text != `c:\x` {
		t.Errorf("%.40s, %v", v, err)
	}
}
