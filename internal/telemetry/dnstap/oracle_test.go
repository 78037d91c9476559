package dnstap

import (
	"bytes"
	"testing"

	golang "github.com/dnstap/golang-dnstap"
	"google.golang.org/protobuf/proto"
)

// FuzzTap holds our reading of a frame against the library's generated code.
func FuzzTap(f *testing.F) {
	m := &golang.Message{
		Type: golang.Message_CLIENT_RESPONSE.Enum(), SocketProtocol: golang.SocketProtocol_DOT.Enum(), SocketFamily: golang.SocketFamily_INET6.Enum(),
		QueryAddress: bytes.Repeat([]byte{1}, 16), ResponseAddress: bytes.Repeat([]byte{2}, 16), QueryPort: proto.Uint32(1), ResponsePort: proto.Uint32(853),
		QueryTimeSec: proto.Uint64(1), QueryTimeNsec: proto.Uint32(2), ResponseTimeSec: proto.Uint64(3), ResponseTimeNsec: proto.Uint32(4),
		QueryMessage: []byte("q"), ResponseMessage: []byte("r"), QueryZone: []byte("zone"),
	}
	whole, err := proto.Marshal(&golang.Dnstap{Type: golang.Dnstap_MESSAGE.Enum(), Message: m, Extra: []byte("x"), Version: []byte("v")})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(append(whole, 0x72, 0x02, 0x30, 0x07))       // the message goes on: fields are merged
	f.Add(append(whole, 0x72, 0x02, 0x08, 0x63))       // a kind that nobody knows
	f.Add(append(whole, 0x78, 0x02))                   // a type that nobody knows
	f.Add(append(whole, 0x75, 0x02, 0x30, 0x07, 0x00)) // the message's number with another kind of value
	f.Add([]byte{0x78, 0x01, 0x72, 0x00})
	f.Fuzz(func(t *testing.T, frame []byte) {
		var want golang.Dnstap
		wantErr := proto.Unmarshal(frame, &want)
		got, err := parseTap(frame)
		w := want.GetMessage()
		if wantErr == nil && (w == nil || want.GetType() != golang.Dnstap_MESSAGE) {
			wantErr = errTap
		}
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("%v, the library says %v", err, wantErr)
		}
		if err != nil {
			return
		}
		same := got.kind == w.GetType() && got.queryPort == w.GetQueryPort() && got.responsePort == w.GetResponsePort() &&
			got.queryTime == moment{w.GetQueryTimeSec(), w.GetQueryTimeNsec(), w.QueryTimeSec != nil} &&
			got.responseTime == moment{w.GetResponseTimeSec(), w.GetResponseTimeNsec(), w.ResponseTimeSec != nil} &&
			bytes.Equal(got.queryAddress, w.GetQueryAddress()) && bytes.Equal(got.responseAddress, w.GetResponseAddress()) &&
			bytes.Equal(got.query, w.GetQueryMessage()) && bytes.Equal(got.response, w.GetResponseMessage())
		if !same || w.SocketProtocol != nil && got.protocol != w.GetSocketProtocol() {
			t.Errorf("%+v, the library says %v", got, w)
		}
	})
}
