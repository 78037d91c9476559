package main

import (
	"fmt"

	"github.com/tocsin-project/tocsin/internal/sensors"
)

// sensorFlags name what is to be read.
type sensorFlags struct {
	EVE     []string `name:"eve" help:"Suricata EVE JSON lines: a file, or - for standard input; an edge follows the file, and takes a socket, too: unix:PATH or tcp://127.0.0.1:PORT." placeholder:"FILE" sep:"none" group:"Telemetry"`
	Zeek    []string `name:"zeek" help:"Zeek logs, TSV or JSON: dns, conn, http, ssl, files, x509." placeholder:"FILE" sep:"none" group:"Telemetry"`
	DNSTap  []string `name:"dnstap" help:"dnstap: an edge makes this Unix socket for resolvers to write to; match reads a file of frames." placeholder:"PATH" sep:"none" group:"Telemetry"`
	PCAP    []string `name:"pcap" help:"A capture, pcap or pcapng." placeholder:"FILE" sep:"none" group:"Telemetry"`
	Sysmon  []string `name:"sysmon" help:"Sysmon events as JSON lines." placeholder:"FILE" sep:"none" group:"Telemetry"`
	Osquery []string `name:"osquery" help:"An osquery result log." placeholder:"FILE" sep:"none" group:"Telemetry"`
	List    []string `name:"list" help:"Plain observables, one a line." placeholder:"FILE" sep:"none" group:"Telemetry"`
}

func (f sensorFlags) places() (places []sensors.Place, err error) {
	inputs := 0
	for _, one := range []struct {
		kind sensors.Kind
		from []string
	}{
		{sensors.EVE, f.EVE}, {sensors.Zeek, f.Zeek}, {sensors.DNSTap, f.DNSTap}, {sensors.PCAP, f.PCAP},
		{sensors.Sysmon, f.Sysmon}, {sensors.Osquery, f.Osquery}, {sensors.List, f.List},
	} {
		for _, from := range one.from {
			if from == "-" {
				inputs++
			}
			places = append(places, sensors.Place{Kind: one.kind, From: from})
		}
	}
	if inputs > 1 {
		return nil, usageError{fmt.Errorf("only one sensor can write to standard input")}
	}
	return places, nil
}
