package rules

import (
	"bytes"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/compose"
	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/misp"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// event is the UUID of the one event of the MISP feed.
var event = uuidOf(compose.ID("misp-event", "protections"))

func uuidOf(id string) string {
	_, u, _ := strings.Cut(id, "--")
	return u
}

// mispTypes are the attribute types and categories (MISP core format, section
// 2.4.2) of what a feed of protections holds.
var mispTypes = map[observable.Type][2]string{
	observable.Domain: {"domain", "Network activity"}, observable.URL: {"url", "Network activity"},
	observable.IPv4: {"ip-dst", "Network activity"}, observable.IPv6: {"ip-dst", "Network activity"},
	observable.MD5: {"md5", "Payload delivery"}, observable.SHA1: {"sha1", "Payload delivery"},
	observable.SHA256: {"sha256", "Payload delivery"}, observable.SHA512: {"sha512", "Payload delivery"},
	observable.FileName: {"filename", "Payload delivery"}, observable.Email: {"email-src", "Payload delivery"},
	observable.Mutex: {"mutex", "Artifacts dropped"}, observable.Registry: {"regkey", "Persistence mechanism"}, //nolint:misspell // as MISP spells it
	observable.Service: {"windows-service-name", "Artifacts dropped"}, //nolint:misspell // as MISP spells it
	observable.JA3:     {"ja3-fingerprint-md5", "Network activity"}, observable.Wallet: {"btc", "Financial fraud"},
}

// MISPEvent writes the event of a MISP feed: an attribute for each protection.
// What is blocked is to_ids; what is only observed, and a must-resolve name,
// is not, and its comment says what it is: who makes block lists of MISP takes
// what is to_ids.
//
// A MISP that has the event learns of attributes that come. That one is no longer
// there takes nothing away from it: for recalls it needs a list (docs/outlets.md).
func MISPEvent(w io.Writer, s feed.Set) ([]feed.Left, error) {
	out := feed.NewOutput(w)
	head := mispHead(s)
	out.WriteString(`{"Event":`)
	out.Bytes(bytes.TrimSuffix(head, []byte("}")))
	out.WriteString(`,"Attribute":[`)
	separator := "\n"
	line := make([]byte, 0, 512)
	for _, list := range [][]*protect.Protection{s.MustResolve(), s.Blocks(), s.Observed()} {
		for _, p := range list {
			kind, ok := mispTypes[p.Type]
			if !ok || p.Type == observable.Wallet && !strings.HasPrefix(p.Text, "bc1") && p.Text[0] != '1' && p.Text[0] != '3' {
				out.Leave(p, "MISP has no attribute type for a "+string(p.Type))
				continue
			}
			if reason := s.Above(p); reason != "" && p.Polarity == protect.Block && !p.Exact {
				out.Leave(p, reason)
				continue
			}
			if p.Type == observable.Domain && p.Exact {
				kind[0] = "hostname" // exports of MISP take a domain for all beneath it
			}
			line, err := appendAttribute(line[:0], p, kind)
			if err != nil {
				return nil, err
			}
			out.WriteString(separator)
			out.Bytes(line)
			separator = ",\n"
		}
	}
	out.WriteString("\n]}}\n")
	return out.Done()
}

func appendAttribute(line []byte, p *protect.Protection, kind [2]string) ([]byte, error) {
	id := uuidOf(compose.ID("misp-attribute", string(p.Type), p.Text))
	line = append(line, `{"uuid":"`+id+`","type":"`+kind[0]+`","category":"`+kind[1]+`","to_ids":`...)
	line = strconv.AppendBool(line, p.Polarity == protect.Block)
	line = append(line, `,"distribution":"5","timestamp":"`...)
	line = strconv.AppendInt(line, p.Decided.Unix(), 10)
	line = append(line, `","comment":"`+asked(p)+`","Tag":[{"name":"tlp:`+string(level(p))+`"}],"value":`...)
	line, err := jsontext.AppendQuote(line, p.Text)
	return append(line, '}'), err
}

// level is how a protection is marked; not to be marked is to be green.
func level(p *protect.Protection) access.TLP {
	if p.TLP == "" {
		return access.Green
	}
	return p.TLP
}

// MISPManifest writes the manifest of the MISP feed. Its timestamp is that of the
// latest decision.
func MISPManifest(w io.Writer, s feed.Set) ([]feed.Left, error) {
	head := mispHead(s)
	return nil, misp.WriteManifest(w, []jsontext.Value{head})
}

// MISPHashes writes the MD5 of every value of the MISP feed.
func MISPHashes(w io.Writer, s feed.Set) ([]feed.Left, error) {
	var text bytes.Buffer
	if _, err := MISPEvent(&text, s); err != nil {
		return nil, err
	}
	body := bytes.TrimPrefix(bytes.TrimSuffix(text.Bytes(), []byte("}\n")), []byte(`{"Event":`))
	out := feed.NewOutput(w)
	if err := misp.WriteHashes(out, []jsontext.Value{body}); err != nil {
		return nil, err
	}
	return out.Done()
}

// mispHead is the event without its attributes.
func mispHead(s feed.Set) jsontext.Value {
	latest, date := time.Unix(0, 0), "1970-01-01"
	for _, list := range [][]*protect.Protection{s.MustResolve(), s.Blocks(), s.Observed()} {
		for _, p := range list {
			if p.Decided.After(latest) {
				latest, date = p.Decided, p.Decided.UTC().Format(time.DateOnly)
			}
		}
	}
	head := `{"uuid":"` + event + `","info":"Protections in force","date":"` + date + `","timestamp":"` + strconv.FormatInt(latest.Unix(), 10) +
		`","publish_timestamp":"` + strconv.FormatInt(latest.Unix(), 10) + `","published":true,"analysis":"2","threat_level_id":"2","distribution":"1",` +
		`"Orgc":{"name":"Tocsin","uuid":"` + uuidOf(compose.ID("identity", "tocsin")) + `"}}`
	return jsontext.Value(head)
}
