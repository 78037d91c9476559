package soc_test

import (
	"bytes"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/soc"
	"github.com/tocsin-project/tocsin/internal/telemetry"
)

var seenAt = time.Date(2017, 5, 12, 7, 24, 3, 123456000, time.UTC)

const killSwitch = "iuqerfsodp9ifjaposdfjhgosurijfaewrwergwea.com"

func hit() soc.Alert {
	return soc.Alert{
		Time: seenAt, Value: observable.Value{Type: observable.Domain, Text: killSwitch}, Field: "dns.rrname", Kind: telemetry.DNS,
		Indicator: soc.Indicator{ID: "indicator--6da1ddd6-2a4b-4bd4-9b2d-0e2a3a0b9f11", Name: "kill switch", Reason: "seen by two partners"},
		Polarity:  soc.MustResolve, Log: "/var/log/suricata/eve.json", Line: 17, Offset: 12345,
		Source: netip.MustParseAddr("192.0.2.7"), Target: netip.MustParseAddr("192.0.2.53"),
	}
}

// hostile draws what an attacker might have a sensor write.
func hostile(t *rapid.T, name string) string {
	parts := rapid.SliceOfN(rapid.OneOf(
		rapid.SampledFrom([]string{
			"\n", "\r\n", "|", "=", " ", `\`, `"`, "]", "[", "\x00", "\x1b[2J", "\x85", "\u2028", "\u202e", "\ufeff", "\xff", "\xc3", "é", "漢",
			" act=allow", "\nCEF:0|x|y|1|2|3|10|", "\n<14>1 - - - - - - x", `"] forged`, `","value":"x`, "cs1Label=x ", `\n`, `\=`, "%0a",
			"17 <14>1 - - - - - - x", "\u200b", "\x7f", "\u009b",
		}), rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }),
	), 0, 5).Draw(t, name)
	text := strings.Join(parts, "")
	if rapid.IntRange(0, 9).Draw(t, name+" long") == 0 {
		text += strings.Repeat(rapid.SampledFrom([]string{"a", `"`, `\`, "=", "\n", "é", "\xff"}).Draw(t, "of"), 1100)
	}
	return text
}

func hostileHit(t *rapid.T) soc.Alert {
	a := hit()
	a.Type = rapid.SampledFrom([]observable.Type{observable.Domain, observable.URL, observable.FileName, observable.FilePath, observable.Mutex, observable.SHA256, observable.IPv4, "x|y=z\n"}).Draw(t, "type")
	a.Text, a.Field, a.Log = hostile(t, "value"), hostile(t, "field"), hostile(t, "log")
	a.Indicator = soc.Indicator{ID: hostile(t, "id"), Name: hostile(t, "name"), Reason: hostile(t, "reason")}
	a.Polarity = rapid.SampledFrom([]soc.Polarity{soc.Block, soc.Observe, soc.MustResolve, "", "x\n|=]"}).Draw(t, "polarity")
	a.Past = rapid.Bool().Draw(t, "past")
	if rapid.Bool().Draw(t, "v6") {
		a.Source = netip.MustParseAddr("2001:db8::7").WithZone("x\n y=z")
	}
	return a
}

// Whatever the values are, each alert is one record with the fields that every
// alert has, and nothing in it says what the alert does not.
func TestNothingIsForged(t *testing.T) {
	for _, format := range []string{"json", "syslog", "cef", "syslog+cef"} {
		t.Run(format, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				alerts := rapid.SliceOfN(rapid.Custom(hostileHit), 1, 3).Draw(t, "alerts")
				var out bytes.Buffer
				s, err := soc.Open(format+":-", soc.Options{Stdout: &out, Window: -1, Hostname: hostile(t, "host"), Version: hostile(t, "version")})
				if err != nil {
					t.Fatal(err)
				}
				for _, a := range alerts {
					if err := s.Send(a); err != nil {
						t.Fatal(err)
					}
				}
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				lines := strings.SplitAfter(out.String(), "\n")
				if len(lines) != len(alerts)+1 || lines[len(alerts)] != "" {
					t.Fatalf("%d alerts are %d lines: %q", len(alerts), len(lines)-1, lines)
				}
				for i, a := range alerts {
					judge(t, format, strings.TrimSuffix(lines[i], "\n"), a)
				}
			})
		})
	}
}

// cefKeys are all that an alert has.
var cefKeys = strings.Fields(`msg act cat rt start end cnt destinationDnsDomain request
	fileHash fname filePath externalId reason cs1 cs2 cs3 cs4 cs5 cs1Label cs2Label cs3Label cs4Label cs5Label cn1 cn1Label cn2 cn2Label src dst c6a2 c6a2Label`)

// judge holds a record against its alert: the fields are those that the alert
// has, and those that no attacker chooses are right.
func judge(t interface {
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}, format, record string, a soc.Alert) {
	polarity := string(a.Polarity)
	if polarity == "" {
		polarity = "observe"
	}
	names := map[string]bool{"polarity": true, "type": true, "kind": true, "timestamp": true, "first_seen": true, "source": true, "target": true, "line": true, "offset": true, "count": true}
	for name, text := range map[string]string{"value": a.Text, "field": a.Field, "indicator": a.Indicator.ID, "name": a.Indicator.Name, "reason": a.Indicator.Reason, "log": a.Log} {
		if text != "" {
			names[name] = true
		}
	}
	if a.Past {
		names["past"] = true
	}
	got := map[string]string{}
	switch format {
	case "json":
		var fields map[string]any
		if err := json.Unmarshal([]byte(record), &fields); err != nil {
			t.Fatalf("%q: %v", record, err)
		}
		names["action"] = true
		for name, v := range fields {
			text, isText := v.(string)
			if isText {
				if err := visible(text); err != nil {
					t.Fatal(err)
				}
			}
			got[name] = text
		}
		if fields["line"] != 17.0 || fields["offset"] != 12345.0 || fields["count"] != 1.0 {
			t.Fatalf("%q: numbers", record)
		}
	case "syslog":
		m, err := parse5424(record)
		if err != nil {
			t.Fatal(err)
		}
		if got = m.params; got["line"] != "17" || got["offset"] != "12345" || got["count"] != "1" || m.app != "tocsin" {
			t.Fatalf("%q: numbers", record)
		}
	default:
		if format == "syslog+cef" {
			m, err := parse5424(record)
			if err != nil {
				t.Fatal(err)
			}
			record = m.text
		}
		fields, extension, err := parseCEF(record)
		if err != nil {
			t.Fatal(err)
		}
		if fields[0] != "Tocsin" || fields[1] != "edge" || extension["cn1"] != "17" || extension["cn2"] != "12345" || extension["cnt"] != "1" ||
			extension["dst"] != "192.0.2.53" || extension["rt"] != "1494573843123" {
			t.Fatalf("%q: %q %q", record, fields, extension)
		}
		for key, text := range extension {
			if label := extension[key+"Label"]; strings.HasPrefix(key, "cs") && !strings.HasSuffix(key, "Label") {
				if want := map[string]string{"cs1": "value", "cs2": "type", "cs3": "field", "cs4": "indicatorName", "cs5": "log"}[key]; label != want || text == "" {
					t.Fatalf("%q: %s is %q", record, key, label)
				}
			}
			if !slices.Contains(cefKeys, key) {
				t.Fatalf("%q: key %s", record, key)
			}
		}
		if plain(polarity) && extension["act"] != polarity {
			t.Fatalf("%q: act is %q", record, extension["act"])
		}
		return
	}
	for name := range got {
		if !names[name] {
			t.Fatalf("%q has %s", record, name)
		}
		delete(names, name)
	}
	if len(names) > 0 {
		t.Fatalf("%q lacks %v", record, names)
	}
	if plain(polarity) && got["polarity"] != polarity || got["target"] != "192.0.2.53" || got["timestamp"] != "2017-05-12T07:24:03.123456Z" {
		t.Fatalf("%q: %v", record, got)
	}
	if plain(a.Text) && len(a.Text) <= 1000 && len(record) < 4000 && got["value"] != a.Text {
		t.Fatalf("%q: value %q is not %q", record, got["value"], a.Text)
	}
}

// FuzzRecord looks for text that breaks out of its place in any format.
func FuzzRecord(f *testing.F) {
	f.Add("evil.example", "dns.rrname", "indicator--1", "block")
	f.Add("a\n<14>1 - - - - - - b", `x"] y`, "a|b=c", "observe")
	f.Add("\xff\u202e\\", "\\", "=", "|")
	f.Fuzz(func(t *testing.T, value, field, id, polarity string) {
		a := hit()
		a.Text, a.Field, a.Indicator.ID, a.Polarity = value, field, id, soc.Polarity(polarity)
		for _, format := range []string{"json", "syslog", "cef", "syslog+cef"} {
			var out bytes.Buffer
			s, err := soc.Open(format+":-", soc.Options{Stdout: &out, Window: -1})
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Send(a); err != nil {
				t.Fatal(err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			record, rest, _ := strings.Cut(out.String(), "\n")
			if rest != "" {
				t.Fatalf("more than one line: %q", out.String())
			}
			judge(t, format, record, a)
		}
	})
}

func plain(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) < 0
}
