package telemetry_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/telemetry"
)

// writer writes JSON in as many ways as there are.
type writer struct{ t *rapid.T }

func (w writer) one(of ...string) string { return rapid.SampledFrom(of).Draw(w.t, "one") }
func (w writer) space() string           { return w.one("", "", "", " ", "\t", "\r", "  ") }

// text escapes some characters that need no escape.
func (w writer) text(s string) string {
	out := w.space() + `"`
	for _, c := range s {
		switch how := rapid.IntRange(0, 9).Draw(w.t, "how"); {
		case c == '"' || c == '\\':
			out += `\` + string(c)
		case c == '/' && how < 5:
			out += `\/`
		case c < ' ' || how == 0 && c < 0xd800:
			out += fmt.Sprintf([]string{`\u%04x`, `\u%04X`}[rapid.IntRange(0, 1).Draw(w.t, "case")], c)
		default:
			out += string(c)
		}
	}
	return out + `"` + w.space()
}

// object puts members that mean nothing between those given.
func (w writer) object(members ...string) string {
	members = slices.Clone(members)
	for range rapid.IntRange(0, 2).Draw(w.t, "noise") {
		noise := w.one(`"x":1`, `"x":-0.5e+7`, `"x":{"src_ip":"203.0.113.77","y":[[],{}]}`, `"x":[true,false,null,"\"}"]`, `"X":"é\\"`, `"SRC_IP":"203.0.113.77"`, `"Dns":{"rrname":"wrong.example"}`)
		members = slices.Insert(members, rapid.IntRange(0, len(members)).Draw(w.t, "at"), noise)
	}
	return w.space() + "{" + w.space() + strings.Join(members, ",") + "}" + w.space()
}

func (w writer) member(name, value string) string {
	return w.space() + `"` + name + `"` + w.space() + ":" + value
}

// name is a domain as it may be seen, and as it is meant.
func (w writer) name() (raw, normal string) {
	label := rapid.StringMatching(`[a-z0-9_]([a-z0-9-]{0,8}[a-z0-9])?`)
	normal = label.Draw(w.t, "label") + "." + label.Draw(w.t, "label") + ".example"
	switch rapid.IntRange(0, 4).Draw(w.t, "as") {
	case 0:
		return strings.ToUpper(normal) + ".", normal
	case 1:
		return strings.ToUpper(normal[:1]) + normal[1:], normal
	case 2:
		return "Bücher." + normal, "xn--bcher-kva." + normal
	case 3:
		return normal + ".", normal
	}
	return normal, normal
}

func (w writer) address() (raw string, v observable.Value) {
	n := rapid.IntRange(0, 255).Draw(w.t, "n")
	v4 := fmt.Sprintf("192.0.2.%d", n)
	switch rapid.IntRange(0, 3).Draw(w.t, "family") {
	case 0:
		return "::ffff:" + v4, observable.Value{Type: observable.IPv4, Text: v4}
	case 1:
		return fmt.Sprintf("2001:0DB8:0000:0000:0000:0000:0001:%04X", n), observable.Value{Type: observable.IPv6, Text: fmt.Sprintf("2001:db8::1:%x", n)}
	}
	return v4, observable.Value{Type: observable.IPv4, Text: v4}
}

// However a record is written, what is read is what was meant.
func TestRecordsHoweverWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := writer{t}
		var want []string
		meant := func(field, raw string, v observable.Value) {
			want = append(want, fmt.Sprintf("%s %q %v", field, raw, v))
		}
		domain := func(s string) observable.Value { return observable.Value{Type: observable.Domain, Text: s} }
		var members []string
		for _, field := range []string{"src_ip", "dest_ip"} {
			raw, v := w.address()
			members = append(members, w.member(field, w.text(raw)))
			meant(field, raw, v)
		}
		port := rapid.Uint16().Draw(t, "port")
		members = append(members, w.member("dest_port", fmt.Sprint(port)), w.member("src_port", w.one("null", "1024")))

		question, normal := w.name()
		name := normal
		meant("dns.rrname", question, domain(normal))
		data, v := w.address()
		meant("dns.answers.rdata", data, v)
		alias, normal := w.name()
		meant("dns.answers.rdata", alias, domain(normal))
		answers := "[" + w.object(w.member("rrname", w.text(question)), w.member("rdata", w.text(data)), w.member("rrtype", w.one(`"A"`, `"AAAA"`))) + "," +
			w.object(w.member("rrtype", w.one(`"CNAME"`, `"NS"`, `"PTR"`)), w.member("rdata", w.text(alias))) + "]"
		members = append(members, w.member("dns", w.object(w.member("rrname", w.text(question)), w.member("rcode", w.text("NXDOMAIN")), w.member("answers", answers))))

		sni, normal := w.name()
		meant("tls.sni", sni, domain(normal))
		members = append(members, w.member("tls", w.object(w.member("sni", w.text(sni)))))

		host, normal := w.name()
		meant("http.hostname", host, domain(normal))
		path := rapid.StringMatching(`/[a-zA-Z0-9/._~-]{0,12}(\?[a-z=&]{0,6})?`).Draw(t, "path")
		meant("http.url", "http://"+host+path, observable.Value{Type: observable.URL, Text: "http://" + normal + path})
		members = append(members, w.member("http", w.object(w.member("url", w.text(path)), w.member("hostname", w.text(host)))))

		hash := rapid.StringMatching(`[0-9a-f]{64}`).Draw(t, "hash")
		upper := strings.ToUpper(hash)
		meant("fileinfo.sha256", upper, observable.Value{Type: observable.SHA256, Text: hash})
		fileName := strings.ToValidUTF8(rapid.StringMatching(`/?[ A-Za-z/\\"é]{0,5}[A-Za-z]`).Draw(t, "file"), "")
		base := fileName[strings.LastIndexAny(fileName, `/\`)+1:]
		fileValue, err := observable.New(observable.FileName, base)
		if err != nil {
			t.Fatal(err)
		}
		meant("fileinfo.filename", fileName, fileValue)
		members = append(members, w.member("fileinfo", w.object(w.member("filename", w.text(fileName)), w.member("sha256", w.text(upper)))))

		members = append(members, w.member("event_type", w.text("dns")))
		members = rapid.Permutation(members).Draw(t, "order")
		line := strings.ReplaceAll(w.object(members...), "\n", " ")

		r := telemetry.NewEVE(strings.NewReader(line), telemetry.Options{})
		e, err := r.Next()
		if err != nil {
			t.Fatalf("%s\n%v %+v", line, err, r.Stats())
		}
		var got []string
		for _, o := range e.Observables {
			got = append(got, fmt.Sprintf("%s %q %v", o.Field, o.Raw, o.Value))
		}
		slices.SortFunc(got, cmp.Compare)
		slices.SortFunc(want, cmp.Compare)
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Fatalf("%s\n%s", line, diff)
		}
		if e.Kind != telemetry.DNS || e.TargetPort != port || e.Name != name || !e.NXDomain || !e.DNSAnswer || e.FileName != fileName {
			t.Fatalf("%s\n%+v", line, e)
		}
	})
}

// No input stops the reader or makes it lose count.
func FuzzEVE(f *testing.F) {
	f.Add([]byte("{\"src_ip\":\"192.0.2.1\"}\n\n[]\n{\"dns\":{\"rrname\":\"a.example\"}}"), 40)
	f.Add([]byte(`{"event_type":"smb","src_port":445,"smb":{"filename":"a","disposition":"FILE_CREATE","access":"delete on close","rename":{"from":"x","to":"\u0061"}}}`), 0)
	f.Add([]byte(`{"http":{"url":"http://[::1]:99999\/%zz","hostname":"a:b:c"}}`), 0)
	f.Fuzz(func(t *testing.T, input []byte, limit int) {
		r := telemetry.NewEVE(strings.NewReader(string(input)), telemetry.Options{MaxLine: limit})
		events := 0
		for {
			e, err := r.Next()
			if err != nil {
				break
			}
			events++
			for _, o := range e.Observables {
				again, err := observable.New(o.Type, o.Text)
				if err != nil || again != o.Value {
					t.Fatalf("%v is not normal: %v, %v", o, again, err)
				}
			}
		}
		lines := strings.Count(string(input), "\n")
		if len(input) > 0 && input[len(input)-1] != '\n' {
			lines++
		}
		s := r.Stats()
		if s.Lines != lines || s.Events != events || s.Events+s.Malformed+s.TooLong > s.Lines {
			t.Fatalf("%d lines, %d events, but %+v", lines, events, s)
		}
	})
}
