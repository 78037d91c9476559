package exercise

import (
	"encoding/hex"
	"math/rand/v2"
	"strconv"
	"time"
)

// writer turns events into Suricata's EVE JSON (Suricata user guide, section
// "EVE JSON Output", DNS version 2) by appending to one buffer, which is kept.
type writer struct {
	plan   *plan
	events []event
	buf    []byte
}

// answerTime is how long before its record an unanswered contact began.
const answerTime = 5 * time.Second

func (w *writer) append(b []byte, base time.Time, ev *event, r *rand.Rand) []byte {
	at := base.Add(ev.at)
	b = append(b, `{"timestamp":"`...)
	b = appendTime(b, at)
	b = append(b, `","flow_id":`...)
	b = strconv.AppendUint(b, r.Uint64N(1<<51), 10)
	switch ev.shape {
	case dnsFound, dnsMissing:
		b = append(b, `,"event_type":"dns"`...)
		b = appendEnds(b, ev, r, "UDP")
		b = appendDNS(b, ev, r)
	case flowAnswered, flowUnanswered:
		b = append(b, `,"event_type":"flow"`...)
		b = appendEnds(b, ev, r, "TCP")
		b = appendFlow(b, ev, at, r)
	case fileArrived:
		b = append(b, `,"event_type":"fileinfo"`...)
		b = appendEnds(b, ev, r, "TCP")
		b = appendFile(b, ev)
	}
	return append(b, "}\n"...)
}

func appendEnds(b []byte, ev *event, r *rand.Rand, proto string) []byte {
	b = append(b, `,"src_ip":"`...)
	b = appendAddress(b, ev.source)
	b = append(b, `","src_port":`...)
	b = strconv.AppendUint(b, uint64(49152+r.Uint32N(16384)), 10)
	b = append(b, `,"dest_ip":"`...)
	b = appendAddress(b, ev.dest)
	b = append(b, `","dest_port":`...)
	b = strconv.AppendUint(b, uint64(ev.port), 10)
	b = append(b, `,"proto":"`...)
	b = append(b, proto...)
	return append(b, '"')
}

func appendDNS(b []byte, ev *event, r *rand.Rand) []byte {
	b = append(b, `,"dns":{"version":2,"type":"answer","id":`...)
	b = strconv.AppendUint(b, uint64(r.Uint32N(65536)), 10)
	if ev.shape == dnsMissing {
		b = append(b, `,"flags":"8183","qr":true,"rd":true,"ra":true,"opcode":0,"rrname":"`...)
		b = appendName(b, ev)
		return append(b, `","rrtype":"A","rcode":"NXDOMAIN"}`...)
	}
	b = append(b, `,"flags":"8180","qr":true,"rd":true,"ra":true,"opcode":0,"rrname":"`...)
	b = appendName(b, ev)
	b = append(b, `","rrtype":"A","rcode":"NOERROR","answers":[{"rrname":"`...)
	b = appendName(b, ev)
	b = append(b, `","rrtype":"A","ttl":300,"rdata":"`...)
	b = appendAddress(b, ev.answer)
	return append(b, `"}]}`...)
}

func appendFlow(b []byte, ev *event, at time.Time, r *rand.Rand) []byte {
	if ev.shape == flowUnanswered {
		b = append(b, `,"flow":{"pkts_toserver":2,"pkts_toclient":0,"bytes_toserver":132,"bytes_toclient":0,"start":"`...)
		b = appendTime(b, at.Add(-answerTime))
		b = append(b, `","end":"`...)
		b = appendTime(b, at.Add(-time.Second))
		return append(b, `","age":4,"state":"new","reason":"timeout","alerted":false},"tcp":{"tcp_flags":"02","tcp_flags_ts":"02","tcp_flags_tc":"00","syn":true,"state":"syn_sent"}`...)
	}
	packets := uint64(4 + r.Uint32N(60))
	b = append(b, `,"flow":{"pkts_toserver":`...)
	b = strconv.AppendUint(b, packets, 10)
	b = append(b, `,"pkts_toclient":`...)
	b = strconv.AppendUint(b, packets+2, 10)
	b = append(b, `,"bytes_toserver":`...)
	b = strconv.AppendUint(b, packets*110, 10)
	b = append(b, `,"bytes_toclient":`...)
	b = strconv.AppendUint(b, packets*700, 10)
	b = append(b, `,"start":"`...)
	b = appendTime(b, at.Add(-answerTime))
	b = append(b, `","end":"`...)
	b = appendTime(b, at)
	return append(b, `","age":5,"state":"closed","reason":"timeout","alerted":false},"tcp":{"tcp_flags":"1b","tcp_flags_ts":"1b","tcp_flags_tc":"1b","syn":true,"fin":true,"psh":true,"ack":true,"state":"closed"}`...)
}

func appendFile(b []byte, ev *event) []byte {
	b = append(b, `,"app_proto":"smb","fileinfo":{"filename":"`...)
	b = appendName(b, ev)
	b = append(b, `","gaps":false,"state":"CLOSED","sha256":"`...)
	b = hex.AppendEncode(b, ev.hash[:])
	// Sizes are invented, too: from 64 KiB to 4 MiB, the same for the same hash.
	size := 1<<16 + (uint64(ev.hash[0])<<14 | uint64(ev.hash[1])<<6)
	b = append(b, `","stored":false,"size":`...)
	b = strconv.AppendUint(b, size, 10)
	return append(b, `,"tx_id":1}`...)
}

// appendName writes the event's name, with the serial number before it if it
// has one. Names hold no character that JSON would escape: scenarios' names are
// domains, and file names are refused otherwise.
func appendName(b []byte, ev *event) []byte {
	if ev.serial != 0 {
		b = append(b, 'n')
		b = strconv.AppendUint(b, ev.serial, 36)
	}
	return append(b, ev.name...)
}

func appendAddress(b []byte, a uint32) []byte {
	for i := 3; i >= 0; i-- {
		b = strconv.AppendUint(b, uint64(byte(a>>(8*i))), 10)
		if i > 0 {
			b = append(b, '.')
		}
	}
	return b
}

// appendTime writes a time as Suricata does: "2017-05-12T07:24:03.123456+0000".
func appendTime(b []byte, t time.Time) []byte {
	return t.AppendFormat(b, "2006-01-02T15:04:05.000000-0700")
}
