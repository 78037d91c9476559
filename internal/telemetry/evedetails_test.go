package telemetry_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/telemetry"
)

// Details are what a record says as a pattern has it; the conversation is left
// out.
func TestDetails(t *testing.T) {
	tests := []struct{ name, line, want string }{
		{"http", `{"event_type":"http","src_ip":"192.0.2.7","dest_ip":"198.51.100.1","http":{"hostname":"a.example","url":"\/x","http_user_agent":"Mozilla\/5.0","http_refer":"http:\/\/b.example\/","http_content_type":"text\/html","http_method":"GET","protocol":"HTTP\/1.1","status":200}}`,
			`domain-name:value a.example
			 network-traffic:extensions.'http-request-ext'.request_header.'User-Agent' Mozilla/5.0
			 network-traffic:extensions.'http-request-ext'.request_header.Host a.example
			 network-traffic:extensions.'http-request-ext'.request_header.Referer http://b.example/
			 network-traffic:extensions.'http-request-ext'.request_method GET
			 network-traffic:extensions.'http-request-ext'.request_value /x
			 network-traffic:extensions.'http-request-ext'.request_version HTTP/1.1
			 network-traffic:extensions.'x-http-response-ext'.content_type text/html
			 url:value http://a.example/x`},
		{"a certificate", `{"event_type":"tls","tls":{"sni":"A.example","subject":"CN=a.example","issuerdn":"O=An \"Issuer\"","serial":"0C:00:99","fingerprint":"8F:51:12:06:a0:cc:4e:cd:e8:a3:8b:38:f8:87:59:e5:af:95:ca:cd"}}`,
			`domain-name:value a.example
			 file:hashes.'SHA-1' 8f511206a0cc4ecde8a38b38f88759e5af95cacd
			 x509-certificate:hashes.'SHA-1' 8f511206a0cc4ecde8a38b38f88759e5af95cacd
			 x509-certificate:issuer O=An "Issuer"
			 x509-certificate:serial_number 0C:00:99
			 x509-certificate:subject CN=a.example`},
		{"a flow", `{"event_type":"flow","proto":"TCP","src_ip":"192.0.2.7","flow":{"bytes_toserver":100,"bytes_toclient":0,"pkts_toserver":2,"pkts_toclient":0}}`,
			`network-traffic:dst_byte_count 0
			 network-traffic:dst_packets 0
			 network-traffic:src_byte_count 100
			 network-traffic:src_packets 2`},
		{"files of an alert, each apart", `{"event_type":"alert","alert":{"signature":"ET \"x\"","signature_id":2024217},"files":[{"filename":"\/a\/b.EXE","size":1,"md5":"84c82835a5d21bbcf75a61706d8ab549"},{"filename":"c","size":2}]}`,
			`file:hashes.MD5 84c82835a5d21bbcf75a61706d8ab549
			 file:name b.EXE
			 file:name c
			 file:size 1
			 file:size 2
			 x-suricata-alert:signature ET "x"
			 x-suricata-alert:signature_id 2024217`},
		{"mail", `{"event_type":"smtp","smtp":{"mail_from":"<X@a.example>","rcpt_to":["<y@b.example>"]},"email":{"from":"\"A, Name\" <x@a.example>","to":["y@b.example","undisclosed"],"subject":"hi","attachment":["Invoice.exe"],"url":["c.example\/x","https:\/\/d.example\/"]}}`,
			`email-addr:value x@a.example
			 email-addr:value y@b.example
			 email-message:from_ref.type email-addr
			 email-message:from_ref.value x@a.example
			 email-message:subject hi
			 email-message:to_refs[*].type email-addr
			 email-message:to_refs[*].value y@b.example
			 file:name Invoice.exe
			 url:value http://c.example/x
			 url:value https://d.example/`},
		{"an answer resolves the name", `{"event_type":"dns","dns":{"type":"answer","rrname":"a.example","answers":[{"rrname":"a.example","rrtype":"CNAME","rdata":"b.example"},{"rrname":"b.example","rrtype":"A","rdata":"203.0.113.1"}]}}`,
			`domain-name:resolves_to_refs[*].type domain-name
			 domain-name:resolves_to_refs[*].type ipv4-addr
			 domain-name:resolves_to_refs[*].value 203.0.113.1
			 domain-name:resolves_to_refs[*].value b.example
			 domain-name:value a.example
			 domain-name:value b.example
			 ipv4-addr:value 203.0.113.1`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			list, stats := readAll(t, test.line, telemetry.Options{})
			if stats.Events != 1 || stats.Mistyped > 0 {
				t.Fatalf("%+v", stats)
			}
			var got []string
			list[0].Terms(func(path, text string) bool {
				switch path {
				case "network-traffic:src_ref.type", "network-traffic:src_ref.value", "network-traffic:dst_ref.type", "network-traffic:dst_ref.value", "network-traffic:protocols[*]":
				default:
					if text != "192.0.2.7" && text != "198.51.100.1" {
						got = append(got, path+" "+text)
					}
				}
				return true
			})
			var want []string
			for line := range strings.Lines(test.want) {
				want = append(want, strings.TrimSpace(line))
			}
			if diff := cmp.Diff(distinct(want), distinct(got)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(walk(t, list[0].Observed()), terms(&list[0])); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFingerprints(t *testing.T) {
	const ja3, ja4 = "e7eca2baf4458d095b7f45da28c16c34", "t13d1516h2_8daaf6152771_b186095e22b6"
	list, _ := readAll(t, `{"event_type":"tls","tls":{"ja3":{"hash":"`+strings.ToUpper(ja3)+`","string":"771,4865"},"ja3s":{"hash":"`+ja3+`"},"ja4":"`+ja4+`"}}`+"\n"+
		`{"event_type":"quic","quic":{"sni":"a.example","ja4":"q`+ja4[1:]+`","ja3":{"hash":"`+ja3+`"}}}`, telemetry.Options{})
	var got []string
	for _, e := range list {
		for _, o := range e.Observables {
			got = append(got, o.Field+" "+o.String())
		}
	}
	want := []string{"tls.ja3.hash tls:ja3=" + ja3, "tls.ja3s.hash tls:ja3s=" + ja3, "tls.ja4 tls:ja4=" + ja4, "quic.sni domain-name=a.example", "quic.ja4 tls:ja4=q" + ja4[1:], "quic.ja3.hash tls:ja3=" + ja3}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
