package capture_test

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"testing"
	"unicode/utf8"

	"github.com/gopacket/gopacket/layers"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/telemetry"
	"github.com/tocsin-project/tocsin/internal/telemetry/capture"
)

// check reads a file and holds what every event has to be.
func check(t *testing.T, file []byte, opts capture.Options) []*telemetry.Event {
	t.Helper()
	r, err := capture.New(bytes.NewReader(file), opts)
	if err != nil {
		return nil
	}
	var events []*telemetry.Event
	var end int64
	for {
		e, err := r.Next()
		if err != nil {
			break
		}
		if e.End < end || e.Offset > e.End || e.Line > r.Stats().Lines || e.Line < 1 {
			t.Fatalf("an event at %d to %d after %d, line %d of %d", e.Offset, e.End, end, e.Line, r.Stats().Lines)
		}
		end = e.End
		for _, o := range e.Observables {
			switch o.Type {
			case observable.JA3, observable.JA3S, observable.JA4:
			default:
				if v, err := observable.New(o.Type, o.Text); err != nil || v != o.Value {
					t.Fatalf("%v is not normal: %v, %v", o.Value, v, err)
				}
			}
			if !utf8.ValidString(o.Raw) || o.Field == "" {
				t.Fatalf("%q of %q", o.Raw, o.Field)
			}
		}
		for _, p := range e.Properties {
			if !utf8.ValidString(p.Text) {
				t.Fatalf("%q of %s", p.Text, p.Path)
			}
		}
		events = append(events, e.Clone())
	}
	if s, c := r.Stats(), r.Counts(); s.Events != len(events) || c.Flows != 0 || c.Buffered != 0 {
		t.Fatalf("%d events, %+v, %+v", len(events), s, c)
	}
	return events
}

func FuzzCapture(f *testing.F) {
	for _, link := range []layers.LinkType{layers.LinkTypeEthernet, layers.LinkTypeRaw, layers.LinkTypeNull, layers.LinkTypeLinuxSLL, layers.LinkTypeLinuxSLL2} {
		film := newFilm(f)
		film.link = link
		film.udp(client, resolver, query("evil.example.", 1))
		film.udp(resolver, client, answer("evil.example.", 1))
		k := film.connect(client, server)
		k.ask([]byte("\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00"), 3)
		film.connect(client6, server6).ask(fmt.Appendf(nil, get, 1), 20)
		f.Add(film.pcap(0))
		f.Add(film.pcap(60))
		f.Add(film.pcapng())
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		all := check(t, file, capture.Options{})
		check(t, file, capture.Options{MaxFlows: 1, MaxBuffered: 100, MaxPacket: 200})
		// Bytes that are gone at the end take nothing from before them.
		if len(file) > 10 {
			if fewer := check(t, file[:len(file)-10], capture.Options{}); len(fewer) > len(all)+2 {
				t.Fatalf("%d events, %d of less", len(all), len(fewer))
			}
		}
	})
}

// conversation is bytes of a client, in segments.
func conversation(t *testing.T, up []byte, size int) []*telemetry.Event {
	f := newFilm(t)
	k := f.connect(client, server)
	k.ask(up, size)
	return check(t, f.pcap(0), capture.Options{})
}

// FuzzHTTP: however the bytes are cut, the same requests are read, unless what
// begins with a segment is looked for.
func FuzzHTTP(f *testing.F) {
	f.Add(fmt.Appendf(nil, get, 1), 7)
	f.Add(fmt.Appendf(nil, post+get, 3, "abc", 2), 11)
	f.Add([]byte("CONNECT a.example:1 HTTP/1.0\n\n\x16\x03"), 30)
	f.Add([]byte("GET http://[::1]:/ HTTP/1.1\r\nHost: [2001:db8::1\r\nContent-Length: 99999999999\r\n\r\n"), 1000)
	f.Fuzz(func(t *testing.T, up []byte, size int) {
		if len(up) > 1<<14 || size < 1 || len(up)/size > 200 {
			return
		}
		whole, cut := of(telemetry.HTTP, conversation(t, up, 0)), of(telemetry.HTTP, conversation(t, up, size))
		if len(whole) > 0 && len(cut) > 0 && whole[0].Properties[0] != cut[0].Properties[0] {
			t.Errorf("%+v, in segments of %d %+v", whole[0].Properties, size, cut[0].Properties)
		}
	})
}

// FuzzClientHello: hellos of any form, however they are cut, give the same.
func FuzzClientHello(f *testing.F) {
	for _, c := range []*tls.Config{{ServerName: "evil.example"}, {ServerName: "evil.example", MaxVersion: tls.VersionTLS12, NextProtos: []string{"h2"}}} {
		up, down := shakeHands(f, c)
		f.Add(up, 9)
		f.Add(down, 100)
	}
	f.Add([]byte("\x16\x03\x01\x00\x01\x01\x16\x03\x01\x00\x01\x00"), 1)
	f.Fuzz(func(t *testing.T, up []byte, size int) {
		if len(up) > 1<<14 || size < 1 || len(up)/size > 200 || len(up) == 0 || up[0] != 22 {
			return
		}
		whole, cut := of(telemetry.TLS, conversation(t, up, 0)), of(telemetry.TLS, conversation(t, up, size))
		// A stranger's first segment ends the search in it, not in the next ones.
		if len(up) > 2 && up[1] == 3 && size > 2 && len(whole) != len(cut) {
			t.Errorf("%d hellos, in segments of %d %d", len(whole), size, len(cut))
		}
	})
}
