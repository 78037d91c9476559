package telemetry

// names are the fields of each scope by their names.
var names = func() (list [scopes]map[string]field) {
	for in := range list {
		list[in] = map[string]field{}
	}
	for f, m := range members {
		if m.name != "" {
			list[m.in][m.name] = field(f)
		}
	}
	return list
}()

// fieldNamed is the field of that name in a scope, none for what is not read.
func fieldNamed(in scope, name string) field { return names[in][name] }

// places are how a hit names the fields: "dns.answers.rdata".
var places = func() (list [fieldCount]string) {
	of := [scopes]string{
		inDNS: "dns.", inQuery: "dns.query.", inQueries: "dns.queries.", inAnswers: "dns.answers.", inGrouped: "dns.grouped.", inHTTP: "http.", inTLS: "tls.",
		inJA3: "tls.ja3.", inJA3S: "tls.ja3s.", inQUIC: "quic.", inQUICJA3: "quic.ja3.", inQUICJA3S: "quic.ja3s.", inFlow: "flow.", inTCP: "tcp.", inFile: "fileinfo.", inFiles: "files.", inAlert: "alert.", inEmail: "email.", inSMTP: "smtp.", inSMB: "smb.", inRename: "smb.rename.",
	}
	for f, m := range members {
		list[f] = of[m.in] + m.name
	}
	return list
}()
