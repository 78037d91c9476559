package exposure_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/exposure"
)

// Three hosts: one exposed, found over two ports and by two plugins; one with nothing
// but information, and one with a finding that has no CVE.
const nessusText = "Plugin ID,CVE,CVSS v2.0 Base Score,Risk,Host,Protocol,Port,Name,Synopsis,Description,Solution,See Also,Plugin Output\r\n" +
	"97833,CVE-2017-0143,9.3,Critical,198.51.100.7,tcp,445,MS17-010,\"a\nb\",c,d,,\r\n" +
	"97833,CVE-2017-0144,9.3,Critical,198.51.100.7,tcp,445,MS17-010,a,c,d,,\r\n" +
	"97737,CVE-2017-0144,9.3,Critical,198.51.100.7,tcp,139,MS17-010 (local),a,c,d,,\r\n" +
	"19506,,,None,198.51.100.8,tcp,0,Nessus Scan Information,a,c,d,,\r\n" +
	"57608,,5.0,Medium,SRV.example,tcp,445,SMB Signing not required,a,c,d,,\r\n" +
	"11011,CVE-2017-0144,,None,srv.EXAMPLE,tcp,445,SMB service,a,c,d,,\r\n"

// The states of Tenable's export: fixed on one host, back on another, out of support on
// a third.
const tenableText = "Plugin ID,CVE,CVSS,Risk,Host,Protocol,Port,Name,,Vulnerability State,IP Address,Unsupported By Vendor\n" +
	"97833,CVE-2017-0144,9.3,High,a.example,TCP,445,MS17-010,,Fixed,192.0.2.1,FALSE\n" +
	"97833,CVE-2017-0144,9.3,High,b.example,TCP,445,MS17-010,,Resurfaced,192.0.2.2,FALSE\n" +
	"97833,CVE-2017-0144,9.3,High,c.example,TCP,445,MS17-010,,Active,192.0.2.3,TRUE\n" +
	"97833,CVE-2017-0144,9.3,High,d.example,TCP,445,MS17-010,,Fixed,192.0.2.4,FALSE\n" +
	"97737,CVE-2017-0144,9.3,High,d.example,TCP,445,MS17-010,,New,192.0.2.4,FALSE\n" +
	"97833,CVE-2017-0144,9.3,High,d.example,TCP,139,MS17-010,,Fixed,192.0.2.4,FALSE\n"

const greenboneText = "IP,Hostname,Port,Port Protocol,CVSS,Severity,QoD,Solution Type,NVT Name,Summary,Specific Result,NVT OID,CVEs,Task ID\n" +
	"192.0.2.1,a.example,445,tcp,8.1,High,95,VendorFix,MS17-010,\"x\ny\",z,1.3.6.1.4.1.25623.1.0.810676,\"CVE-2017-0143, CVE-2017-0144\",t\n" +
	"192.0.2.2,,general,tcp,0.0,Log,80,,OS detection,x,z,1.3.6.1.4.1.25623.1.0.105937,CVE-2017-0144,t\n" +
	"192.0.2.3,,22,tcp,5.0,Medium,80,,Weak cipher,x,z,1.3.6.1.4.1.25623.1.0.105611,NOCVE,t\n"

const greenboneReport = `<?xml version="1.0" encoding="UTF-8"?>
<get_reports_response status="200"><report id="r1" format_id="a994b278-1f62-11e1-96ac-406186ea4fc5"><report id="r1">
<ports><port>445/tcp<host>192.0.2.9</host></port></ports>
<results max="-1" start="1">
<result id="1"><name>MS17-010</name><host>192.0.2.1<asset asset_id=""/><hostname>a.example</hostname></host><port>445/tcp</port>
<nvt oid="1.3.6.1.4.1.25623.1.0.810676"><name>x</name><refs><ref type="cve" id="CVE-2017-0143"/><ref id="CVE-2017-0144" type="cve"/><ref type="url" id="https://x.example"/></refs></nvt>
<threat>High</threat><severity>8.1</severity><description>host a.example at 192.0.2.1</description></result>
<result id="2"><host>192.0.2.2</host><nvt oid="1.3.6.1.4.1.25623.1.0.105937"><cve>NOCVE</cve></nvt><threat>Log</threat><severity>0.0</severity></result>
<result id="3"><host>192.0.2.3</host><nvt oid="1.3.6.1.4.1.25623.1.0.1"><cve>CVE-2019-0708</cve></nvt><threat>High</threat><severity>9.8</severity></result>
<result id="4"><host>192.0.2.2</host><nvt oid="1.3.6.1.4.1.25623.1.0.1"><cve>CVE-2019-0708</cve></nvt><threat>False Positive</threat><severity>-1.0</severity></result>
</results>
<result_count>4<full>4</full><filtered>4</filtered></result_count>
<host><ip>192.0.2.2</ip><detail><name>EXIT_CODE</name><value>EXIT_NOTVULN</value><source><type>nvt</type><name>1.3.6.1.4.1.25623.1.0.810676</name><description/></source></detail></host>
<host><ip>192.0.2.4</ip><detail><name>OS</name><value>Debian</value><source><name>1.3.6.1.4.1.25623.1.0.810676</name></source></detail></host>
<scan_end>2017-05-12T06:00:00Z</scan_end>
<errors><error><host>192.0.2.77</host></error></errors>
</report></report></get_reports_response>`

