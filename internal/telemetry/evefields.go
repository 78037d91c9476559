package telemetry

// scope is the object of an EVE record that a member stands in.
type scope uint8

const (
	unread    scope = iota
	inRoot          // the record
	inDNS           // dns; dns.answer of an alert looks alike
	inQuery         // an element of dns.query: alerts of format 2
	inQueries       // an element of dns.queries: format 3
	inAnswers       // an element of dns.answers
	inGrouped       // dns.grouped
	inHTTP
	inTLS
	inJA3
	inJA3S
	inQUIC
	inQUICJA3
	inQUICJA3S
	inFlow
	inTCP
	inFile  // fileinfo
	inFiles // an element of files: alerts
	inAlert
	inEmail
	inSMTP
	inSMB
	inRename // smb.rename
	inZeek   // a record of Zeek, whose names have dots and no objects
	scopes
)

// want is what kind of JSON value a field has.
type want uint8

const (
	wantText want = iota
	wantCount
	wantPort
	wantObject // or an array of objects
	wantBool
	wantTime // text or a number, taken as text
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
	fDNS
	fHTTP
	fTLS
	fQUIC
	fFlow
	fTCP
	fFile
	fFiles
	fAlert
	fEmail
	fSMTP
	fSMB
	fDNSType
	fRRName
	fRCode
	fAnswerType // format 1 has one answer a record, flat
	fAnswerData
	fQuery
	fQueries
	fAnswer
	fAnswers
	fGrouped
	fQueryName
	fQueriesName
	fAnswersName
	fAnswersType
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
	fMethod
	fUserAgent
	fReferer
	fContentType
	fProtocol
	fSNI
	fSubject
	fIssuer
	fSerial
	fFingerprint
	fJA3
	fJA3S
	fJA4
	fJA3Hash
	fJA3SHash
	fQUICName
	fQUICJA3
	fQUICJA3S
	fQUICJA4
	fQUICJA3Hash
	fQUICJA3SHash
	fFlowState
	fPacketsToServer
	fPacketsToClient
	fBytesToServer
	fBytesToClient
	fTCPState
	fTCPFlags
	fTCPFlagsClient
	fTCPFlagsServer
	fFileName
	fFileSize
	fMD5
	fSHA1
	fSHA256
	fFilesName
	fFilesSize
	fFilesMD5
	fFilesSHA1
	fFilesSHA256
	fSignature
	fSignatureID
	fFrom
	fTo
	fCC
	fMailSubject
	fAttachment
	fMailURL
	fMailFrom
	fRcptTo
	fSMBCommand
	fSMBStatus
	fSMBFile
	fSMBDisposition
	fSMBAccess
	fRename
	fRenamedFrom
	fRenamedTo
	zeekFields // and from here those of Zeek
)

// fieldWords is how many words have a bit for each field.
const fieldWords = (int(fieldCount) + 63) / 64

// fieldSet is a set of fields.
type fieldSet [fieldWords]uint64

func (s *fieldSet) has(f field) bool { return s[f>>6]&(1<<(f&63)) != 0 }
func (s *fieldSet) add(f field)      { s[f>>6] |= 1 << (f & 63) }

// twice adds the field and says whether it was there.
func (s *fieldSet) twice(f field) bool {
	w, bit := &s[f>>6], uint64(1)<<(f&63)
	before := *w
	*w = before | bit
	return before&bit != 0
}

// member is what a field is called, and what is in it.
type member struct {
	in   scope
	name string
	want want
	list bool  // it may be an array of its values
	into scope // with wantObject
}

// members are all fields.
var members = func() (list [fieldCount]member) {
	copy(list[:], eveMembers[:])
	copy(list[zeekFields:], zeekMembers[:])
	return list
}()

