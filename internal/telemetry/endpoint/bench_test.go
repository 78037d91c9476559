package endpoint_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/telemetry"
	"github.com/tocsin-project/tocsin/internal/telemetry/endpoint"
)

// The records are as long as real ones, a mixture as on a workstation.
func BenchmarkSysmon(b *testing.B) {
	envelope := `{"@timestamp":"2017-05-12T07:24:04.000Z","ecs":{"version":"1.12.0"},"agent":{"name":"host","type":"winlogbeat","version":"7.17.0","ephemeral_id":"00000000-0000-0000-0000-000000000000"},` +
		`"event":{"code":"%d","kind":"event","provider":"Microsoft-Windows-Sysmon","action":"x","created":"2017-05-12T07:24:05.000Z"},"host":{"name":"host.example","os":{"family":"windows","version":"10.0"}},` +
		`"winlog":{"channel":"Microsoft-Windows-Sysmon/Operational","computer_name":"host.example","event_data":{%s},"event_id":%[1]d,"opcode":"Info","process":{"pid":2828,"thread":{"id":1684}},` +
		`"provider_guid":"{5770385f-c22a-43e0-bf4c-06f5698ffbd9}","provider_name":"Microsoft-Windows-Sysmon","record_id":66,"task":"x","user":{"domain":"NT AUTHORITY","identifier":"S-1-5-18","name":"SYSTEM","type":"User"},"version":5}}` + "\n"
	const actor = `"UtcTime":"2017-05-12 07:24:03.123","ProcessGuid":"{1}","ProcessId":"4711","Image":"C:\\Windows\\System32\\svchost.exe","User":"EXAMPLE\\someone",`
	var input strings.Builder
	for i := range 2000 {
		id, data := 1, processes
		switch i % 5 {
		case 1:
			id, data = 22, fmt.Sprintf(actor+`"QueryName":"host%d.example","QueryStatus":"0","QueryResults":"type:  5 cdn%d.example;::ffff:192.0.2.%d;"`, i, i, i%256)
		case 2:
			id, data = 3, fmt.Sprintf(actor+`"Protocol":"tcp","Initiated":"true","SourceIp":"192.0.2.7","SourcePort":"%d","DestinationIp":"198.51.100.%d","DestinationPort":"443"`, 40000+i, i%256)
		case 3:
			id, data = 11, fmt.Sprintf(actor+`"TargetFilename":"C:\\Users\\someone\\AppData\\Local\\Temp\\File%d.tmp","CreationUtcTime":"2017-05-12 07:24:03.123"`, i)
		case 4:
			id, data = 13, fmt.Sprintf(actor+`"EventType":"SetValue","TargetObject":"HKU\\S-1-5-21-1-2-3-1001\\Software\\Microsoft\\Windows\\CurrentVersion\\Explorer\\X%d","Details":"DWORD (0x00000001)"`, i)
		}
		fmt.Fprintf(&input, envelope, id, data)
	}
	benchmark(b, input.String(), func(r io.Reader) telemetry.Source { return endpoint.NewSysmon(r, telemetry.Options{}) })
}

func BenchmarkOsquery(b *testing.B) {
	var input strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&input, head+`"columns":{"action":"CREATED","atime":"1494573843","category":"homes","ctime":"1494573843","gid":"0","hashed":"1","inode":"%d","md5":"%032x","mode":"0644","mtime":"1494573843",`+
			`"sha1":"%040x","sha256":"%064x","size":"%d","target_path":"/home/someone/File%d","time":"1494573843","transaction_id":"0","uid":"0"},"action":"added"}`+"\n", i, i, i, i, i, i)
	}
	benchmark(b, input.String(), func(r io.Reader) telemetry.Source { return endpoint.NewOsquery(r, telemetry.Options{}) })
}

func benchmark(b *testing.B, input string, open func(io.Reader) telemetry.Source) {
	b.Helper()
	b.SetBytes(int64(len(input)))
	b.ReportAllocs()
	events := 0
	for b.Loop() {
		s := open(strings.NewReader(input))
		for {
			if _, err := s.Next(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				b.Fatal(err)
			}
			events++
		}
		if stats := s.Stats(); stats.Malformed+stats.Mistyped+stats.Unusable+stats.Undated != 0 {
			b.Fatalf("%+v", stats)
		}
	}
	b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
}
