package stix_test

import (
	"strings"
	"testing"
)

// The types that occur only inside objects, and the extensions that the
// specification defines.
//
//nolint:misspell // the specification's names
func TestValidateNested(t *testing.T) {
	const traffic = `"protocols":["tcp"],"src_ref":"ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4","src_port":1,"dst_port":2,`
	const pe = `"name":"x","extensions":{"windows-pebinary-ext":{"pe_type":"exe",`
	const at = "/extensions/windows-pebinary-ext"
	check(t, broken, []expectation{
		{"file", pe + `"imphash":"x","machine_hex":"014c","time_date_stamp":"2016-01-22T12:31:12Z","optional_header":{"size_of_code":1,"hashes":{"MD5":"db349b97c37d22f5ea1d1841e3c89eb4"}},
			"sections":[{"name":"CODE","entropy":0.06,"size":0}]}}`, nil},
		{"file", `"name":"x","extensions":{"windows-pebinary-ext":{"pe_type":"exe"}}`, []string{"required " + at}},
		{"file", pe + `"machine_hex":"14c","time_date_stamp":"2016-01-22T12:31:12.5Z","number_of_sections":-1,"optional_header":{},"file_header_hashes":{"MD5":"x"}}}`,
			[]string{"range " + at + "/number_of_sections", "required " + at + "/optional_header", "timestamp " + at + "/time_date_stamp", "value-type " + at + "/file_header_hashes/MD5", "value-type " + at + "/machine_hex"}},
		{"file", pe + `"sections":[{"entropy":9,"size":-1},5],"optional_header":{"size_of_image":-1,"checksum_hex":"X"}}}`,
			[]string{"range " + at + "/optional_header/size_of_image", "range " + at + "/sections/0/entropy", "range " + at + "/sections/0/size",
				"required " + at + "/sections/0/name", "value-type " + at + "/optional_header/checksum_hex", "value-type " + at + "/sections/1"}},
		{"file", `"name":"x","extensions":{"archive-ext":{"contains_refs":["url--28bb3599-77cd-5a82-a950-b5bc3caf07c4"]}}`, []string{"reference /extensions/archive-ext/contains_refs/0"}},
		{"file", `"name":"x","extensions":{"archive-ext":{"comment":"c"}}`, []string{"required /extensions/archive-ext/contains_refs"}},
		{"file", `"name":"x","extensions":{"ntfs-ext":{"alternate_data_streams":[{"name":"s","size":5},{"size":-5}]},"raster-image-ext":{},"pdf-ext":{"is_optimized":1,"document_info_dict":{"Title":5}}}`,
			[]string{"range /extensions/ntfs-ext/alternate_data_streams/1/size", "required /extensions/ntfs-ext/alternate_data_streams/1/name", "required /extensions/raster-image-ext",
				"value-type /extensions/pdf-ext/document_info_dict/Title", "value-type /extensions/pdf-ext/is_optimized"}},
		{"file", `"name":"x","extensions":{"raster-image-ext":{"exif_tags":{"Make":"Nikon","XResolution":4928,"y":1.5}}}`, []string{"value-type /extensions/raster-image-ext/exif_tags/y"}},
		{"url", `"value":"https://a.example","extensions":{"ntfs-ext":{"sid":"s"}}`, []string{"extension /extensions/ntfs-ext"}},
		{"network-traffic", traffic + `"ipfix":{"a":1.5,"b c":1}`, []string{"property-name /ipfix/b c", "value-type /ipfix/a"}},
		{"network-traffic", traffic + `"extensions":{"http-request-ext":{"request_method":"get","request_value":"/","request_header":{"Host":["a.example"],"Accept":"x"}},"icmp-ext":{"icmp_type_hex":"08"},"tcp-ext":{}}`,
			[]string{"required /extensions/icmp-ext/icmp_code_hex", "required /extensions/tcp-ext", "value-type /extensions/http-request-ext/request_header/Accept"}},
		{"network-traffic", traffic + `"extensions":{"socket-ext":{"address_family":"x","socket_type":"SOCK_STREAM","options":{"SO_DEBUG":"1"},"socket_descriptor":-1},"http-request-ext":{}}`,
			[]string{"range /extensions/socket-ext/socket_descriptor", "required /extensions/http-request-ext/request_method", "required /extensions/http-request-ext/request_value",
				"value-type /extensions/socket-ext/options/SO_DEBUG", "vocabulary /extensions/socket-ext/address_family"}},
		{"process", `"environment_variables":{"A":5},"extensions":{"windows-process-ext":{"integrity_level":"x","window_title":"t"},"windows-service-ext":{"start_type":"x","service_type":"x","service_status":"x","descriptions":[]}}`,
			[]string{"empty /extensions/windows-service-ext/descriptions", "value-type /environment_variables/A", "vocabulary /extensions/windows-process-ext/integrity_level",
				"vocabulary /extensions/windows-service-ext/service_status", "vocabulary /extensions/windows-service-ext/service_type", "vocabulary /extensions/windows-service-ext/start_type"}},
		{"user-account", `"user_id":"1","extensions":{"unix-account-ext":{"gid":"x","groups":["wheel"]}}`, []string{"value-type /extensions/unix-account-ext/gid"}},
		{"windows-registry-key", `"key":"HKLM\\System","values":[{"name":"","data":"d","data_type":"REG_SZ"},{},{"data_type":"x"}]`,
			[]string{"format /key", "required /values/1", "vocabulary /values/2/data_type"}},
		{"windows-registry-key", `"key":"HKEY_LOCAL_MACHINE\\HKLM"`, nil},
		{"x509-certificate", `"serial_number":"1","x509_v3_extensions":{}`, []string{"required /x509_v3_extensions"}},
		{"x509-certificate", `"serial_number":"1","x509_v3_extensions":{"private_key_usage_period_not_before":"x"}`, []string{"timestamp /x509_v3_extensions/private_key_usage_period_not_before"}},
		{"email-message", `"subject":"s","is_multipart":true,"body_multipart":[{"body":"b"},{"body_raw_ref":"url--28bb3599-77cd-5a82-a950-b5bc3caf07c4"},{}],"additional_header_fields":{"Reply-To":["a"],"X":"b"}`,
			[]string{"reference /body_multipart/1/body_raw_ref", "required /body_multipart/2", "value-type /additional_header_fields/X"}},
		{"attack-pattern", `"name":"x","external_references":[{"source_name":"capec","external_id":"CAPEC-463"},{"source_name":"capec","external_id":"463"},{"source_name":"x","external_id":"capec-1"}]`,
			[]string{"format /external_references/1/external_id", "format /external_references/2/external_id"}},
		{"vulnerability", `"name":"x","external_references":[{"source_name":"cve","external_id":"CVE-2017-0144"},{"source_name":"CVE","external_id":"CVE-2017-0144"},{"source_name":"cve","external_id":"CVE-17-1"}]`,
			[]string{"format /external_references/1/external_id", "format /external_references/2/external_id"}},
	})
	check(t, advice, []expectation{
		{"x509-certificate", `"serial_number":"1","x509_v3_extensions":{"key_usage":"k","own":"x"}`, []string{"custom /x509_v3_extensions/own"}},
	})
}

