package telemetry

// The fields of Zeek's logs.
const (
	zTime field = zeekFields + iota
	zPath
	zOrigHost
	zOrigPort
	zRespHost
	zRespPort
	zProto
	zConnState
	zOrigBytes
	zRespBytes
	zOrigPackets
	zRespPackets
	zQuery
	zQueryType
	zRCode
	zRCodeName
	zAnswers
	zMethod
	zHost
	zURI
	zReferrer
	zVersion
	zUserAgent
	zOrigNames
	zRespNames
	zServerName
	zSubject
	zIssuer
	zCipher
	zJA3
	zJA3S
	zJA4
	zFileID
	zSenders
	zReceivers
	zIsOrig
	zFileName
	zMIMEType
	zSize
	zMD5
	zSHA1
	zSHA256
	zFingerprint
	zCertSerial
	zCertSubject
	zCertIssuer
	zCertNames
	zAction
	zShare
	zSMBName
	zFormerName
	fieldCount
)

// zeekMembers are the fields of Zeek's logs as its scripts declare them
// (base/protocols/{conn,dns,http,ssl,smb}/main.zeek, base/frameworks/files/main.zeek,
// base/files/{hash,x509}/main.zeek), the JA3 and JA4 packages' (ja3, ja3s,
// ja4) in ssl, and _path of logs that are streamed as JSON. The files log had
// tx_hosts and rx_hosts before Zeek 5.1 and has the conversation since.
var zeekMembers = [fieldCount - zeekFields]member{
	zTime - zeekFields: {in: inZeek, name: "ts", want: wantTime}, zPath - zeekFields: {in: inZeek, name: "_path"},
	zOrigHost - zeekFields: {in: inZeek, name: "id.orig_h"}, zOrigPort - zeekFields: {in: inZeek, name: "id.orig_p", want: wantPort},
	zRespHost - zeekFields: {in: inZeek, name: "id.resp_h"}, zRespPort - zeekFields: {in: inZeek, name: "id.resp_p", want: wantPort},
	zProto - zeekFields: {in: inZeek, name: "proto"}, zConnState - zeekFields: {in: inZeek, name: "conn_state"},
	zOrigBytes - zeekFields: {in: inZeek, name: "orig_bytes", want: wantCount}, zRespBytes - zeekFields: {in: inZeek, name: "resp_bytes", want: wantCount},
	zOrigPackets - zeekFields: {in: inZeek, name: "orig_pkts", want: wantCount}, zRespPackets - zeekFields: {in: inZeek, name: "resp_pkts", want: wantCount},

	zQuery - zeekFields: {in: inZeek, name: "query"}, zQueryType - zeekFields: {in: inZeek, name: "qtype_name"},
	zRCode - zeekFields: {in: inZeek, name: "rcode", want: wantCount}, zRCodeName - zeekFields: {in: inZeek, name: "rcode_name"},
	zAnswers - zeekFields: {in: inZeek, name: "answers", list: true},

	zMethod - zeekFields: {in: inZeek, name: "method"}, zHost - zeekFields: {in: inZeek, name: "host"}, zURI - zeekFields: {in: inZeek, name: "uri"},
	zReferrer - zeekFields: {in: inZeek, name: "referrer"}, zVersion - zeekFields: {in: inZeek, name: "version"}, zUserAgent - zeekFields: {in: inZeek, name: "user_agent"},
	zOrigNames - zeekFields: {in: inZeek, name: "orig_filenames", list: true}, zRespNames - zeekFields: {in: inZeek, name: "resp_filenames", list: true},

	zServerName - zeekFields: {in: inZeek, name: "server_name"}, zSubject - zeekFields: {in: inZeek, name: "subject"}, zIssuer - zeekFields: {in: inZeek, name: "issuer"},
	zCipher - zeekFields: {in: inZeek, name: "cipher"}, zJA3 - zeekFields: {in: inZeek, name: "ja3"}, zJA3S - zeekFields: {in: inZeek, name: "ja3s"}, zJA4 - zeekFields: {in: inZeek, name: "ja4"},

	zFileID - zeekFields: {in: inZeek, name: "fuid"}, zSenders - zeekFields: {in: inZeek, name: "tx_hosts", list: true}, zReceivers - zeekFields: {in: inZeek, name: "rx_hosts", list: true},
	zIsOrig - zeekFields: {in: inZeek, name: "is_orig", want: wantBool}, zFileName - zeekFields: {in: inZeek, name: "filename"}, zMIMEType - zeekFields: {in: inZeek, name: "mime_type"},
	zSize - zeekFields: {in: inZeek, name: "total_bytes", want: wantCount},
	zMD5 - zeekFields:  {in: inZeek, name: "md5"}, zSHA1 - zeekFields: {in: inZeek, name: "sha1"}, zSHA256 - zeekFields: {in: inZeek, name: "sha256"},

	zFingerprint - zeekFields: {in: inZeek, name: "fingerprint"}, zCertSerial - zeekFields: {in: inZeek, name: "certificate.serial"},
	zCertSubject - zeekFields: {in: inZeek, name: "certificate.subject"}, zCertIssuer - zeekFields: {in: inZeek, name: "certificate.issuer"},
	zCertNames - zeekFields: {in: inZeek, name: "san.dns", list: true},

	// The smtp log has a list called path.
	zAction - zeekFields: {in: inZeek, name: "action"}, zShare - zeekFields: {in: inZeek, name: "path", list: true},
	zSMBName - zeekFields: {in: inZeek, name: "name"}, zFormerName - zeekFields: {in: inZeek, name: "prev_name"},
}

// zeekLogs are the logs that are read as more than a conversation, by their
// path, or else by a field that no other of them has.
var zeekLogs = [...]struct {
	path  string
	kind  Kind
	field field
}{
	{"dns", DNS, zQueryType}, {"conn", Flow, zConnState}, {"http", HTTP, zURI}, {"ssl", TLS, zCipher}, {"files", File, zFileID}, {"x509", certificates, zCertSerial}, {"smb_files", sharedFiles, zAction},
}

// certificates is the kind of the x509 log while it is read; to others it is
// TLS.
const certificates = Registry + 1

// sharedFiles is the kind of the smb_files log while it is read; to others it is
// File.
const sharedFiles = certificates + 1

// zeekKind is the log that a path and its fields belong to, Other for one that
// is read for its conversation alone.
func zeekKind(path string, given *fieldSet) Kind {
	for _, log := range &zeekLogs {
		if path == log.path {
			return log.kind
		}
	}
	for _, log := range &zeekLogs {
		if given.has(log.field) {
			return log.kind
		}
	}
	return Other
}
