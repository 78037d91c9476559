package feed

import "text/template"

// YARA reads its rules when it starts: whoever scans names the file.
var yaraFed = fed{
	usual: "/var/lib/tocsin/yara", write: []string{"tocsin.yar"}, config: "HOWTO",
	text: template.Must(template.New("yara").Parse(`yara --print-tags --recursive {{.Dir}}/tocsin.yar FOLDER
`)),
}

// ClamAV reads every database in its folder; a link from there to the edge's
// file is enough. SelfCheck is how clamd notices without being told.
var clamavFed = fed{
	usual: "/var/lib/tocsin/clamav", write: []string{"tocsin.hsb"}, reload: []string{"clamdscan", "--reload"}, config: "HOWTO",
	text: template.Must(template.New("clamav").Parse(`ln -s {{.Dir}}/tocsin.hsb /var/lib/clamav/tocsin.hsb
clamscan -d {{.Dir}}/tocsin.hsb FILE
`)),
}

// Suricata 7. The lists are loaded from the folder of the rules. A reload reads
// them all anew (Suricata documentation, "Datasets", Rule Reloads).
var suricataFed = fed{
	usual: "/var/lib/tocsin/suricata",
	write: []string{
		"suricata.rules", "suricata-categories.csv", "suricata-reputation.list", "suricata-names-blocked.lst", "suricata-names-watched.lst",
		"suricata-md5-blocked.lst", "suricata-sha1-blocked.lst", "suricata-sha256-blocked.lst",
		"suricata-md5-watched.lst", "suricata-sha1-watched.lst", "suricata-sha256-watched.lst",
	},
	reload: []string{"suricatasc", "-c", "ruleset-reload-nonblocking"}, config: "tocsin-suricata.yaml",
	text: template.Must(template.New("suricata").Parse(`# Include this in suricata.yaml, and add {{.Dir}}/suricata.rules to its rule-files.
reputation-categories-file: {{.Dir}}/suricata-categories.csv
default-reputation-path: {{.Dir}}
reputation-files:
  - suricata-reputation.list
`)),
}

// Zeek. Its intelligence framework adds what a file says and takes nothing away
// (base/frameworks/intel/input.zeek): what is recalled stays until Zeek is
// started again. An item_expiration would take away what is in force as well,
// since an unchanged file is not read again.
var zeekFed = fed{
	usual: "/var/lib/tocsin/zeek", write: []string{"zeek-intel.dat"}, config: "tocsin.zeek",
	text: template.Must(template.New("zeek").Parse(`# Load this from local.zeek. What is recalled is forgotten when Zeek starts anew:
# zeekctl deploy.
@load frameworks/intel/seen
redef Intel::read_files += { "{{.Dir}}/zeek-intel.dat" };
`)),
}