// The forms that values of observables have.
func TestValidateForms(t *testing.T) {
	const bad = "format /value"
	one := func(objectType, value string, want ...string) expectation {
		return expectation{objectType, `"value":"` + value + `"`, want}
	}
	check(t, broken, []expectation{
		one("ipv4-addr", "198.51.100.7"), one("ipv4-addr", "198.51.100.7/24"), one("ipv4-addr", "198.51.100.256", bad), one("ipv4-addr", "198.51.100.7/33", bad),
		one("ipv4-addr", "198.51.100.07", bad), one("ipv4-addr", "198.51.100.7/024", bad), one("ipv4-addr", "2001:db8::1", bad), one("ipv4-addr", "", bad),
		one("ipv6-addr", "2001:db8::1"), one("ipv6-addr", "2001:DB8::/32"), one("ipv6-addr", "2001:db8::1/129", bad), one("ipv6-addr", "fe80::1%eth0", bad), one("ipv6-addr", "198.51.100.7", bad),
		one("mac-addr", "00:00:ab:cd:ef:01"), one("mac-addr", "00:00:AB:cd:ef:01", bad), one("mac-addr", "00-00-ab-cd-ef-01", bad), one("mac-addr", "0:0:ab:cd:ef:1", bad),
		one("domain-name", "evil.example"), one("domain-name", "_sip._tcp.evil.example."), one("domain-name", "bücher.example"), one("domain-name", "a..example", bad),
		one("domain-name", "evil.example/x", bad), one("domain-name", "a b.example", bad), one("domain-name", "evil[.]example", bad),
		one("domain-name", strings.Repeat("a", 63)+".example"), one("domain-name", strings.Repeat("a", 64)+".example", bad), one("domain-name", strings.Repeat("a.", 127)+"aa", bad),
		one("email-addr", "jane@evil.example"), one("email-addr", "Jane <jane@evil.example>", bad), one("email-addr", "jane", bad), one("email-addr", "@evil.example", bad),
		one("url", "https://evil.example:8443/a?b=c#d"), one("url", "mailto:jane@evil.example"), one("url", "http://[2001:db8::1]/"), one("url", "evil.example", bad),
		one("url", "https://evil.example/a b", bad), one("url", "https://evil.example/%zz", bad), one("url", "https://evil.example:x/", bad), one("url", "http://[2001:db8::x]/", bad),
		{"domain-name", `"value":"evil[.]example","defanged":true`, nil},
		{"domain-name", `"defanged":false,"value":"evil[.]example"`, []string{bad}},
		{"software", `"name":"x","cpe":"cpe:2.3:a:microsoft:word:2000:*:*:*:*:*:*:*","languages":["en","pt-BR"]`, nil},
		{"software", `"name":"x","cpe":"cpe:/a:microsoft:word:2000","languages":["en_US","xx"]`, []string{"format /cpe", "format /languages/0", "format /languages/1"}},
		{"file", `"name":"x","name_enc":"windows-1251"`, nil},
		{"file", `"name":"x","name_enc":"own"`, []string{"format /name_enc"}},
		{"file", `"hashes":{"MD5":"db349b97c37d22f5ea1d1841e3c89eb4"},"name_enc":"UTF-8"`, []string{"required /name_enc"}},
		{"file", `"name":"x","hashes":{"SSDEEP":"96:s4Ud1Lj96tHHlZDrwciQmA+4uy1I0G4HYuL8N3TzS8QsO/wqWXLcMSx:sF1LjEtHHlZDrJzrhuyZvHYm8tKp/RWO","TLSH":"x"}`, []string{"value-type /hashes/TLSH"}},
		{"tool", `"name":"x","lang":"de"`, nil},
		{"tool", `"name":"x","lang":"deutsch"`, []string{"format /lang"}},
		{"relationship", `"relationship_type":"Uses It","source_ref":"malware--6d1f8f4e-3b0a-4a58-9d3c-1e6f4c8b2a70","target_ref":"tool--6d1f8f4e-3b0a-4a58-9d3c-1e6f4c8b2a70"`, []string{"format /relationship_type"}},
	})
}
