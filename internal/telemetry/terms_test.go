package telemetry_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/telemetry"
	"github.com/tocsin-project/tocsin/stix/pattern"
)

// walk names every property of an observation as a pattern would: through its
// references, and any element of a list. It leaves out ids, the references
// themselves, and the types of the objects that paths begin with.
func walk(t interface{ Fatalf(string, ...any) }, o *pattern.Observed) []string {
	byID := map[string]pattern.Object{}
	for _, object := range o.Objects {
		id, _ := object["id"].(string)
		if byID[id] != nil || id == "" {
			t.Fatalf("the id %q is of two objects or of none: %v", id, o.Objects)
		}
		byID[id] = object
	}
	var found []string
	var visit func(p pattern.Path, v any, isRef bool)
	visit = func(p pattern.Path, v any, isRef bool) {
		if len(p.Steps) > 20 {
			t.Fatalf("the references go round: %s", p)
		}
		switch v := v.(type) {
		case pattern.Object:
			visit(p, map[string]any(v), false)
		case map[string]any:
			for key, inner := range v {
				if key == "id" || key == "type" && len(p.Steps) == 0 {
					continue
				}
				visit(pattern.Path{Type: p.Type, Steps: append(slices.Clone(p.Steps), pattern.Step{Key: key})}, inner,
					strings.HasSuffix(key, "_ref") || strings.HasSuffix(key, "_refs"))
			}
		case []any:
			for _, inner := range v {
				visit(pattern.Path{Type: p.Type, Steps: append(slices.Clone(p.Steps), pattern.Step{Kind: pattern.Any})}, inner, isRef)
			}
		case string:
			if to := byID[v]; isRef && to != nil {
				visit(p, to, false)
				return
			}
			found = append(found, fmt.Sprintf("%s = %q", p, v))
		case int64:
			found = append(found, fmt.Sprintf("%s = %q", p, strconv.FormatInt(v, 10)))
		case float64:
			found = append(found, fmt.Sprintf("%s = %q", p, strconv.FormatFloat(v, 'f', -1, 64)))
		default:
			t.Fatalf("%s is a %T", p, v)
		}
	}
	for _, object := range o.Objects {
		kind, _ := object["type"].(string)
		visit(pattern.Path{Type: kind}, object, false)
	}
	return distinct(found)
}

