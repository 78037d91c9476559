package bench

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// synthetic makes STIX 2.1 objects that follow from a seed: of five, three are
// indicators, one is malware, and one is a relationship from the first of the
// indicators to the malware. Names come from RFC 2606 and addresses from RFC
// 3849; hashes are of nothing.
type synthetic struct{ seed uint64 }

// objectSize is what each object has about, in bytes: the mean of ATT&CK's
// relationships and of what partners send is near it.
const objectSize = 865

const group = 5

func (s synthetic) random(n, salt int) *rand.Rand {
	return rand.New(rand.NewPCG(s.seed<<8|uint64(salt), uint64(n)))
}

// kind is the type of the nth object.
func kind(n int) string {
	switch n % group {
	case 3:
		return "malware"
	case 4:
		return "relationship"
	}
	return "indicator"
}

// id of the nth object, a version 4 UUID (RFC 9562, section 5.4).
func (s synthetic) id(n int) string {
	return kind(n) + "--" + uuidOf(s.random(n, 0))
}

func uuidOf(r *rand.Rand) string {
	var b [16]byte
	binary.LittleEndian.PutUint64(b[:8], r.Uint64())
	binary.LittleEndian.PutUint64(b[8:], r.Uint64())
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	x := hex.EncodeToString(b[:])
	return x[:8] + "-" + x[8:12] + "-" + x[12:16] + "-" + x[16:20] + "-" + x[20:]
}

var epoch = time.Date(2021, 6, 1, 0, 0, 0, 0, time.UTC)

// appendObject adds the nth object as compact JSON.
func (s synthetic) appendObject(to []byte, n int) []byte {
	r, from := s.random(n, 1), len(to)
	made := epoch.Add(time.Duration(n) * 7919 * time.Millisecond).Format("2006-01-02T15:04:05.000Z")
	to = fmt.Appendf(to, `{"type":%q,"spec_version":"2.1","id":%q,"created":%q,"modified":%q`, kind(n), s.id(n), made, made)
	if n%2 == 0 {
		to = append(to, `,"object_marking_refs":["marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"]`...) // TLP:GREEN
	}
	switch kind(n) {
	case "indicator":
		to = fmt.Appendf(to, `,"name":"%s-%d","indicator_types":["malicious-activity"],"pattern":"[%s]","pattern_type":"stix","pattern_version":"2.1","valid_from":%q,"confidence":%d`,
			word(r), n, pattern(r, n), made, 15+r.IntN(80))
	case "malware":
		to = fmt.Appendf(to, `,"name":"%s-%d","malware_types":["worm"],"is_family":%t,"first_seen":%q,"aliases":[%q,%q],"kill_chain_phases":[{"kill_chain_name":"lockheed-martin-cyber-kill-chain","phase_name":"installation"}]`,
			word(r), n, r.IntN(2) == 0, made, word(r), word(r))
	default:
		to = fmt.Appendf(to, `,"relationship_type":"indicates","source_ref":%q,"target_ref":%q,"start_time":%q`, s.id(n-4), s.id(n-1), made)
	}
	to = append(to, `,"description":"`...)
	for len(to)-from < objectSize-10 {
		to = append(append(to, word(r)...), ' ')
	}
	return append(to, `end."}`...)
}

// pattern is STIX patterning, already escaped for JSON; no two are alike.
func pattern(r *rand.Rand, n int) string {
	name := fmt.Sprintf("%s%d.%s.example", word(r), n, word(r))
	switch r.IntN(5) {
	case 0:
		return "domain-name:value = '" + name + "'"
	case 1:
		return fmt.Sprintf("url:value = 'https://%s/%s?id=%d'", name, word(r), r.IntN(1e6))
	case 2:
		return fmt.Sprintf("ipv6-addr:value = '2001:db8:%x:%x::%x'", r.IntN(1<<16), r.IntN(1<<16), 1+n%(1<<16-1))
	case 3:
		return fmt.Sprintf("file:hashes.'SHA-256' = '%016x%016x%016x%016x' AND file:size > %d", r.Uint64(), r.Uint64(), r.Uint64(), r.Uint64(), r.IntN(1e6))
	}
	return "domain-name:value = '" + name + "' OR domain-name:value LIKE '%." + name + "'"
}

// words are a vocabulary whose frequencies fall as those of language do
// roughly, so that a text index has the work it has with reports.
var words = func() (all []string) {
	syllables := strings.Fields("ka ro mi tel sun dor vi pex lan gor the bri zu nash ol fen")
	for _, a := range syllables {
		for _, b := range syllables {
			for _, c := range syllables {
				all = append(all, a+b+c)
			}
		}
	}
	return all
}()

func word(r *rand.Rand) string {
	x := r.Float64()
	return words[int(x*x*x*float64(len(words)))]
}

// appendEnvelope adds count objects from the nth on, as an envelope of TAXII
// 2.1 or as a bundle.
func (s synthetic) appendEnvelope(to []byte, n, count int, bundle bool) []byte {
	to = append(to, '{')
	if bundle {
		to = fmt.Appendf(to, `"type":"bundle","id":"bundle--%s",`, uuidOf(s.random(n, 2)))
	}
	to = append(to, `"objects":[`...)
	for i := range count {
		if i > 0 {
			to = append(to, ',')
		}
		to = s.appendObject(to, n+i)
	}
	return append(to, "]}"...)
}
