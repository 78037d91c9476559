package telemetry

var (
	zeekFlowProperties = [...]fieldProperty{
		{zOrigBytes, "network-traffic:src_byte_count"}, {zRespBytes, "network-traffic:dst_byte_count"},
		{zOrigPackets, "network-traffic:src_packets"}, {zRespPackets, "network-traffic:dst_packets"},
	}
	zeekHTTPProperties = [...]fieldProperty{
		{zMethod, requestMethod}, {zURI, requestValue}, {zHost, requestHost}, {zUserAgent, requestAgent}, {zReferrer, requestReferer},
	}
	zeekTLSProperties         = [...]fieldProperty{{zSubject, "x509-certificate:subject"}, {zIssuer, "x509-certificate:issuer"}}
	zeekFileProperties        = [...]fieldProperty{{zMIMEType, "file:mime_type"}, {zSize, "file:size"}}
	zeekCertificateProperties = [...]fieldProperty{
		{zCertSerial, "x509-certificate:serial_number"}, {zCertSubject, "x509-certificate:subject"}, {zCertIssuer, "x509-certificate:issuer"},
	}
)