func distinct(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

func terms(e *telemetry.Event) []string {
	var found []string
	e.Terms(func(path, text string) bool {
		found = append(found, fmt.Sprintf("%s = %q", path, text))
		return true
	})
	return distinct(found)
}

// propertyPaths are such as readers use, and stranger ones.
var propertyPaths = []string{
	"process:command_line", "process:pid", "process:image_ref.name", "process:image_ref.hashes.MD5", "process:parent_ref.image_ref.name", "process:parent_ref.pid",
	"process:image_ref.parent_directory_ref.path", "process:creator_user_ref.account_login", "process:environment_variables.'PA\\'TH'",
	"windows-registry-key:key", "windows-registry-key:values[*].name", "windows-registry-key:values[*].data", "windows-registry-key:values",
	"network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'", "network-traffic:src_byte_count", "network-traffic:src_ref.value", "network-traffic:protocols[*]",
	"network-traffic:dst_port", "domain-name:resolves_to_refs[*].value", "domain-name:resolves_to_refs[*].resolves_to_refs[*].value", "domain-name:value",
	"email-message:to_refs[*].value", "email-message:to_refs[*].display_name", "x509-certificate:hashes.'SHA-1'", "file:name", "file:hashes.MD5", "file:content_ref.hashes.MD5",
	"x-thing:some_ref.value", "x-thing:a[*].b[*].c", "x-thing:a[*].b", "x-thing:odd_ref",
}

func drawEvent(t *rapid.T) *telemetry.Event {
	address := func(label string) string {
		return rapid.SampledFrom([]string{"192.0.2.1", "192.0.2.2", "2001:db8::1", "198.51.100.9"}).Draw(t, label)
	}
	e := &telemetry.Event{
		Time: time.Unix(rapid.Int64Range(0, 1<<32).Draw(t, "time"), 0).UTC(), Kind: telemetry.Kind(rapid.IntRange(0, int(telemetry.Registry)).Draw(t, "kind")),
		SourcePort: rapid.Uint16().Draw(t, "port"), TargetPort: rapid.SampledFrom([]uint16{0, 9, 10, 99, 443, 9999, 65535}).Draw(t, "port"),
		Proto:    rapid.SampledFrom([]string{"", "tcp", "udp"}).Draw(t, "proto"),
		Name:     rapid.SampledFrom([]string{"", "a.example", "b.example"}).Draw(t, "name"),
		FileName: rapid.SampledFrom([]string{"", "/", "/x/a.exe", `C:\b.exe`}).Draw(t, "file"),
	}
	for _, end := range []*netip.Addr{&e.Source, &e.Target} {
		if rapid.Bool().Draw(t, "has") {
			*end = netip.MustParseAddr(address("end"))
		}
	}
	hash := func(n int) string { return strings.Repeat(rapid.SampledFrom([]string{"0a", "ff"}).Draw(t, "hash"), n) }
	for range rapid.IntRange(0, 6).Draw(t, "observables") {
		s := telemetry.Seen{Object: rapid.IntRange(0, 1).Draw(t, "object"), Answer: rapid.Bool().Draw(t, "answer")}
		switch rapid.IntRange(0, 8).Draw(t, "type") {
		case 0:
			s.Value, _ = observable.New(observable.IPv4, address("seen"))
		case 1:
			s.Value = observable.Value{Type: observable.Domain, Text: rapid.SampledFrom([]string{"a.example", "c.example"}).Draw(t, "domain")}
		case 2:
			s.Value = observable.Value{Type: observable.MD5, Text: hash(16)}
		case 3:
			s.Value = observable.Value{Type: observable.SHA512, Text: hash(64)}
		case 4:
			s.Value, s.Raw = observable.Value{Type: observable.FileName, Text: "setup.exe"}, rapid.SampledFrom([]string{"", "Setup.exe", "/dl/Setup.exe"}).Draw(t, "raw")
		case 5:
			s.Value, s.Raw = observable.Value{Type: observable.FilePath, Text: `c:\x\a.exe`}, rapid.SampledFrom([]string{"", `C:\a.exe`, "/a", `D:\X\Y\a.exe`}).Draw(t, "raw")
		case 6:
			s.Value, s.Raw = observable.Value{Type: observable.Mutex, Text: "m"}, "M"
		case 7:
			s.Value = observable.Value{Type: observable.URL, Text: "http://a.example/x"}
		case 8:
			s.Value = observable.Value{Type: observable.JA4, Text: "t13d1516h2_8daaf6152771_b186095e22b6"}
		}
		e.Observables = append(e.Observables, s)
	}
	for range rapid.IntRange(0, 8).Draw(t, "properties") {
		p := telemetry.Property{Object: rapid.IntRange(0, 1).Draw(t, "object"), Path: rapid.SampledFrom(propertyPaths).Draw(t, "path")}
		p.Text = rapid.SampledFrom([]string{"x", "Y", "192.0.2.1", "2001:db8::1", ""}).Draw(t, "text")
		if rapid.Bool().Draw(t, "number") {
			p.Text, p.Number = rapid.SampledFrom([]string{"0", "17", "-1", "1.5", "9223372036854775807"}).Draw(t, "number"), true
		}
		e.Properties = append(e.Properties, p)
	}
	return e
}

// What Terms says is what a pattern finds in Observed, no more and no less.
func TestTermsAreWhatIsObserved(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := drawEvent(t)
		o := e.Observed()
		if !o.First.Equal(e.Time) || !o.Last.Equal(e.Time) || o.Number != 1 {
			t.Fatalf("%v to %v, %d times; want %v, once", o.First, o.Last, o.Number, e.Time)
		}
		if diff := gocmp.Diff(walk(t, o), terms(e)); diff != "" {
			t.Fatalf("-observed +terms\n%s\n%v", diff, o.Objects)
		}
	})
}

// yield can stop Terms anywhere.
func TestTermsStop(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := drawEvent(t)
		all, stop := 0, 0
		e.Terms(func(_, _ string) bool { all++; return true })
		if all == 0 {
			return
		}
		at := rapid.IntRange(1, all).Draw(t, "at")
		e.Terms(func(_, _ string) bool { stop++; return stop < at })
		if stop != at {
			t.Fatalf("asked to stop after %d of %d, had %d", at, all, stop)
		}
	})
}

// A value's own pattern holds of what shows it.
func TestAValuesPatternFindsIt(t *testing.T) {
	for _, v := range []observable.Value{
		{Type: observable.Domain, Text: "a.example"}, {Type: observable.IPv4, Text: "192.0.2.1"}, {Type: observable.IPv6, Text: "2001:db8::1"}, {Type: observable.URL, Text: "http://a.example/"},
		{Type: observable.MD5, Text: "00"}, {Type: observable.SHA1, Text: "00"}, {Type: observable.SHA256, Text: "00"}, {Type: observable.SHA512, Text: "00"},
		{Type: observable.FileName, Text: "a.exe"}, {Type: observable.FilePath, Text: `c:\windows\a.exe`}, {Type: observable.FilePath, Text: "/a"}, {Type: observable.FilePath, Text: `c:\a`},
		{Type: observable.Mutex, Text: "m"}, {Type: observable.Service, Text: "s"}, {Type: observable.Registry, Text: `HKEY_CURRENT_USER\software\x`},
		{Type: observable.JA3, Text: "00"}, {Type: observable.JA3S, Text: "00"}, {Type: observable.JA4, Text: "00"}, {Type: observable.Email, Text: "x@a.example"}, {Type: observable.Wallet, Text: "w"},
	} {
		e := telemetry.Event{Observables: []telemetry.Seen{{Value: v}}}
		p, err := pattern.Parse(v.Pattern())
		if err != nil {
			t.Fatal(err)
		}
		program, err := pattern.Compile(p)
		if err != nil {
			t.Fatal(err)
		}
		if _, holds := program.Atoms()[0].Test(e.Observed()); !holds {
			t.Errorf("%v: %s does not hold of %q", v, v.Pattern(), terms(&e))
		}
	}
}
