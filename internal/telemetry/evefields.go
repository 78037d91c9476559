package telemetry

// scope is the object of an EVE record that a member stands in.
type scope uint8

const (
	inRoot    scope = iota + 1
	inDNS           // dns; dns.answer of an alert looks alike
	inQuery         // an element of dns.query: alerts of format 2
	inQueries       // an element of dns.queries: format 3
	inAnswers       // an element of dns.answers
	inGrouped       // dns.grouped
	inHTTP
	inTLS
	inFlow
	inTCP
	inFile  // fileinfo
	inFiles // an element of files: alerts
)

// field is a member that is read. Its number is its bit in the set by which a
// parser finds a member given twice.
type field uint8

const (
	none field = iota
	fTimestamp
	fEventType
	fSourceIP
	fSourcePort
	fDestIP
	fDestPort
	fProto
	fDNSType
	fRRName
	fRCode
	fQueryName
	fQueriesName
	fAnswersName
	fAnswerType
	fAnswersType
	fAnswerData
	fAnswersData
	fGroupedAddress
	fGroupedAddress6
	fGroupedName
	fGroupedHost
	fGroupedPointer
	fGroupedMail
	fHostname
	fHTTPPort
	fURL
	fSNI
	fFlowState
	fPacketsToClient
	fBytesToClient
	fTCPState
	fTCPFlags
	fTCPFlagsClient
	fTCPFlagsServer
	fFileName
	fMD5
	fSHA1
	fSHA256
	// Members that are objects, or arrays of objects.
	fDNS
	fQuery
	fQueries
	fAnswer
	fAnswers
	fGrouped
	fHTTP
	fTLS
	fFlow
	fTCP
	fFile
	fFiles
)

// member says which field a name is within an object, and for one that is read
// as an object, which one. It is none for what is not read.
func member(in scope, name string) (field, scope) {
	switch in {
	case inRoot:
		return rootMember(name)
	case inDNS:
		return dnsMember(name)
	case inQuery:
		if name == "rrname" {
			return fQueryName, 0
		}
	case inQueries:
		if name == "rrname" {
			return fQueriesName, 0
		}
	case inAnswers:
		switch name {
		case "rrname":
			return fAnswersName, 0
		case "rrtype":
			return fAnswersType, 0
		case "rdata":
			return fAnswersData, 0
		}
	case inGrouped:
		return groupedMember(name)
	case inHTTP:
		switch name {
		case "hostname":
			return fHostname, 0
		case "http_port":
			return fHTTPPort, 0
		case "url":
			return fURL, 0
		}
	case inTLS:
		if name == "sni" {
			return fSNI, 0
		}
	case inFlow:
		switch name {
		case "state":
			return fFlowState, 0
		case "pkts_toclient":
			return fPacketsToClient, 0
		case "bytes_toclient":
			return fBytesToClient, 0
		}
	case inTCP:
		return tcpMember(name)
	case inFile, inFiles:
		return fileMember(name)
	}
	return none, 0
}

func rootMember(name string) (field, scope) {
	switch name {
	case "timestamp":
		return fTimestamp, 0
	case "event_type":
		return fEventType, 0
	case "src_ip":
		return fSourceIP, 0
	case "src_port":
		return fSourcePort, 0
	case "dest_ip":
		return fDestIP, 0
	case "dest_port":
		return fDestPort, 0
	case "proto":
		return fProto, 0
	case "dns":
		return fDNS, inDNS
	case "http":
		return fHTTP, inHTTP
	case "tls":
		return fTLS, inTLS
	case "flow":
		return fFlow, inFlow
	case "tcp":
		return fTCP, inTCP
	case "fileinfo":
		return fFile, inFile
	case "files":
		return fFiles, inFiles
	}
	return none, 0
}

func dnsMember(name string) (field, scope) {
	switch name {
	case "type":
		return fDNSType, 0
	case "rrname":
		return fRRName, 0
	case "rcode":
		return fRCode, 0
	case "rrtype": // format 1 has one answer a record, flat
		return fAnswerType, 0
	case "rdata":
		return fAnswerData, 0
	case "query":
		return fQuery, inQuery
	case "queries":
		return fQueries, inQueries
	case "answer":
		return fAnswer, inDNS
	case "answers":
		return fAnswers, inAnswers
	case "grouped":
		return fGrouped, inGrouped
	}
	return none, 0
}

func groupedMember(name string) (field, scope) {
	switch name {
	case "A":
		return fGroupedAddress, 0
	case "AAAA":
		return fGroupedAddress6, 0
	case "CNAME":
		return fGroupedName, 0
	case "NS":
		return fGroupedHost, 0
	case "PTR":
		return fGroupedPointer, 0
	case "MX":
		return fGroupedMail, 0
	}
	return none, 0
}

func tcpMember(name string) (field, scope) {
	switch name {
	case "state":
		return fTCPState, 0
	case "tcp_flags":
		return fTCPFlags, 0
	case "tcp_flags_ts":
		return fTCPFlagsClient, 0
	case "tcp_flags_tc":
		return fTCPFlagsServer, 0
	}
	return none, 0
}

func fileMember(name string) (field, scope) {
	switch name {
	case "filename":
		return fFileName, 0
	case "md5":
		return fMD5, 0
	case "sha1":
		return fSHA1, 0
	case "sha256":
		return fSHA256, 0
	}
	return none, 0
}