func TestScannersAreReducedToCounts(t *testing.T) {
	at := time.Date(2017, 5, 12, 6, 0, 0, 0, time.UTC)
	row := func(name string, c exposure.Counts) exposure.Row { return exposure.Row{Vulnerability: name, Counts: c} }
	for _, test := range []struct {
		name    string
		format  exposure.Format
		text    string
		options exposure.Options
		rows    []exposure.Row
		scanned exposure.Scanned
	}{
		{"Nessus", exposure.Nessus, nessusText, exposure.Options{}, []exposure.Row{
			row("CVE-2017-0143", exposure.Counts{Total: 3, Exposed: 1, Unknown: 2}), row(eternal, exposure.Counts{Total: 3, Exposed: 1, Unknown: 2}),
		}, exposure.Scanned{Hosts: 3, Findings: 2, Without: 1}},
		{"Nessus, of ten hosts and one product", exposure.Nessus, nessusText, exposure.Options{Hosts: 10, Product: "Windows 7", AsOf: at}, []exposure.Row{
			{Vulnerability: "CVE-2017-0143", Product: "Windows 7", AsOf: at, Counts: exposure.Counts{Total: 10, Exposed: 1, Unknown: 9}},
			{Vulnerability: eternal, Product: "Windows 7", AsOf: at, Counts: exposure.Counts{Total: 10, Exposed: 1, Unknown: 9}},
		}, exposure.Scanned{Hosts: 3, Findings: 2, Without: 1}},
		{"Tenable", exposure.Nessus, tenableText, exposure.Options{}, []exposure.Row{
			row(eternal, exposure.Counts{Total: 4, Patched: 1, Exposed: 2, Unsupported: 1}),
		}, exposure.Scanned{Hosts: 4, Findings: 4}},
		{"Greenbone CSV", exposure.GreenboneCSV, greenboneText, exposure.Options{}, []exposure.Row{
			row("CVE-2017-0143", exposure.Counts{Total: 3, Exposed: 1, Unknown: 2}), row(eternal, exposure.Counts{Total: 3, Exposed: 1, Unknown: 2}),
		}, exposure.Scanned{Hosts: 3, Findings: 2, Without: 1}},
		{"Greenbone XML", exposure.GreenboneXML, greenboneReport, exposure.Options{}, []exposure.Row{
			{Vulnerability: "CVE-2017-0143", AsOf: at, Counts: exposure.Counts{Total: 4, Patched: 1, Exposed: 1, Unknown: 2}},
			{Vulnerability: eternal, AsOf: at, Counts: exposure.Counts{Total: 4, Patched: 1, Exposed: 1, Unknown: 2}},
			{Vulnerability: "CVE-2019-0708", AsOf: at, Counts: exposure.Counts{Total: 4, Exposed: 1, Unknown: 3}},
		}, exposure.Scanned{Hosts: 4, Findings: 5}},
	} {
		rows, scanned, err := exposure.Read(t.Context(), strings.NewReader(test.text), test.format, test.options)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if diff := cmp.Diff(test.rows, rows); diff != "" {
			t.Errorf("%s (-wanted +got):\n%s", test.name, diff)
		}
		if scanned != test.scanned {
			t.Errorf("%s: %+v, wanted %+v", test.name, scanned, test.scanned)
		}
	}
}

