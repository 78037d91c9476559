package capture_test

import (
	"net/netip"
	"runtime"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/telemetry"
	"github.com/tocsin-project/tocsin/internal/telemetry/capture"
)

// contact is how a conversation is told: "" if not at all.
func contacts(t *testing.T, f *film, opts capture.Options) []string {
	t.Helper()
	events, _ := read(t, f.pcap(0), opts)
	var got []string
	for _, e := range of(telemetry.Flow, events) {
		if !e.Contact || e.Source != client.Addr() || e.SourcePort != client.Port() {
			t.Errorf("%+v", e)
		}
		if e.Failed {
			got = append(got, "failed")
		} else {
			got = append(got, "answered")
		}
	}
	return got
}

// Segments are written as "> S" from the client and "< SA" from the server,
// with the sequence number after the flags and then the payload.
func TestContacts(t *testing.T) {
	type seg struct {
		from  byte
		flags string
		seq   uint32
		data  string
		later time.Duration
	}
	const long = 2 * time.Minute
	for name, test := range map[string]struct {
		segs []seg
		want []string
	}{
		"answered":                      {[]seg{{'>', "S", 1, "", 0}, {'<', "SA", 9, "", 0}, {'>', "A", 2, "", 0}}, []string{"answered"}},
		"no answer":                     {[]seg{{'>', "S", 1, "", 0}}, []string{"failed"}},
		"no answer, asked thrice":       {[]seg{{'>', "S", 1, "", 0}, {'>', "S", 1, "", 0}, {'>', "S", 1, "", 0}}, []string{"failed"}},
		"refused":                       {[]seg{{'>', "S", 1, "", 0}, {'<', "RA", 0, "", 0}}, []string{"failed"}},
		"refused, asked again":          {[]seg{{'>', "S", 1, "", 0}, {'<', "RA", 0, "", 0}, {'>', "S", 1, "", 0}, {'<', "RA", 0, "", 0}}, []string{"failed"}},
		"refused, ports used again":     {[]seg{{'>', "S", 1, "", 0}, {'<', "RA", 0, "", 0}, {'>', "S", 5000, "", 0}, {'<', "SA", 9, "", 0}}, []string{"failed", "answered"}},
		"given up":                      {[]seg{{'>', "S", 1, "", 0}, {'>', "R", 2, "", 0}}, []string{"failed"}},
		"scanned and reset":             {[]seg{{'>', "S", 1, "", 0}, {'<', "SA", 9, "", 0}, {'>', "R", 2, "", 0}}, []string{"answered"}},
		"challenged, then silence":      {[]seg{{'>', "S", 1, "", 0}, {'<', "A", 9, "", 0}}, []string{"failed"}},
		"answer not captured":           {[]seg{{'>', "S", 1, "", 0}, {'>', "A", 2, "", 0}}, []string{"answered"}},
		"answer not captured, data":     {[]seg{{'>', "S", 1, "", 0}, {'<', "A", 10, "220 ready", 0}}, []string{"answered"}},
		"question not captured":         {[]seg{{'<', "SA", 9, "", 0}, {'>', "A", 2, "", 0}}, []string{"answered"}},
		"begun before":                  {[]seg{{'>', "A", 2, "x", 0}, {'<', "A", 10, "y", 0}, {'>', "FA", 3, "", 0}}, nil},
		"begun before, with a request":  {[]seg{{'>', "A", 2, "GET / HTTP/1.1\r\n\r\n", 0}}, nil},
		"both call at once":             {[]seg{{'>', "S", 1, "", 0}, {'<', "S", 9, "", 0}}, []string{"failed"}},
		"ports used again after an end": {[]seg{{'>', "S", 1, "", 0}, {'<', "SA", 9, "", 0}, {'>', "FA", 2, "", 0}, {'<', "FA", 10, "", 0}, {'>', "S", 77, "", 0}, {'<', "SA", 9, "", 0}}, []string{"answered", "answered"}},
		"ports used again without one":  {[]seg{{'>', "S", 1, "", 0}, {'<', "SA", 9, "", 0}, {'>', "S", 77, "", 0}}, []string{"answered", "failed"}},
		"too late":                      {[]seg{{'>', "S", 1, "", 0}, {'<', "SA", 9, "", long}}, []string{"failed", "answered"}},
		"the clock jumps back":          {[]seg{{'>', "S", 1, "", 0}, {'<', "SA", 9, "", -long}}, []string{"failed", "answered"}},
		"SYN and RST":                   {[]seg{{'>', "SR", 1, "", 0}}, nil},
	} {
		f := newFilm(t)
		for _, s := range test.segs {
			f.now = f.now.Add(s.later)
			from, to := client, server
			if s.from == '<' {
				from, to = to, from
			}
			f.segment(from, to, s.flags, s.seq, []byte(s.data))
		}
		got := contacts(t, f, capture.Options{})
		if len(got) != len(test.want) || len(got) > 0 && got[0] != test.want[0] || len(got) > 1 && got[1] != test.want[1] {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// A contact is told as soon as it is known how it went: with the answer, or
// with the first packet after its time; and it stands where it began.
func TestWhenAndWhere(t *testing.T) {
	f := newFilm(t)
	f.segment(client, server, "S", 1, nil)
	f.udp(client, resolver, query("a.example.", 1))
	f.now = f.now.Add(61 * time.Second)
	f.udp(client, resolver, query("b.example.", 2))
	events, _ := read(t, f.pcap(0), capture.Options{})
	if len(events) != 3 || events[1].Kind != telemetry.Flow || events[1].Line != 1 || !events[1].Time.Equal(start) || !events[1].Failed {
		t.Fatalf("%d events", len(events))
	}
	// Who reads on from where the contact was told has not missed the question
	// that made it overdue.
	if events[1].End != events[2].Offset || events[2].End <= events[1].End || events[0].End > events[1].End {
		t.Errorf("ends at %d, %d, %d", events[0].End, events[1].End, events[2].End)
	}
	if early, _ := read(t, f.pcap(0), capture.Options{Timeout: 2 * time.Minute}); early[1].Kind != telemetry.DNS {
		t.Error("told before its time")
	}
}

// A million half-open conversations: the memory stays bounded, each is told,
// and those that went to make room are counted.
func TestHalfOpenFlood(t *testing.T) {
	const flood, room = 1_000_000, 5000
	syn := newFilm(t).tcp(client, server, "S", 1, nil)
	src := &floodFile{packet: syn, left: flood}
	r, err := capture.New(src, capture.Options{MaxFlows: room})
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	told, most := 0, 0
	for {
		e, err := r.Next()
		if err != nil {
			break
		}
		if told++; !e.Failed {
			t.Fatalf("%+v", e)
		}
		most = max(most, r.Counts().Flows)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	c := r.Counts()
	if told != flood || c.Evicted != flood-room || most > room || c.Flows != 0 {
		t.Errorf("%d told, at most %d remembered, %+v", told, most, c)
	}
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 16<<20 {
		t.Errorf("%d conversations took %d MiB", room, grown>>20)
	}
	runtime.KeepAlive(r)
}

// A flood does not push out the conversations that are under way.
func TestFloodAndConversation(t *testing.T) {
	f := newFilm(t)
	k := f.connect(client, web)
	head := []byte("GET /late HTTP/1.1\r\nHost: evil.example\r\n\r\n")
	k.ask(head[:20], 0)
	for port := range uint16(1000) {
		f.segment(netip.AddrPortFrom(netip.MustParseAddr("203.0.113.5"), 10000+port), server, "S", 1, nil)
	}
	k.ask(head[20:], 0)
	events, r := read(t, f.pcap(0), capture.Options{MaxFlows: 100})
	if len(of(telemetry.HTTP, events)) != 1 || r.Counts().Evicted < 900 {
		t.Errorf("%d requests, %+v", len(of(telemetry.HTTP, events)), r.Counts())
	}
}

// What waits to be put in order is bounded over all conversations.
func TestBuffered(t *testing.T) {
	f := newFilm(t)
	for port := range uint16(500) {
		k := f.connect(netip.AddrPortFrom(client.Addr(), 20000+port), web)
		k.up += 1000 // a gap that is never filled
		for range 10 {
			k.ask(make([]byte, 1400), 0)
		}
	}
	const limit = 1 << 20
	r, err := capture.New(newBytes(f.pcap(0)), capture.Options{MaxBuffered: limit})
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := r.Next(); err != nil {
			break
		}
		if c := r.Counts(); c.Buffered > limit+20000 {
			t.Fatalf("%+v", c)
		}
	}
	if c := r.Counts(); c.Evicted == 0 || c.Buffered != 0 {
		t.Errorf("%+v", c)
	}
}
