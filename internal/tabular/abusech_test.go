package tabular_test

import (
	"bufio"
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/tabular"
)

// The forms, as CSV and as JSON, of the same made-up entries.
const (
	urlhausCSV = `################################################################
# abuse.ch URLhaus Database Dump (CSV - recent URLs only)      #
################################################################
#
# id,dateadded,url,url_status,last_online,threat,tags,urlhaus_link,reporter
"3421","2017-05-12 07:43:00","http://198.51.100.7/a.sh","online","2017-05-13 00:00:00","malware_download","elf,mirai","https://urlhaus.abuse.ch/url/3421/","somebody"
"3422","2017-05-12 07:44:00","http://evil.example/b","offline","","malware_download","None","https://urlhaus.abuse.ch/url/3422/","somebody"
`
	urlhausJSON = `{"3421":[{"dateadded":"2017-05-12 07:43:00 UTC","url":"http://198.51.100.7/a.sh","url_status":"online","last_online":"2017-05-13 00:00:00 UTC","threat":"malware_download","tags":["elf","mirai"],"urlhaus_link":"https://urlhaus.abuse.ch/url/3421/","reporter":"somebody"}],
"3422":[{"dateadded":"2017-05-12 07:44:00 UTC","url":"http://evil.example/b","url_status":"offline","last_online":null,"threat":"malware_download","tags":null,"urlhaus_link":"https://urlhaus.abuse.ch/url/3422/","reporter":"somebody"}]}`
	urlhausAPI = `{"query_status":"ok","urls":[{"id":"3421","urlhaus_reference":"https://urlhaus.abuse.ch/url/3421/","url":"http://198.51.100.7/a.sh","url_status":"online","host":"198.51.100.7","date_added":"2017-05-12 07:43:00 UTC","last_online":"2017-05-13 00:00:00 UTC","threat":"malware_download","blacklists":{"spamhaus_dbl":"not listed"},"reporter":"somebody","larted":"true","tags":["elf","mirai"]},
{"id":3422,"urlhaus_reference":"https://urlhaus.abuse.ch/url/3422/","url":"http://evil.example/b","url_status":"offline","date_added":"2017-05-12 07:44:00 UTC","threat":"malware_download","reporter":"somebody","tags":null}]}`
	threatfoxCSV = `# ThreatFox IOCs: recent (CSV)
# "first_seen_utc","ioc_id","ioc_value","ioc_type","threat_type","fk_malware","malware_alias","malware_printable","last_seen_utc","confidence_level","is_compromised","reference","tags","anonymous","reporter"
"2017-05-12 07:43:00", "41", "198.51.100.7:443", "ip:port", "botnet_cc", "win.x", "None", "X Loader", "2017-05-12 08:00:00", "75", "False", "https://report.example/1", "a,b", "0", "somebody"
"2017-05-12 07:44:00", "42", "24d004a104d4d54034dbcffc2a4b19a11f39008a575aa614ea04703480b1022c", "sha256_hash", "payload", "unknown", "", "Unknown malware", "", "50", "False", "None", "", "1", "somebody"
`
	threatfoxJSON = `{"41":[{"ioc_value":"198.51.100.7:443","ioc_type":"ip:port","threat_type":"botnet_cc","malware":"win.x","malware_alias":null,"malware_printable":"X Loader","first_seen_utc":"2017-05-12 07:43:00","last_seen_utc":"2017-05-12 08:00:00","confidence_level":75,"reference":"https://report.example/1","tags":"a,b","anonymous":"0","reporter":"somebody"}],
"42":[{"ioc_value":"24d004a104d4d54034dbcffc2a4b19a11f39008a575aa614ea04703480b1022c","ioc_type":"sha256_hash","threat_type":"payload","malware":"unknown","malware_printable":"Unknown malware","first_seen_utc":"2017-05-12 07:44:00","last_seen_utc":null,"confidence_level":50,"reference":null,"tags":null,"reporter":"somebody"}]}`
	threatfoxAPI = `{"query_status":"ok","data":[{"id":"41","ioc":"198.51.100.7:443","ioc_type":"ip:port","threat_type":"botnet_cc","malware":"win.x","malware_printable":"X Loader","first_seen":"2017-05-12 07:43:00 UTC","last_seen":"2017-05-12 08:00:00 UTC","confidence_level":75,"reference":"https://report.example/1","tags":["a","b"],"reporter":"somebody"},
{"id":"42","ioc":"24d004a104d4d54034dbcffc2a4b19a11f39008a575aa614ea04703480b1022c","ioc_type":"sha256_hash","threat_type":"payload","malware_printable":"Unknown malware","first_seen":"2017-05-12 07:44:00 UTC","last_seen":null,"confidence_level":50,"reference":null,"tags":null,"reporter":"somebody"}]}`
	feodoCSV = `################################################################
# Feodo Tracker Botnet C2 IP Blocklist                         #
################################################################
"first_seen_utc","dst_ip","dst_port","c2_status","last_online","malware"
"2017-05-12 07:43:00","203.0.113.9","443","online","2017-05-13","Dridex"
"2017-05-12 07:44:00","203.0.113.10","8080","offline","2017-05-12","Dridex"
`
	feodoJSON = `[{"ip_address":"203.0.113.9","port":443,"status":"online","hostname":null,"as_number":64496,"as_name":"AS-EXAMPLE","country":"ZZ","first_seen":"2017-05-12 07:43:00","last_online":"2017-05-13","malware":"Dridex"},
{"ip_address":"203.0.113.10","port":8080,"status":"offline","hostname":null,"as_number":64496,"as_name":"AS-EXAMPLE","country":"ZZ","first_seen":"2017-05-12 07:44:00","last_online":"2017-05-12","malware":"Dridex"}]`
)