// eveMembers are the fields of EVE records, as Suricata's etc/schema.json and
// user guide ("EVE JSON Format") have them.
var eveMembers = [zeekFields]member{
	fTimestamp: {in: inRoot, name: "timestamp"}, fEventType: {in: inRoot, name: "event_type"}, fProto: {in: inRoot, name: "proto"},
	fSourceIP: {in: inRoot, name: "src_ip"}, fSourcePort: {in: inRoot, name: "src_port", want: wantPort},
	fDestIP: {in: inRoot, name: "dest_ip"}, fDestPort: {in: inRoot, name: "dest_port", want: wantPort},
	fDNS: {inRoot, "dns", wantObject, false, inDNS}, fHTTP: {inRoot, "http", wantObject, false, inHTTP},
	fTLS: {inRoot, "tls", wantObject, false, inTLS}, fQUIC: {inRoot, "quic", wantObject, false, inQUIC},
	fFlow: {inRoot, "flow", wantObject, false, inFlow}, fTCP: {inRoot, "tcp", wantObject, false, inTCP},
	fFile: {inRoot, "fileinfo", wantObject, false, inFile}, fFiles: {inRoot, "files", wantObject, false, inFiles},
	fAlert: {inRoot, "alert", wantObject, false, inAlert}, fEmail: {inRoot, "email", wantObject, false, inEmail}, fSMTP: {inRoot, "smtp", wantObject, false, inSMTP}, fSMB: {inRoot, "smb", wantObject, false, inSMB},

	fDNSType: {in: inDNS, name: "type"}, fRRName: {in: inDNS, name: "rrname"}, fRCode: {in: inDNS, name: "rcode"},
	fAnswerType: {in: inDNS, name: "rrtype"}, fAnswerData: {in: inDNS, name: "rdata"},
	fQuery: {inDNS, "query", wantObject, false, inQuery}, fQueries: {inDNS, "queries", wantObject, false, inQueries},
	fAnswer: {inDNS, "answer", wantObject, false, inDNS}, fAnswers: {inDNS, "answers", wantObject, false, inAnswers}, fGrouped: {inDNS, "grouped", wantObject, false, inGrouped},
	fQueryName: {in: inQuery, name: "rrname"}, fQueriesName: {in: inQueries, name: "rrname"},
	fAnswersName: {in: inAnswers, name: "rrname"}, fAnswersType: {in: inAnswers, name: "rrtype"}, fAnswersData: {in: inAnswers, name: "rdata"},
	fGroupedAddress: {in: inGrouped, name: "A", list: true}, fGroupedAddress6: {in: inGrouped, name: "AAAA", list: true}, fGroupedName: {in: inGrouped, name: "CNAME", list: true},
	fGroupedHost: {in: inGrouped, name: "NS", list: true}, fGroupedPointer: {in: inGrouped, name: "PTR", list: true}, fGroupedMail: {in: inGrouped, name: "MX", list: true},

	fHostname: {in: inHTTP, name: "hostname"}, fHTTPPort: {in: inHTTP, name: "http_port", want: wantPort}, fURL: {in: inHTTP, name: "url"},
	fMethod: {in: inHTTP, name: "http_method"}, fUserAgent: {in: inHTTP, name: "http_user_agent"}, fReferer: {in: inHTTP, name: "http_refer"},
	fContentType: {in: inHTTP, name: "http_content_type"}, fProtocol: {in: inHTTP, name: "protocol"},

	fSNI: {in: inTLS, name: "sni"}, fSubject: {in: inTLS, name: "subject"}, fIssuer: {in: inTLS, name: "issuerdn"}, fSerial: {in: inTLS, name: "serial"},
	fFingerprint: {in: inTLS, name: "fingerprint"}, fJA4: {in: inTLS, name: "ja4"},
	fJA3: {inTLS, "ja3", wantObject, false, inJA3}, fJA3S: {inTLS, "ja3s", wantObject, false, inJA3S},
	fJA3Hash: {in: inJA3, name: "hash"}, fJA3SHash: {in: inJA3S, name: "hash"},
	fQUICName: {in: inQUIC, name: "sni"}, fQUICJA4: {in: inQUIC, name: "ja4"},
	fQUICJA3: {inQUIC, "ja3", wantObject, false, inQUICJA3}, fQUICJA3S: {inQUIC, "ja3s", wantObject, false, inQUICJA3S},
	fQUICJA3Hash: {in: inQUICJA3, name: "hash"}, fQUICJA3SHash: {in: inQUICJA3S, name: "hash"},

	fFlowState: {in: inFlow, name: "state"}, fPacketsToServer: {in: inFlow, name: "pkts_toserver", want: wantCount}, fPacketsToClient: {in: inFlow, name: "pkts_toclient", want: wantCount},
	fBytesToServer: {in: inFlow, name: "bytes_toserver", want: wantCount}, fBytesToClient: {in: inFlow, name: "bytes_toclient", want: wantCount},
	fTCPState: {in: inTCP, name: "state"}, fTCPFlags: {in: inTCP, name: "tcp_flags"}, fTCPFlagsClient: {in: inTCP, name: "tcp_flags_ts"}, fTCPFlagsServer: {in: inTCP, name: "tcp_flags_tc"},

	fFileName: {in: inFile, name: "filename"}, fFileSize: {in: inFile, name: "size", want: wantCount},
	fMD5: {in: inFile, name: "md5"}, fSHA1: {in: inFile, name: "sha1"}, fSHA256: {in: inFile, name: "sha256"},
	fFilesName: {in: inFiles, name: "filename"}, fFilesSize: {in: inFiles, name: "size", want: wantCount},
	fFilesMD5: {in: inFiles, name: "md5"}, fFilesSHA1: {in: inFiles, name: "sha1"}, fFilesSHA256: {in: inFiles, name: "sha256"},
	fSignature: {in: inAlert, name: "signature"}, fSignatureID: {in: inAlert, name: "signature_id", want: wantCount},

	fFrom: {in: inEmail, name: "from"}, fTo: {in: inEmail, name: "to", list: true}, fCC: {in: inEmail, name: "cc", list: true}, fMailSubject: {in: inEmail, name: "subject"},
	fAttachment: {in: inEmail, name: "attachment", list: true}, fMailURL: {in: inEmail, name: "url", list: true},
	fMailFrom: {in: inSMTP, name: "mail_from"}, fRcptTo: {in: inSMTP, name: "rcpt_to", list: true},

	fSMBCommand: {in: inSMB, name: "command"}, fSMBStatus: {in: inSMB, name: "status"}, fSMBFile: {in: inSMB, name: "filename"},
	fSMBDisposition: {in: inSMB, name: "disposition"}, fSMBAccess: {in: inSMB, name: "access"}, fRename: {inSMB, "rename", wantObject, false, inRename},
	fRenamedFrom: {in: inRename, name: "from"}, fRenamedTo: {in: inRename, name: "to"},
}
