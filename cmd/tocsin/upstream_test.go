package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// upstreamAddress is what the stub resolver answers with for every name.
var upstreamAddress = netip.MustParseAddr("198.51.100.1")

// startUpstream answers every question below example. with upstreamAddress, or
// with nothing where that is no answer, until the test ends.
func startUpstream(t *testing.T) string {
	t.Helper()
	socket, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() {
		socket.Close()
		<-done
	})
	go func() {
		defer close(done)
		packet := make([]byte, 4096)
		for {
			n, from, err := socket.ReadFrom(packet)
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if answer := upstreamAnswer(packet[:n]); answer != nil {
				_, _ = socket.WriteTo(answer, from) // a lost answer is asked for again
			}
		}
	}()
	return socket.LocalAddr().String()
}

// upstreamAnswer is nil for what is no question.
func upstreamAnswer(packet []byte) []byte {
	var p dnsmessage.Parser
	header, err := p.Start(packet)
	if err != nil || header.Response {
		return nil
	}
	q, err := p.Question()
	if err != nil {
		return nil
	}
	reply := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: header.ID, Response: true, Authoritative: true, RecursionDesired: header.RecursionDesired, RecursionAvailable: true},
		Questions: []dnsmessage.Question{q},
	}
	switch name := strings.ToLower(q.Name.String()); {
	case !strings.HasSuffix(name, ".example."):
		reply.RCode = dnsmessage.RCodeNameError
	case q.Type == dnsmessage.TypeA:
		reply.Answers = []dnsmessage.Resource{{
			Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 1},
			Body:   &dnsmessage.AResource{A: upstreamAddress.As4()},
		}}
	}
	answer, err := reply.Pack()
	if err != nil {
		return nil
	}
	return answer
}

// blocked is what lookup gives for a name that does not exist.
const blocked = "NXDOMAIN"

// lookup asks a DNS server for a name's IPv4 address: the address, blocked, or
// what else was answered.
func lookup(t *testing.T, server, name string) string {
	t.Helper()
	conn, err := net.Dial("udp", server)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	id := uint16(time.Now().UnixNano())
	question := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: id, RecursionDesired: true},
		Questions: []dnsmessage.Question{{Name: dnsmessage.MustNewName(name + "."), Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET}},
	}
	packet, err := question.Pack()
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.SetDeadline(time.Now().Add(2 * time.Second)); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, 4096)
	if _, err := conn.Write(packet); err != nil {
		return err.Error()
	}
	n, err := conn.Read(answer)
	if err != nil {
		return err.Error()
	}
	var m dnsmessage.Message
	if err := m.Unpack(answer[:n]); err != nil || m.ID != id {
		return fmt.Sprintf("no answer to the question: %v", err)
	}
	if m.RCode == dnsmessage.RCodeNameError {
		return blocked
	}
	for _, r := range m.Answers {
		if a, ok := r.Body.(*dnsmessage.AResource); ok {
			return netip.AddrFrom4(a.A).String()
		}
	}
	return m.RCode.String()
}
