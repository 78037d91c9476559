package observable_test

import (
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/observable"
)

func TestInferOfKinds(t *testing.T) {
	tests := []struct {
		text, want string // want as String, "" for an error
	}{
		{strings.Repeat("F0", 64), "file:sha-512=" + strings.Repeat("f0", 64)},
		{`C:\Windows\TaskSche.exe`, `file:path=c:\windows\tasksche.exe`},
		{`C://Windows/x.exe`, `file:path=c:\windows\x.exe`},
		{`\\server\share\x.exe`, `file:path=\\server\share\x.exe`},
		{`\??\C:\x.exe`, `file:path=c:\x.exe`},
		{`\Device\HarddiskVolume3\x.exe`, `file:path=\device\harddiskvolume3\x.exe`},
		{"/usr/local/bin/X", "file:path=/usr/local/bin/X"},
		{"/tmp/a@b", "file:path=/tmp/a@b"},
		{`HKLM\Software\X`, `windows-registry-key=HKEY_LOCAL_MACHINE\software\x`},
		{`\REGISTRY\MACHINE\Software\X`, `windows-registry-key=HKEY_LOCAL_MACHINE\software\x`},
		{"Billing@Evil.example", "email-addr=billing@evil.example"},
		{"a@[IPv6:2001:db8::1]", "email-addr=a@[ipv6:2001:db8::1]"},
		{exampleJA4, "tls:ja4=" + exampleJA4},
		{wannaCry, "cryptocurrency-address=" + wannaCry},
		{strings.ToUpper(bip173), "cryptocurrency-address=" + bip173},
		{eip55, "cryptocurrency-address=" + strings.ToLower(eip55)},
		{monero, "cryptocurrency-address=" + monero},

		// No such top-level domains: names of files.
		{"TaskSche.exe", "file:name=tasksche.exe"},
		{"a.b.DLL", "file:name=a.b.dll"},
		{"@WanaDecryptor@.exe", "file:name=@wanadecryptor@.exe"},
		{"@Please_Read_Me@.txt", "file:name=@please_read_me@.txt"},
		{"evil file.scr", "file:name=evil file.scr"},
		{"00000000.dat", "file:name=00000000.dat"},
		// Top-level domains, and what may become one: domains.
		{"install.sh", "domain-name=install.sh"},
		{"update.zip", "domain-name=update.zip"},
		{"setup.py", "domain-name=setup.py"},
		{"data1.cab", "domain-name=data1.cab"},
		{"command.com", "domain-name=command.com"},
		{"b.wnry", "domain-name=b.wnry"},
		{"host.corp", "domain-name=host.corp"},
		{"exe.example", "domain-name=exe.example"},

		{"domain-name=Localhost", "domain-name=localhost"},
		{"domain-name=tasksche.exe", "domain-name=tasksche.exe"},
		{"url=http://evil.example/?a=b", "url=http://evil.example/?a=b"},
		{"http://evil.example/?url=x", "url=http://evil.example/?url=x"},
		{"ipv4-addr=192.0.2.1", "ipv4-addr=192.0.2.1"},
		{"file:sha-256=" + strings.Repeat("F0", 32), "file:sha-256=" + strings.Repeat("f0", 32)},
		{"file:name=B.wnry", "file:name=b.wnry"},
		{"mutex=Global\\MsWinZonesCacheCounterMutexA", "mutex=Global\\MsWinZonesCacheCounterMutexA"},
		{"windows-service=mssecsvc2.0", "windows-service=mssecsvc2.0"},
		{"tls:ja3=" + strings.Repeat("F0", 16), "tls:ja3=" + strings.Repeat("f0", 16)},
		{"tls:ja3s=" + strings.Repeat("F0", 16), "tls:ja3s=" + strings.Repeat("f0", 16)},

		{"root@localhost", ""},
		{"a@b@.example", ""},
		{"user@host:/path", ""},
		{".exe", ""},
		{"HKLM", ""},
		{`Global\MsWinZonesCacheCounterMutexA`, ""},
		{`%TEMP%\x`, ""},
		{"13AM4VW2dhxYgXeQepoHkHSQuy6NgaEb95", ""},
		{"tls:ja3=x", ""},
		{"sha256=" + strings.Repeat("f0", 32), ""},
		{"bc1.example", "domain-name=bc1.example"},
		{"0x.example", "domain-name=0x.example"},
	}
	for _, test := range tests {
		v, err := observable.Infer(test.text)
		got := v.String()
		if err != nil {
			got = ""
		}
		if got != test.want {
			t.Errorf("Infer(%q) = %v, %v; want %q", test.text, v, err, test.want)
		}
	}
}

