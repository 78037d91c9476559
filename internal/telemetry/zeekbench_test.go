package telemetry_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/tocsin-project/tocsin/internal/telemetry"
)

// zeekLines writes a log's header and n rows as Zeek 6 does; the same seed, the
// same bytes.
func zeekLines(seed uint64, n int, log string) []byte {
	rng := rand.New(rand.NewPCG(seed, 2))
	header := map[string]string{
		"dns":  "ts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\ttrans_id\trtt\tquery\tqclass\tqclass_name\tqtype\tqtype_name\trcode\trcode_name\tAA\tTC\tRD\tRA\tZ\tanswers\tTTLs\trejected",
		"conn": "ts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\torig_bytes\tresp_bytes\tconn_state\tlocal_orig\tlocal_resp\tmissed_bytes\thistory\torig_pkts\torig_ip_bytes\tresp_pkts\tresp_ip_bytes\ttunnel_parents",
		"http": "ts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\ttrans_depth\tmethod\thost\turi\treferrer\tversion\tuser_agent\torigin\trequest_body_len\tresponse_body_len\tstatus_code\tstatus_msg",
	}[log]
	b := []byte("#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\t" + log + "\n#fields\t" + header + "\n")
	for range n {
		b = fmt.Appendf(b, "14945738%02d.%06d\tC%017x\t192.0.2.%d\t%d\t198.51.100.%d\t", rng.IntN(100), rng.IntN(1e6), rng.Uint64(), rng.IntN(256), 1024+rng.IntN(60000), rng.IntN(256))
		name := fmt.Sprintf("%s-%x.cdn.host%d.example", []string{"www", "api", "img", "login"}[rng.IntN(4)], rng.Uint32(), rng.IntN(1000))
		switch log {
		case "dns":
			b = fmt.Appendf(b, "53\tudp\t%d\t0.0%d\t%s\t1\tC_INTERNET\t1\tA\t0\tNOERROR\tF\tT\tF\tT\t0\tedge.%s,203.0.113.%d\t300.000000,60.000000\tF\n", rng.IntN(65536), rng.IntN(99999), name, name, rng.IntN(256))
		case "conn":
			b = fmt.Appendf(b, "443\ttcp\tssl\t%d.%06d\t%d\t%d\tSF\tT\tF\t0\tShADadFf\t%d\t%d\t%d\t%d\t-\n", rng.IntN(100), rng.IntN(1e6), rng.IntN(1e5), rng.IntN(1e6), rng.IntN(100), rng.IntN(1e5), rng.IntN(100), rng.IntN(1e6))
		case "http":
			b = fmt.Appendf(b, "80\t1\tGET\t%s\t/static/%x/app.js?v=%d&lang=en\thttp://%s/index.html\t1.1\tMozilla/5.0 (Windows NT 6.1; Win64; x64; rv:53.0) Gecko/20100101 Firefox/53.0\t-\t0\t%d\t200\tOK\n", name, rng.Uint64(), rng.IntN(100), name, rng.IntN(1e6))
		}
	}
	return b
}

func BenchmarkZeekTSV(b *testing.B) {
	const n = 20_000
	for _, log := range []string{"dns", "conn", "http"} {
		b.Run(log, func(b *testing.B) {
			input := zeekLines(1, n, log)
			b.SetBytes(int64(len(input) / n))
			b.ReportAllocs()
			reader := telemetry.NewZeek(bytes.NewReader(input), telemetry.Options{})
			for b.Loop() {
				_, err := reader.Next()
				if errors.Is(err, io.EOF) {
					reader = telemetry.NewZeek(bytes.NewReader(input), telemetry.Options{})
					_, err = reader.Next()
				}
				if err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "lines/s")
		})
	}
}

// What is measured is read without allocating, but for the reader itself.
func TestNothingIsAllocated(t *testing.T) {
	for name, reader := range map[string]telemetry.Source{
		"eve": telemetry.NewEVE(bytes.NewReader(eveLines(1, 2000)), telemetry.Options{}),
		"dns": telemetry.NewZeek(bytes.NewReader(zeekLines(1, 2000, "dns")), telemetry.Options{}), "conn": telemetry.NewZeek(bytes.NewReader(zeekLines(1, 2000, "conn")), telemetry.Options{}),
		"http": telemetry.NewZeek(bytes.NewReader(zeekLines(1, 2000, "http")), telemetry.Options{}),
	} {
		terms := 0
		count := func(_, text string) bool { terms += len(text); return true }
		next := func() {
			e, err := reader.Next()
			if err != nil {
				t.Fatal(err)
			}
			e.Terms(count)
			if terms == 0 {
				t.Error("no terms")
			}
		}
		for range 500 { // its buffers grow, and it learns the names
			next()
		}
		if n := testing.AllocsPerRun(1000, next); n > 0 {
			t.Errorf("%s: %v allocations a record", name, n)
		}
	}
}

func BenchmarkTerms(b *testing.B) {
	input := eveLines(1, 100)
	reader := telemetry.NewEVE(bytes.NewReader(input), telemetry.Options{})
	var list []*telemetry.Event
	for range 100 {
		e, err := reader.Next()
		if err != nil {
			b.Fatal(err)
		}
		list = append(list, e.Clone())
	}
	b.ReportAllocs()
	i, n := 0, 0
	count := func(_, _ string) bool { n++; return true }
	for b.Loop() {
		list[i].Terms(count)
		i = (i + 1) % len(list)
	}
	b.ReportMetric(float64(n)/float64(b.N), "terms/event")
}
