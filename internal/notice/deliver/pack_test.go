package deliver

import (
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/notice"
)

func TestPack(t *testing.T) {
	one := notice.Notice{
		ID: "notice--1", Partner: hospital, Topic: notice.TopicAlert, Severity: notice.Critical, Title: "[TLP:GREEN] Patch\r\nnow",
		Text: "First.\n\x1b[2JSecond.", TLP: access.Green, Link: "/notices/notice--1", At: at, NeedsAck: true,
	}
	d := notice.Due{Channel: notice.Channel{Partner: hospital, Target: "t", Room: "!r", Secret: "s"}, Key: "delivery--1", Notices: []notice.Notice{one}}
	p, err := pack(d, "https://hub.example")
	if err != nil {
		t.Fatal(err)
	}
	var event Event
	if err := json.Unmarshal(p.Data, &event); err != nil {
		t.Fatal(err)
	}
	one.Link = "https://hub.example/notices/notice--1"
	if diff := cmp.Diff(Event{Type: "notice.alert", Timestamp: at, Data: EventData{Partner: hospital, Notices: []notice.Notice{one}}}, event); diff != "" {
		t.Errorf("event (-want +got):\n%s", diff)
	}
	p.Data = nil
	want := Parcel{
		Key: "delivery--1", Partner: hospital, Target: "t", Room: "!r", Secret: "s", At: at, Subject: "[TLP:GREEN] critical: Patch now",
		Text: "[TLP:GREEN] Patch now\ncritical, alert, 2017-05-12 10:12:00 UTC\n\nFirst.\n[2JSecond.\n\nhttps://hub.example/notices/notice--1\n" +
			"Somebody has to acknowledge it, there or by: tocsin notice ack notice--1\n",
	}
	if diff := cmp.Diff(want, p); diff != "" {
		t.Errorf("parcel (-want +got):\n%s", diff)
	}

	hidden := notice.Notice{ID: "notice--2", Topic: notice.TopicDuty, Severity: notice.Warning, TLP: access.Amber, Title: "[TLP:AMBER] warning: duty, to be read at the hub", At: at}
	d.Notices, d.More = []notice.Notice{hidden}, 0
	if p, err = pack(d, ""); err != nil || p.Subject != hidden.Title {
		t.Errorf("subject %q, %v", p.Subject, err)
	}
	d.Notices, d.More = []notice.Notice{hidden, one}, 3
	if p, err = pack(d, ""); err != nil || p.Subject != "[TLP:AMBER] critical: 5 notices" {
		t.Errorf("subject %q, %v", p.Subject, err)
	}
	again, err := pack(d, "")
	if diff := cmp.Diff(p, again); diff != "" || err != nil {
		t.Errorf("another attempt sends something else: %v\n%s", err, diff)
	}
}
