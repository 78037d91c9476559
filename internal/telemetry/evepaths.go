package telemetry

// paths are the places of the fields that a hit can name, and of those that
// can have a wrong type.
var paths = [...]string{
	fTimestamp: "timestamp", fEventType: "event_type", fProto: "proto",
	fSourceIP: "src_ip", fSourcePort: "src_port", fDestIP: "dest_ip", fDestPort: "dest_port",
	fDNSType: "dns.type", fRRName: "dns.rrname", fRCode: "dns.rcode", fAnswerType: "dns.rrtype", fAnswerData: "dns.rdata",
	fQueryName: "dns.query.rrname", fQueriesName: "dns.queries.rrname",
	fAnswersName: "dns.answers.rrname", fAnswersType: "dns.answers.rrtype", fAnswersData: "dns.answers.rdata",
	fGroupedAddress: "dns.grouped.A", fGroupedAddress6: "dns.grouped.AAAA", fGroupedName: "dns.grouped.CNAME",
	fGroupedHost: "dns.grouped.NS", fGroupedPointer: "dns.grouped.PTR", fGroupedMail: "dns.grouped.MX",
	fHostname: "http.hostname", fHTTPPort: "http.http_port", fURL: "http.url", fSNI: "tls.sni",
	fFlowState: "flow.state", fPacketsToClient: "flow.pkts_toclient", fBytesToClient: "flow.bytes_toclient",
	fTCPState: "tcp.state", fTCPFlags: "tcp.tcp_flags", fTCPFlagsClient: "tcp.tcp_flags_ts", fTCPFlagsServer: "tcp.tcp_flags_tc",
	fFileName: "fileinfo.filename", fMD5: "fileinfo.md5", fSHA1: "fileinfo.sha1", fSHA256: "fileinfo.sha256",
	fDNS: "dns", fQuery: "dns.query", fQueries: "dns.queries", fAnswer: "dns.answer", fAnswers: "dns.answers",
	fGrouped: "dns.grouped", fHTTP: "http", fTLS: "tls", fFlow: "flow", fTCP: "tcp", fFile: "fileinfo", fFiles: "files",
}

func (f field) path(inFiles bool) string {
	if inFiles {
		switch f {
		case fFileName:
			return "files.filename"
		case fMD5:
			return "files.md5"
		case fSHA1:
			return "files.sha1"
		case fSHA256:
			return "files.sha256"
		}
	}
	return paths[f]
}