func TestFileNameOfPath(t *testing.T) {
	for path, want := range map[string]string{
		`C:\Windows\TaskSche.exe`: "tasksche.exe", `C:\x.exe`: "x.exe", `\\s\s\a\b`: "b", "/usr/bin/X": "x", `/tmp/a\b`: "",
	} {
		v, err := observable.New(observable.FilePath, path)
		if err != nil {
			t.Fatal(err)
		}
		if name, ok := v.FileName(); ok != (want != "") || name.Text != want {
			t.Errorf("the file name of %s is %v, %v; want %q", path, name, ok, want)
		}
	}
}

var allTypes = []observable.Type{
	observable.Domain, observable.IPv4, observable.IPv6, observable.URL, observable.MD5, observable.SHA1, observable.SHA256, observable.SHA512,
	observable.FileName, observable.FilePath, observable.Mutex, observable.Service, observable.Registry,
	observable.JA3, observable.JA3S, observable.JA4, observable.Email, observable.Wallet,
}

// What New and Infer return is normal: read again, as itself, as it prints
// itself, or in a list, it stays the same. Its pattern names it.
func FuzzNew(f *testing.F) {
	for _, text := range []string{
		"Evil.EXAMPLE.", "bücher.example", "::ffff:192.0.2.1/120", "http://u@[::1]:80/%%341%7e?#", "HTTP://X..Y/", "evil。example", "0.0.0.0/0", "::/0",
		strings.Repeat("A", 32), "x.İ", "ß.example", `C:/a/./b/../ü.EXE`, `\\?\UNC\a\b\c`, `\\.\GLOBALROOT\Device\Mup\a\b\c`, `C:\x \.`, "/a//b/ /", "//", `c:\..`,
		`HKU\S-1-5-21-1_Classes`, `HKLM\SYSTEM\ControlSet001\`, `HKEY_CURRENT_USER:\x \`, `\Registry\A\x`, `Global\ x`, `Local\Local`, `\Sessions\1\BaseNamedObjects\Global`,
		`"a b"@[IPv6:::ffff:192.0.2.1]`, "a@ü.example", "domain-name=x=y", "mutex=mutex=x", exampleJA4, wannaCry, bip173, bip350, eip55, monero, "@x@.exe",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, in := range allTypes {
			v, err := observable.New(in, text)
			if err != nil {
				continue
			}
			if again, err := observable.New(v.Type, v.Text); err != nil || again != v {
				t.Fatalf("%q is %v, then %v, %v", text, v, again, err)
			}
			if again, err := observable.Infer(v.String()); err != nil || again != v {
				t.Fatalf("%q is %v, then in a list %v, %v", text, v, again, err)
			}
			checkParts(t, v)
			checkPattern(t, v)
		}
		v, err := observable.Infer(text)
		if err != nil || strings.Contains(text, "=") {
			return // what is typed need not be recognised without its type
		}
		if again, err := observable.Infer(v.Text); err != nil || again != v {
			t.Fatalf("%q is %v, then %v, %v", text, v, again, err)
		}
	})
}

// checkParts: a host and a file's name are normal, too.
func checkParts(t *testing.T, v observable.Value) {
	t.Helper()
	host, ok := v.Host()
	if !ok && v.Type == observable.URL {
		t.Fatalf("%v has no host", v)
	}
	name, named := v.FileName()
	for part, ok := range map[observable.Value]bool{host: ok, name: named} {
		if !ok {
			continue
		}
		if again, err := observable.New(part.Type, part.Text); err != nil || again != part {
			t.Fatalf("%v has the part %v, then %v, %v", v, part, again, err)
		}
	}
}
