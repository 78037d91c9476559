package observable_test

import (
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// Public indicators and the specifications' own examples.
const (
	wannaCry   = "13AM4VW2dhxYgXeQepoHkHSQuy6NgaEb94"
	bip173     = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
	bip350     = "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"
	eip55      = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
	exampleJA4 = "t13d1516h2_8daaf6152771_e5627efa2ab1"
)

func TestNewOfFilesAndNames(t *testing.T) {
	tests := []struct {
		in       observable.Type
		text     string
		wantText string // "" for an error
	}{
		{observable.FileName, "TaskSche.EXE", "tasksche.exe"},
		{observable.FileName, "@Please_Read_Me@.txt", "@please_read_me@.txt"},
		{observable.FileName, "U\u0308bung.DOC", "übung.doc"},
		{observable.FileName, "a b.exe", "a b.exe"},
		{observable.FileName, `x\tasksche.exe`, ""},
		{observable.FileName, "x/tasksche.exe", ""},
		{observable.FileName, "*.wnry", ""},
		{observable.FileName, "..", ""},
		{observable.FileName, "a\x00b", ""},
		{observable.FileName, "a\xffb", ""},
		{observable.FileName, strings.Repeat("a", 255), strings.Repeat("a", 255)},
		{observable.FileName, strings.Repeat("a", 256), ""},
		{observable.FileName, strings.Repeat("ü", 255), strings.Repeat("ü", 255)},

		{observable.FilePath, `C:\Windows\TaskSche.exe`, `c:\windows\tasksche.exe`},
		{observable.FilePath, `c:/Windows//system32/./x.exe`, `c:\windows\system32\x.exe`},
		{observable.FilePath, `C:\Windows\Temp\..\x.exe`, `c:\windows\x.exe`},
		{observable.FilePath, `C:\..\..\x.exe`, `c:\x.exe`},
		{observable.FilePath, `\\?\C:\Windows\x.exe`, `c:\windows\x.exe`},
		{observable.FilePath, `\\.\C:\Windows\x.exe`, `c:\windows\x.exe`},
		{observable.FilePath, `\??\C:\Windows\x.exe`, `c:\windows\x.exe`},
		{observable.FilePath, `\\Server\Share\a\x.exe`, `\\server\share\a\x.exe`},
		{observable.FilePath, `\\?\UNC\Server\Share\x.exe`, `\\server\share\x.exe`},
		{observable.FilePath, `\Device\Mup\server\share\x.exe`, `\\server\share\x.exe`},
		{observable.FilePath, `\Device\HarddiskVolume3\Windows\x.exe`, `\device\harddiskvolume3\windows\x.exe`},
		{observable.FilePath, `\\?\GLOBALROOT\Device\HarddiskVolume3\x.exe`, `\device\harddiskvolume3\x.exe`},
		{observable.FilePath, `\\?\Volume{00000000-0000-0000-0000-000000000001}\x.exe`, `\\?\volume{00000000-0000-0000-0000-000000000001}\x.exe`},
		{observable.FilePath, `\SystemRoot\System32\drivers\x.sys`, `\systemroot\system32\drivers\x.sys`},
		{observable.FilePath, `C:\x.exe:Zone.Identifier`, `c:\x.exe:zone.identifier`},
		{observable.FilePath, `C:\`, ""},
		{observable.FilePath, `\\server\share`, ""},
		{observable.FilePath, `\\.\PhysicalDrive0`, ""},
		{observable.FilePath, `\\.\pipe\x`, ""},
		{observable.FilePath, `%TEMP%\x.exe`, ""},
		{observable.FilePath, `\Windows\x.exe`, ""},
		{observable.FilePath, `C:\Users\*\x.exe`, ""},
		{observable.FilePath, `C:\a|b`, ""},
		{observable.FilePath, `x.exe`, ""},
		{observable.FilePath, "/usr/Bin/X", "/usr/Bin/X"},
		{observable.FilePath, "//usr/./bin//x/", "/usr/bin/x"},
		{observable.FilePath, "/usr/../x", "/usr/../x"},
		{observable.FilePath, "/tmp/e\u0301", "/tmp/é"},
		{observable.FilePath, "/", ""},
		{observable.FilePath, "/tmp/..", ""},

		{observable.Mutex, `Global\MsWinZonesCacheCounterMutexA`, `Global\MsWinZonesCacheCounterMutexA`},
		{observable.Mutex, `\BaseNamedObjects\MsWinZonesCacheCounterMutexA`, `Global\MsWinZonesCacheCounterMutexA`},
		{observable.Mutex, `\Sessions\1\BaseNamedObjects\Name`, `Name`},
		{observable.Mutex, `Local\Name`, `Name`},
		{observable.Mutex, `name`, `name`},
		{observable.Mutex, `global\name`, ""},
		{observable.Mutex, `Global\`, ""},
		{observable.Mutex, `Global\a\b`, ""},
		{observable.Mutex, `\Sessions\x\BaseNamedObjects\Name`, ""},
		{observable.Mutex, strings.Repeat("m", 261), ""},

		{observable.Service, "MSSECSVC2.0", "mssecsvc2.0"},
		{observable.Service, `a\b`, ""},
		{observable.Service, strings.Repeat("s", 257), ""},

		{observable.Registry, `HKLM\SOFTWARE\WanaCrypt0r`, `HKEY_LOCAL_MACHINE\software\wanacrypt0r`},
		{observable.Registry, `hkey_local_machine\Software\\X\`, `HKEY_LOCAL_MACHINE\software\x`},
		{observable.Registry, `HKLM:\Software\X`, `HKEY_LOCAL_MACHINE\software\x`},
		{observable.Registry, `Computer\HKEY_LOCAL_MACHINE\Software\X`, `HKEY_LOCAL_MACHINE\software\x`},
		{observable.Registry, `\REGISTRY\MACHINE\SOFTWARE\X`, `HKEY_LOCAL_MACHINE\software\x`},
		{observable.Registry, `\REGISTRY\MACHINE\SYSTEM\ControlSet001\Services\X`, `HKEY_LOCAL_MACHINE\system\currentcontrolset\services\x`},
		{observable.Registry, `HKLM\System\ControlSet0012\X`, `HKEY_LOCAL_MACHINE\system\controlset0012\x`},
		{observable.Registry, `HKLM\System\ControlSet001`, `HKEY_LOCAL_MACHINE\system\currentcontrolset`},
		{observable.Registry, `HKCU\Software\X`, `HKEY_CURRENT_USER\software\x`},
		{observable.Registry, `HKU\S-1-5-21-1-2-3-1001\Software\X`, `HKEY_CURRENT_USER\software\x`},
		{observable.Registry, `HKU\S-1-5-21-1-2-3-1001_Classes\CLSID`, `HKEY_CURRENT_USER\software\classes\clsid`},
		{observable.Registry, `HKU\S-1-12-1-1-2-3-4\Software\X`, `HKEY_CURRENT_USER\software\x`},
		{observable.Registry, `\REGISTRY\USER\S-1-5-18\Software\X`, `HKEY_USERS\s-1-5-18\software\x`},
		{observable.Registry, `HKCR\exefile`, `HKEY_LOCAL_MACHINE\software\classes\exefile`},
		{observable.Registry, `\REGISTRY\A\{1}\x`, `\registry\a\{1}\x`},
		{observable.Registry, `HKLM`, ""},
		{observable.Registry, `HKU\S-1-5-21-1-2-3-1001`, ""},
		{observable.Registry, `HKLMX\Software`, ""},
		{observable.Registry, `Software\X`, ""},
	}
	for _, test := range tests {
		v, err := observable.New(test.in, test.text)
		if (err != nil) != (test.wantText == "") || v.Text != test.wantText {
			t.Errorf("New(%s, %q) = %v, %v; want %q", test.in, test.text, v, err, test.wantText)
		}
	}
}

func TestNewOfFingerprintsAndAddresses(t *testing.T) {
	tests := []struct {
		in       observable.Type
		text     string
		wantText string // "" for an error
	}{
		{observable.SHA512, strings.Repeat("AF", 64), strings.Repeat("af", 64)},
		{observable.SHA512, strings.Repeat("AF", 32), ""},
		{observable.JA3, strings.Repeat("AF", 16), strings.Repeat("af", 16)},
		{observable.JA3S, strings.Repeat("AF", 20), ""},
		{observable.JA4, exampleJA4, exampleJA4},
		{observable.JA4, strings.ToUpper(exampleJA4), exampleJA4},
		{observable.JA4, "q13i0310h3_55b375c5d22e_cd85d2d88918", "q13i0310h3_55b375c5d22e_cd85d2d88918"},
		{observable.JA4, "td3d151600_8daaf6152771_000000000000", "td3d151600_8daaf6152771_000000000000"},
		{observable.JA4, "x13d1516h2_8daaf6152771_e5627efa2ab1", ""},
		{observable.JA4, "t14d1516h2_8daaf6152771_e5627efa2ab1", ""},
		{observable.JA4, "t13x1516h2_8daaf6152771_e5627efa2ab1", ""},
		{observable.JA4, "t13d15x6h2_8daaf6152771_e5627efa2ab1", ""},
		{observable.JA4, "t13d1516h-_8daaf6152771_e5627efa2ab1", ""},
		{observable.JA4, "t13d1516h2_8daaf615277g_e5627efa2ab1", ""},
		{observable.JA4, "t13d1516h2_8daaf6152771-e5627efa2ab1", ""},

		{observable.Email, "Billing@Evil.EXAMPLE.", "billing@evil.example"},
		{observable.Email, "a@bücher.example", "a@xn--bcher-kva.example"},
		{observable.Email, "JOSE\u0301@evil.example", "josé@evil.example"},
		{observable.Email, `"billing"@evil.example`, "billing@evil.example"},
		{observable.Email, `"a\ b@c"@evil.example`, `"a b@c"@evil.example`},
		{observable.Email, "a+b@[192.0.2.1]", "a+b@[192.0.2.1]"},
		{observable.Email, "a@[IPv6:2001:DB8:0::1]", "a@[ipv6:2001:db8::1]"},
		{observable.Email, "root@localhost", "root@localhost"},
		{observable.Email, "evil.example", ""},
		{observable.Email, "@evil.example", ""},
		{observable.Email, "a@", ""},
		{observable.Email, ".a@evil.example", ""},
		{observable.Email, "a..b@evil.example", ""},
		{observable.Email, "a b@evil.example", ""},
		{observable.Email, "a@192.0.2.1", ""},
		{observable.Email, "a@[evil.example]", ""},
		{observable.Email, "a@[2001:db8::1]", ""},
		{observable.Email, strings.Repeat("a", 64) + "@evil.example", strings.Repeat("a", 64) + "@evil.example"},
		{observable.Email, strings.Repeat("a", 65) + "@evil.example", ""},

		{observable.Wallet, wannaCry, wannaCry},
		{observable.Wallet, "12t9YDPgwueZ9NyMgw519p7AA8isjr6SMw", "12t9YDPgwueZ9NyMgw519p7AA8isjr6SMw"},
		{observable.Wallet, "115p7UMMngoj1pMvkpHijcRdfJNXj6LrLn", "115p7UMMngoj1pMvkpHijcRdfJNXj6LrLn"},
		{observable.Wallet, "13AM4VW2dhxYgXeQepoHkHSQuy6NgaEb95", ""},
		{observable.Wallet, strings.ToLower(wannaCry), ""},
		{observable.Wallet, "3P14159f73E4gFr7JterCCQh9QjiTjiZrG", "3P14159f73E4gFr7JterCCQh9QjiTjiZrG"},
		{observable.Wallet, "1111111111111111111114oLvT2", "1111111111111111111114oLvT2"},
		{observable.Wallet, "111111111111111111114oLvT2", ""},
		{observable.Wallet, bip173, bip173},
		{observable.Wallet, strings.ToUpper(bip173), bip173},
		{observable.Wallet, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7KV8F3T4", ""},
		{observable.Wallet, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", ""},
		{observable.Wallet, bip350, bip350},
		// BIP 350's invalid addresses: bech32 for version 1, bech32m for 0, a
		// test network, a program too short, padding.
		{observable.Wallet, "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd", ""},
		{observable.Wallet, "bc1q0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq54wlp6", ""},
		{observable.Wallet, "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7", ""},
		{observable.Wallet, "bc1pw5dgrnzv", ""},
		{observable.Wallet, "bc1gmk9yu", ""},
		{observable.Wallet, "BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P", ""},
		{observable.Wallet, "bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs", "bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs"},
		{observable.Wallet, "BC1SW50QGDZ25J", "bc1sw50qgdz25j"},
		{observable.Wallet, eip55, strings.ToLower(eip55)},
		{observable.Wallet, strings.ToLower(eip55), strings.ToLower(eip55)},
		{observable.Wallet, "0X" + strings.ToUpper(eip55[2:]), strings.ToLower(eip55)},
		{observable.Wallet, "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD", ""},
		{observable.Wallet, eip55[:41], ""},
		{observable.Wallet, "mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn", ""}, // test network
		// The Monero project's own address for donations.
		{observable.Wallet, monero, monero},
		{observable.Wallet, monero[:94] + "H", ""},
		{observable.Wallet, "evil.example", ""},
	}
	for _, test := range tests {
		v, err := observable.New(test.in, test.text)
		if (err != nil) != (test.wantText == "") || v.Text != test.wantText {
			t.Errorf("New(%s, %q) = %v, %v; want %q", test.in, test.text, v, err, test.wantText)
		}
	}
}

const monero = "44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A"
