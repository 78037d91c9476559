package endpoint

// column is one that is read of a row.
type column uint8

const (
	noColumn column = iota
	cPath
	cTargetPath
	cExecutable
	cDestPath
	cOldPath
	cFilename
	cDestFilename
	cOperation
	cEventType
	cName
	cCmdline
	cCwd
	cPID
	cParent
	cMD5
	cSHA1
	cSHA256
	cLocalAddress
	cLocalPort
	cRemoteAddress
	cRemotePort
	cProtocol
	cAction
	cStatus
	cAddress
	cPort
	cKey
	cType
	cData
	cServiceType
	cStartType
	cDisplayName
	cModulePath
	cResponse
	cTime
	cObjectName
	cObjectType
	cSessionID
	columnCount
)

// columnNames are those of osquery's tables (osquery, "Schema"): processes,
// process_events, bpf_process_events, es_process_events, process_etw_events;
// file, file_events, process_file_events, es_process_file_events,
// ntfs_journal_events, hash; registry; services; dns_cache,
// dns_lookup_events, dns_resolvers; socket_events, bpf_socket_events,
// process_open_sockets, listening_ports; winbaseobj. Names of users are not
// among them.
var columnNames = [columnCount]string{
	cPath: "path", cTargetPath: "target_path", cExecutable: "executable", cDestPath: "dest_path", cOldPath: "old_path",
	cFilename: "filename", cDestFilename: "dest_filename", cOperation: "operation", cEventType: "event_type", cName: "name", cCmdline: "cmdline", cCwd: "cwd",
	cPID: "pid", cParent: "parent", cMD5: "md5", cSHA1: "sha1", cSHA256: "sha256", cLocalAddress: "local_address", cLocalPort: "local_port",
	cRemoteAddress: "remote_address", cRemotePort: "remote_port", cProtocol: "protocol", cAction: "action", cStatus: "status", cAddress: "address",
	cPort: "port", cKey: "key", cType: "type", cData: "data", cServiceType: "service_type", cStartType: "start_type", cDisplayName: "display_name",
	cModulePath: "module_path", cResponse: "response", cTime: "time", cObjectName: "object_name", cObjectType: "object_type", cSessionID: "session_id",
}

var columns = func() map[string]column {
	names := map[string]column{"ppid": cParent}
	for c := noColumn + 1; c < columnCount; c++ {
		names[columnNames[c]] = c
	}
	return names
}()
