package telemetry

// fieldProperty is a field that is a STIX object's property as it stands.
type fieldProperty struct {
	field field
	path  string
}

// What STIX has no property for is in extensions and types of our own ("x-").
var (
	httpProperties = [...]fieldProperty{
		{fMethod, requestMethod}, {fURL, requestValue}, {fProtocol, requestVersion},
		{fHostname, requestHost}, {fUserAgent, requestAgent}, {fReferer, requestReferer}, {fContentType, responseType},
	}
	tlsProperties = [...]fieldProperty{
		{fSubject, "x509-certificate:subject"}, {fIssuer, "x509-certificate:issuer"}, {fSerial, "x509-certificate:serial_number"},
	}
	flowProperties = [...]fieldProperty{
		{fBytesToServer, "network-traffic:src_byte_count"}, {fBytesToClient, "network-traffic:dst_byte_count"},
		{fPacketsToServer, "network-traffic:src_packets"}, {fPacketsToClient, "network-traffic:dst_packets"},
	}
	alertProperties = [...]fieldProperty{{fSignature, "x-suricata-alert:signature"}, {fSignatureID, "x-suricata-alert:signature_id"}}
	mailProperties  = [...]fieldProperty{{fMailSubject, "email-message:subject"}}
)

// The properties of an HTTP request (STIX 2.1, section 6.12.3).
const (
	requestMethod  = "network-traffic:extensions.'http-request-ext'.request_method"
	requestValue   = "network-traffic:extensions.'http-request-ext'.request_value"
	requestVersion = "network-traffic:extensions.'http-request-ext'.request_version"
	requestHost    = "network-traffic:extensions.'http-request-ext'.request_header.Host"
	requestAgent   = "network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'"
	requestReferer = "network-traffic:extensions.'http-request-ext'.request_header.Referer"
	responseType   = "network-traffic:extensions.'x-http-response-ext'.content_type"
)

func (r *record) properties(e *Event, list []fieldProperty) {
	for i := range list {
		p := &list[i]
		if r.has(p.field) {
			e.Properties = append(e.Properties, Property{Path: p.path, Text: r.text[p.field], Number: members[p.field].want != wantText})
		}
	}
}
