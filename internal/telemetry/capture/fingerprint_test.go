package capture

import (
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"strings"
	"testing"
)

// The examples that the definitions publish.

// decimal packs "47-53-5" as numbers of two bytes.
func decimal(t *testing.T, list string) (b []byte) {
	t.Helper()
	for _, text := range strings.FieldsFunc(list, func(r rune) bool { return r == '-' }) {
		n, err := strconv.ParseUint(text, 10, 16)
		if err != nil {
			t.Fatal(err)
		}
		b = binary.BigEndian.AppendUint16(b, uint16(n))
	}
	return b
}

// hexadecimal packs "1301,1302" likewise.
func hexadecimal(t *testing.T, list string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(list, ",", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// emptied are the extensions of the given numbers, without data.
func emptied(kinds []byte) (b []byte) {
	for ; len(kinds) > 0; kinds = kinds[2:] {
		b = append(b, kinds[0], kinds[1], 0, 0)
	}
	return b
}

// https://github.com/salesforce/ja3, README, with GREASE strewn in.
func TestJA3Examples(t *testing.T) {
	for text, want := range map[string]string{
		"769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0":                       "ada70206e40642a3e4461f35503241d5",
		"769,4-5-10-9-100-98-3-6-19-18-99,,,":                                                        "de350869b8c85de67a350c8d186f11e6",
		"769,2570-47-53-5-10-49161-64250-49162-49171-49172-50-56-19-4,0-6682-10-11,31354-23-24-25,0": "ada70206e40642a3e4461f35503241d5",
	} {
		part := strings.Split(text, ",")
		version, err := strconv.ParseUint(part[0], 10, 16)
		if err != nil {
			t.Fatal(err)
		}
		h := hello{client: true, version: uint16(version), ciphers: decimal(t, part[1]), extensions: emptied(decimal(t, part[2])), groups: decimal(t, part[3])}
		if part[4] != "" {
			h.points = []byte{part[4][0] - '0'}
		}
		if got, _ := h.appendJA3(nil, nil); string(got) != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

// technical_details/JA4.md in https://github.com/FoxIO-LLC/ja4.
func TestJA4Example(t *testing.T) {
	h := hello{
		client: true, version: 0x0303, hasSNI: true, alpn: []byte("h2"),
		ciphers:    hexadecimal(t, "5a5a,1301,1302,1303,c02b,c02f,c02c,c030,cca9,cca8,c013,c014,009c,009d,002f,0035"),
		extensions: emptied(hexadecimal(t, "eaea,001b,0000,0033,0010,4469,0017,002d,000d,0005,0023,0012,002b,ff01,000b,000a,0015,3a3a")),
		signatures: hexadecimal(t, "0403,0804,0401,0503,0805,0501,0806,0601"),
		versions:   hexadecimal(t, "7a7a,0304,0303"),
	}
	var f fingerprinter
	if got := f.appendJA4(nil, &h); string(got) != "t13d1516h2_8daaf6152771_e5627efa2ab1" {
		t.Error(string(got))
	}
	h.signatures, h.versions, h.alpn = nil, nil, nil
	if got := f.appendJA4(nil, &h); string(got) != "t12d151600_8daaf6152771_6d807ffa2a79" {
		t.Errorf("without signature algorithms, versions and protocols: %s", got)
	}
	if got := f.appendJA4(nil, &hello{client: true, version: 0x0300, ciphers: hexadecimal(t, "0a0a")}); string(got) != "ts3i000000_000000000000_000000000000" {
		t.Errorf("with nothing at all: %s", got)
	}
}

func TestJA4Protocol(t *testing.T) {
	for text, want := range map[string]string{
		"": "00", "h2": "h2", "http/1.1": "h1", "x": "xx", "\xab": "ab", "\x20": "20", "\xab\xcd": "ad", "\x20\x61": "21",
		"\x30\xab": "3b", "\x61\x20": "60", "\x30\x31\xab\xcd": "3d", "\x30\xab\xcd\x31": "01",
	} {
		if got := appendALPN(nil, []byte(text)); string(got) != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

// JA3S leaves nothing out, and has three fields.
func TestJA3S(t *testing.T) {
	h := hello{version: 771, ciphers: []byte{0xc0, 0x2f}, extensions: emptied(decimal(t, "65281-2570-11"))}
	if _, text := h.appendJA3(nil, nil); string(text) != "771,49199,65281-2570-11" {
		t.Errorf("%s", text)
	}
}
