package tabular

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// Form is one of the forms in which abuse.ch publishes.
type Form string

// The forms, each as CSV and as JSON: the export and the answer of the API.
const (
	URLhaus   Form = "urlhaus"
	ThreatFox Form = "threatfox"
	Feodo     Form = "feodo" // the block list of addresses
)

// layouts are the columns of the CSV exports, for a text without a header.
var layouts = map[Form][]string{
	URLhaus: {"id", "dateadded", "url", "url_status", "last_online", "threat", "tags", "urlhaus_link", "reporter"},
	ThreatFox: {"first_seen_utc", "ioc_id", "ioc_value", "ioc_type", "threat_type", "fk_malware", "malware_alias", "malware_printable",
		"last_seen_utc", "confidence_level", "is_compromised", "reference", "tags", "anonymous", "reporter"},
	Feodo: {"first_seen_utc", "dst_ip", "dst_port", "c2_status", "last_online", "malware"},
}

// lists are the names of the lists in the answers of the API.
var lists = map[Form][]string{URLhaus: {"urls"}, ThreatFox: {"data"}}

// ReadAbuseCH reads one of the forms of abuse.ch, CSV or JSON.
func ReadAbuseCH(ctx context.Context, text *bufio.Reader, form Form, partner string, each Each) error {
	w := newWriter(partner, each)
	take := func(r row, line int, pointer string) error {
		one, err := read(form, r)
		if err != nil {
			return w.problem(line, 0, pointer, RuleValue, err)
		}
		return w.write(one, line, pointer)
	}
	head, _ := text.Peek(1) // what is wrong is read again
	for len(head) > 0 && strings.ContainsRune(" \t\r\n", rune(head[0])) {
		if _, err := text.Discard(1); err != nil {
			return err
		}
		head, _ = text.Peek(1)
	}
	if len(head) > 0 && (head[0] == '{' || head[0] == '[') {
		return readRows(ctx, text, lists[form], form != Feodo, w, take)
	}
	return readForm(ctx, text, form, w, take)
}

// read makes a record of a row.
func read(form Form, r row) (record, error) {
	switch form {
	case URLhaus:
		return urlhaus(r)
	case ThreatFox:
		return threatfox(r)
	case Feodo:
		return feodo(r)
	}
	return record{}, fmt.Errorf("unknown form %q of abuse.ch", form)
}

// first is the first of the columns that says something: the CSV, the JSON
// export and the API do not call them alike.
func (r row) first(names ...string) string {
	for _, n := range names {
		if v := r[n]; v != "" && !strings.EqualFold(v, "none") && v != "null" {
			return v
		}
	}
	return ""
}

// time is a time of the row, zero if there is none.
func (r row) time(names ...string) (time.Time, error) {
	text := r.first(names...)
	if text == "" {
		return time.Time{}, nil
	}
	t, err := parseTime(text)
	if err != nil {
		return t, fmt.Errorf("%s: %w", names[0], err)
	}
	return t, nil
}

func (r row) tags() []string { return strings.Split(r.first("tags"), ",") }

func urlhaus(r row) (one record, err error) {
	var added, online error
	one.first, added = r.time("dateadded", "date_added")
	one.last, online = r.time("last_online")
	one.value, err = observable.New(observable.URL, r["url"])
	if err = errors.Join(err, added, online); err != nil {
		return one, err
	}
	if id := r["id"]; id != "" {
		one.key = []string{string(URLhaus), id}
	}
	one.labels = append(r.tags(), r.first("threat"))
	if strings.EqualFold(r["url_status"], "offline") {
		one.labels = append(one.labels, "offline")
		// The row's other change has no time of its own.
		one.changed = latest(one.first, one.last).Add(time.Second)
	}
	one.description = reported(r)
	one.references = link(string(URLhaus), r["id"], r.first("urlhaus_link", "urlhaus_reference"))
	return one, nil
}

func threatfox(r row) (one record, err error) {
	var added, seen error
	one.first, added = r.time("first_seen_utc", "first_seen")
	one.last, seen = r.time("last_seen_utc", "last_seen")
	text := r.first("ioc_value", "ioc")
	one.value, one.name, err = iocValue(r["ioc_type"], text)
	if err = errors.Join(err, added, seen); err != nil {
		return one, err
	}
	id := r.first("ioc_id", "id")
	if id != "" {
		one.key = []string{string(ThreatFox), id}
	}
	if c, err := strconv.Atoi(r.first("confidence_level")); err == nil && c >= 0 && c <= 100 {
		one.confidence = c
	}
	one.labels = append(r.tags(), r.first("threat_type"))
	one.malware = family(r.first("malware_printable"))
	one.description = reported(r)
	one.references = link(string(ThreatFox), id, "")
	if ref := r.first("reference"); ref != "" {
		one.references = append(one.references, reference{Source: "reference", URL: ref})
	}
	return one, nil
}

// iocValue reads a value of one of ThreatFox's types. Of "ip:port" the address
// is what can be looked up; the name keeps the port.
func iocValue(kind, text string) (v observable.Value, name string, err error) {
	switch strings.ToLower(kind) {
	case "ip:port":
		at, err := netip.ParseAddrPort(text)
		if err != nil {
			return v, "", fmt.Errorf("%.80q is no address and port", text)
		}
		v, err = observable.New(observable.IPv4, at.Addr().String())
		return v, text, err
	case "domain":
		v, err = observable.New(observable.Domain, text)
	case "url":
		v, err = observable.New(observable.URL, text)
	case "md5_hash":
		v, err = observable.New(observable.MD5, text)
	case "sha1_hash":
		v, err = observable.New(observable.SHA1, text)
	case "sha256_hash":
		v, err = observable.New(observable.SHA256, text)
	default:
		err = fmt.Errorf("values of type %.80q cannot be looked up; domain, url, ip:port, md5_hash, sha1_hash and sha256_hash can", kind)
	}
	return v, "", err
}

func feodo(r row) (one record, err error) {
	var added, online error
	one.first, added = r.time("first_seen_utc", "first_seen")
	one.last, online = r.time("last_online")
	one.value, err = observable.New(observable.IPv4, r.first("dst_ip", "ip_address"))
	if err = errors.Join(err, added, online); err != nil {
		return one, err
	}
	port := r.first("dst_port", "port")
	one.key = []string{string(Feodo), one.value.Text, port}
	one.labels = []string{"botnet_cc"}
	if strings.EqualFold(r.first("c2_status", "status"), "offline") {
		one.labels = append(one.labels, "offline")
		one.changed = latest(one.first, one.last).Add(time.Second)
	}
	if port != "" {
		one.description = "Command and control on TCP port " + port
	}
	one.malware = family(r.first("malware"))
	one.references = []reference{{Source: "feodo-tracker", URL: "https://feodotracker.abuse.ch/browse/host/" + one.value.Text + "/"}}
	return one, nil
}

// reported names who told abuse.ch.
func reported(r row) string {
	if by := r.first("reporter"); by != "" {
		return "Reported by " + by
	}
	return ""
}

// family leaves out the names that stand for none.
func family(name string) string {
	if strings.EqualFold(name, "unknown malware") || strings.EqualFold(name, "unknown") {
		return ""
	}
	return name
}

func link(source, id, url string) []reference {
	if id == "" && url == "" {
		return nil
	}
	return []reference{{Source: source, ID: id, URL: url}}
}
