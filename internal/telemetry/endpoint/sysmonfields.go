package endpoint

// field is one that is read of a record.
type field uint8

const (
	none field = iota
	fEventID
	fProvider
	fChannel
	fTimestamp  // of the collector
	fSystemTime // of the event log
	fEventTime
	fComputer
	fUtcTime // Sysmon's own
	fImage
	fImageLoaded
	fCommandLine
	fCurrentDirectory
	fProcessID
	fParentImage
	fParentCommandLine
	fParentProcessID
	fHashes
	fTargetFilename
	fContents
	fTargetObject
	fNewName
	fDetails
	fQueryName
	fQueryStatus
	fQueryResults
	fProtocol
	fSourceIP
	fSourcePort
	fDestinationIP
	fDestinationPort
	fServiceName
	fImagePath
	fieldCount
)

// fieldNames are the fields as Sysmon and the event log name them.
var fieldNames = [fieldCount]string{
	fEventID: "EventID", fProvider: "Provider", fChannel: "Channel", fTimestamp: "@timestamp", fSystemTime: "SystemTime", fEventTime: "EventTime", fComputer: "Computer",
	fUtcTime: "UtcTime", fImage: "Image", fImageLoaded: "ImageLoaded", fCommandLine: "CommandLine", fCurrentDirectory: "CurrentDirectory",
	fProcessID: "ProcessId", fParentImage: "ParentImage", fParentCommandLine: "ParentCommandLine", fParentProcessID: "ParentProcessId",
	fHashes: "Hashes", fTargetFilename: "TargetFilename", fContents: "Contents", fTargetObject: "TargetObject", fNewName: "NewName",
	fDetails: "Details", fQueryName: "QueryName", fQueryStatus: "QueryStatus", fQueryResults: "QueryResults",
	fProtocol: "Protocol", fSourceIP: "SourceIp", fSourcePort: "SourcePort", fDestinationIP: "DestinationIp", fDestinationPort: "DestinationPort",
	fServiceName: "ServiceName", fImagePath: "ImagePath",
}

// dataFields are those of EventData, also as Wazuh writes them, with a small
// letter first. Event 15 has its hashes in "Hash".
var dataFields = func() map[string]field {
	names := map[string]field{"Hash": fHashes, "hash": fHashes}
	for f := fUtcTime; f < fieldCount; f++ {
		name := fieldNames[f]
		names[name] = f
		names[string(name[0]|0x20)+name[1:]] = f
	}
	return names
}()

// systemFields are those that say what kind of event it is, and when.
var systemFields = map[string]field{
	"EventID": fEventID, "EventId": fEventID, "eventID": fEventID, "event_id": fEventID,
	"SourceName": fProvider, "ProviderName": fProvider, "providerName": fProvider, "provider_name": fProvider, "source_name": fProvider, "Provider_Name": fProvider, "Provider": fProvider,
	"Channel": fChannel, "channel": fChannel, "log_name": fChannel,
	"@timestamp": fTimestamp, "EventTime": fEventTime,
	"Computer": fComputer, "computer": fComputer, "computer_name": fComputer, "Hostname": fComputer,
	"TimeCreated": fSystemTime, "time_created": fSystemTime, "systemTime": fSystemTime, "SystemTime": fSystemTime,
}

// scope is an object of a record, by what its members mean.
type scope uint8

const (
	nowhere    scope = iota
	inRoot           // members of either kind, and the objects that hold them
	inSystem         // who logged it, and when
	inData           // what was logged
	inEnvelope       // objects that hold the other two
	inNumber         // {"#text":7045}: an id with attributes
	inProvider       // {"#attributes":{"Name":"..."}}
	inTime           // {"#attributes":{"SystemTime":"..."}}
	inNamed          // a list of data with their names
)

// member says which field a name is, and what kind of object it may hold.
func member(in scope, name []byte) (f field, into scope) {
	switch in {
	case inNumber:
		switch string(name) {
		case "#text", "Value", "$":
			return fEventID, nowhere
		}
		return none, nowhere
	case inProvider:
		switch string(name) {
		case "Name", "@Name":
			return fProvider, nowhere
		case "#attributes":
			return none, inProvider
		}
		return none, nowhere
	case inTime:
		switch string(name) {
		case "SystemTime", "@SystemTime":
			return fSystemTime, nowhere
		case "#attributes":
			return none, inTime
		}
		return none, nowhere
	}
	if into := holds(in, name); into != nowhere {
		return none, into
	}
	if in != inData {
		switch f = systemFields[string(name)]; f {
		case none:
		case fEventID:
			return f, inNumber
		case fProvider:
			return f, inProvider
		case fSystemTime:
			return f, inTime
		default:
			return f, nowhere
		}
	}
	if in == inData || in == inRoot {
		return dataFields[string(name)], nowhere
	}
	return none, nowhere
}

// holds says which object a name is.
func holds(in scope, name []byte) scope {
	switch string(name) {
	case "Event", "winlog", "win", "data":
		if in == inRoot || in == inEnvelope {
			return inEnvelope
		}
	case "System", "system":
		if in == inEnvelope {
			return inSystem
		}
	case "EventData", "event_data", "eventdata":
		if in == inEnvelope || in == inRoot {
			return inData
		}
	case "Data":
		if in == inData {
			return inNamed
		}
	}
	return nowhere
}