var forms = []struct {
	form  tabular.Form
	texts []string
	want  []string
}{
	{tabular.URLhaus, []string{urlhausCSV, urlhausJSON, urlhausAPI}, []string{
		"[url:value = 'http://198.51.100.7/a.sh'] 170512T074300 170513T000000 -1 elf,mirai,malware_download",
		"[url:value = 'http://evil.example/b'] 170512T074400 170512T074401 -1 malware_download,offline",
	}},
	{tabular.ThreatFox, []string{threatfoxCSV, threatfoxJSON, threatfoxAPI}, []string{
		"[ipv4-addr:value = '198.51.100.7'] 170512T074300 170512T080000 75 a,b,botnet_cc indicates X Loader",
		"[file:hashes.'SHA-256' = '24d004a104d4d54034dbcffc2a4b19a11f39008a575aa614ea04703480b1022c'] 170512T074400 170512T074400 50 payload",
	}},
	{tabular.Feodo, []string{feodoCSV, feodoJSON}, []string{
		"[ipv4-addr:value = '203.0.113.9'] 170512T074300 170513T000000 -1 botnet_cc indicates Dridex",
		"[ipv4-addr:value = '203.0.113.10'] 170512T074400 170512T074401 -1 botnet_cc,offline indicates Dridex",
	}},
}

// A partner that switches from CSV to JSON must not share everything anew.
func TestAFormSaysTheSameInEveryWriting(t *testing.T) {
	for _, c := range forms {
		var first []string
		for i, text := range c.texts {
			var m made
			if err := tabular.ReadAbuseCH(t.Context(), bufio.NewReader(strings.NewReader(text)), c.form, partner, m.collect(t)); err != nil {
				t.Errorf("%s %d: %v", c.form, i, err)
			}
			if diff := cmp.Diff(c.want, m.said()); diff != "" || m.problems != nil {
				t.Errorf("%s %d: %v (-want +got)\n%s", c.form, i, m.problems, diff)
			}
			if first == nil {
				first = m.raws
			}
			if diff := cmp.Diff(first, m.raws); diff != "" {
				t.Errorf("%s %d is not what 0 is\n%s", c.form, i, diff)
			}
		}
	}
}

func TestAFormWithOtherColumnsIsReadByItsHeader(t *testing.T) {
	var m made
	text := "# \"ioc_type\",\"ioc_value\",\"first_seen_utc\"\n\"domain\",\"evil.example\",\"2017-05-12 07:43:00\"\n"
	err := tabular.ReadAbuseCH(t.Context(), bufio.NewReader(strings.NewReader(text)), tabular.ThreatFox, partner, m.collect(t))
	if diff := cmp.Diff([]string{"[domain-name:value = 'evil.example'] 170512T074300 170512T074300 -1 "}, m.said()); err != nil || diff != "" {
		t.Errorf("%v %v\n%s", err, m.problems, diff)
	}
}

func TestWhatAFormCannotSayIsReported(t *testing.T) {
	var m made
	text := `{"1":[{"ioc_value":"x","ioc_type":"envelope_from"},5],"2":[{"ioc_value":"198.51.100.7","ioc_type":"ip:port"}],
"3":[{"ioc_value":"10.0.0.1:80","ioc_type":"ip:port"}],"4":[{"ioc_value":"ok.example","ioc_type":"domain","first_seen_utc":"once"}]}`
	if err := tabular.ReadAbuseCH(t.Context(), bufio.NewReader(strings.NewReader(text)), tabular.ThreatFox, partner, m.collect(t)); err != nil {
		t.Fatal(err)
	}
	var places []string
	for _, p := range m.problems {
		place, _, _ := strings.Cut(p, ": ")
		places = append(places, place)
	}
	if diff := cmp.Diff([]string{"/1/01:0 value", "/1/11:0 row", "/2/01:0 value", "/3/02:0 reserved", "/4/02:0 value"}, places); diff != "" || len(m.heads) > 0 {
		t.Errorf("%d taken (-want +got)\n%s", len(m.heads), diff)
	}
	for _, text := range []string{`{"query_status":"no_results"}`, `{"query_status":"ok","data":[`, `{} {}`, `{"a":[],"a":[]}`} {
		if err := tabular.ReadAbuseCH(t.Context(), bufio.NewReader(strings.NewReader(text)), tabular.ThreatFox, partner, m.collect(t)); err == nil {
			t.Errorf("%s is taken", text)
		}
	}
}

func FuzzAbuseCH(f *testing.F) {
	for _, c := range forms {
		for _, text := range c.texts {
			f.Add(string(c.form), text)
		}
	}
	f.Fuzz(func(t *testing.T, form, text string) {
		var m made
		_ = tabular.ReadAbuseCH(context.Background(), bufio.NewReader(strings.NewReader(text)), tabular.Form(form), partner, m.collect(t)) // no panic, nothing invalid
	})
}