func TestScannersExportsAreRefused(t *testing.T) {
	for _, test := range []struct {
		name         string
		format       exposure.Format
		text, wanted string
		options      exposure.Options
	}{
		{"another table", exposure.Nessus, "a,b\n1,2\n", "CVE and Host", exposure.Options{}},
		{"another table", exposure.GreenboneCSV, "a,b\n1,2\n", "IP and CVEs", exposure.Options{}},
		{"fewer hosts than there are", exposure.Nessus, nessusText, "hosts: 2 are said to be there, and the export names 3", exposure.Options{Hosts: 2}},
		{"cut off", exposure.Nessus, nessusText + "97833,CVE-2017-0144", "line 9 has 2 fields", exposure.Options{}},
		{"another state", exposure.Nessus, strings.Replace(tenableText, "Resurfaced", "Perhaps", 1), "line 3, column Vulnerability State", exposure.Options{}},
		{"no host", exposure.Nessus, "CVE,Host\nCVE-2017-0144,\n", "line 2: invalid: the host has a name of 0 bytes", exposure.Options{}},
		{"nothing found", exposure.Nessus, "CVE,Host\n,a.example\n", "there is nothing to report", exposure.Options{}},
		{"a page of a report", exposure.GreenboneXML, strings.NewReplacer(`max="-1"`, `max="4"`, "<filtered>4", "<filtered>9").Replace(greenboneReport), "4 of 9 results", exposure.Options{}},
		{"cut off", exposure.GreenboneXML, greenboneReport[:len(greenboneReport)-20], "line 17: invalid: the XML is broken here: unexpected EOF", exposure.Options{}},
		{"another document", exposure.GreenboneXML, "<html></html>", "it begins with <html>", exposure.Options{}},
		{"no report", exposure.GreenboneXML, "<report></report>", "no report with results", exposure.Options{}},
		{"crossed elements", exposure.GreenboneXML, "<report><report><results></report></results></report>", "</report> ends what", exposure.Options{}},
		{"deep", exposure.GreenboneXML, strings.Repeat("<report>", 100), "nested", exposure.Options{}},
		{"rows", exposure.CSV, coverage, "are for a scanner's export", exposure.Options{Hosts: 5}},
		{"another format", "pdf", "%PDF", "unknown format", exposure.Options{}},
	} {
		rows, _, err := exposure.Read(t.Context(), strings.NewReader(test.text), test.format, test.options)
		if !errors.Is(err, access.ErrInvalid) || !strings.Contains(err.Error(), test.wanted) || rows != nil {
			t.Errorf("%s: %v, %v; wanted is %q", test.name, rows, err, test.wanted)
		}
		// What is wrong is said without saying of whom.
		for _, host := range []string{"a.example", "192.0.2.", "198.51.100."} {
			if err != nil && strings.Contains(err.Error(), host) {
				t.Errorf("%s: the error names a host: %v", test.name, err)
			}
		}
	}
}

const kevText = `{"title":"CISA Catalog of Known Exploited Vulnerabilities","count":2,"vulnerabilities":[
{"cveID":"CVE-2017-0144","vendorProject":"Microsoft","product":"SMBv1","vulnerabilityName":"Microsoft SMBv1 Remote Code Execution Vulnerability","dateAdded":"2022-02-10","shortDescription":"x","requiredAction":"y","dueDate":"2022-08-10","knownRansomwareCampaignUse":"Known","notes":""},
{"cveID":"CVE-2020-0601","vendorProject":"Micro\u0007soft","product":"Windows","vulnerabilityName":"","dateAdded":"2021-11-03","dueDate":"2020-01-29","knownRansomwareCampaignUse":"Unknown"}]}`

func TestReadKEV(t *testing.T) {
	list, err := exposure.ReadKEV(t.Context(), strings.NewReader(kevText))
	if err != nil {
		t.Fatal(err)
	}
	wanted := []exposure.Known{
		{Vulnerability: eternal, Vendor: "Microsoft", Product: "SMBv1", Name: "Microsoft SMBv1 Remote Code Execution Vulnerability", Added: "2022-02-10", Due: "2022-08-10", Ransomware: true},
		{Vulnerability: "CVE-2020-0601", Vendor: "Micro soft", Product: "Windows", Added: "2021-11-03", Due: "2020-01-29"},
	}
	if diff := cmp.Diff(wanted, list); diff != "" {
		t.Error(diff)
	}
	for text, wanted := range map[string]string{
		"":                       "",
		"{}":                     "",
		`{"vulnerabilities":[]}`: "no entries",
		strings.Replace(kevText, "2020-01-29", "soon", 1):      "line 3",
		strings.Replace(kevText, "CVE-2020-0601", "MS20-1", 1): "line 3",
	} {
		if list, err := exposure.ReadKEV(t.Context(), strings.NewReader(text)); !errors.Is(err, access.ErrInvalid) || !strings.Contains(err.Error(), wanted) || list != nil {
			t.Errorf("%.40q: %v, %v", text, list, err)
		}
	}
}

// A new catalog takes the place of the old one, also where it is of several entries.
func TestCatalogIsReplaced(t *testing.T) {
	r := newRoom(t, 0)
	who := r.join("cert", "government", "FR", "")
	who.Role = access.Coordinator
	list := make([]exposure.Known, 5000)
	for i := range list {
		list[i] = exposure.Known{Vulnerability: fmt.Sprintf("CVE-2020-%04d", i), Added: "2022-02-10", Name: strings.Repeat("n", 150)}
	}
	drafts, err := r.state.Catalog(who, list)
	if err != nil || len(drafts) < 3 {
		t.Fatal(len(drafts), err)
	}
	r.say(exposure.KindKnown, access.Hub, exposure.Catalog{Entries: []exposure.Known{{Vulnerability: eternal}}})
	r.fold(drafts...)
	if _, still := r.state.Exploited(eternal); still {
		t.Error("the old catalog is still there")
	}
	for _, k := range list {
		if got, there := r.state.Exploited(k.Vulnerability); !there || got != k {
			t.Fatalf("%s: %+v", k.Vulnerability, got)
		}
	}
	who.Role = access.Contributor
	if _, err := r.state.Catalog(who, list); !errors.Is(err, access.ErrForbidden) {
		t.Error(err)
	}
}
