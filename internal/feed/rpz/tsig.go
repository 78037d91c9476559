package rpz

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"time"

	"github.com/miekg/dns"
)

// distrust is the TSIG error that the question's signature deserves (RFC 8945,
// section 5.2), or RcodeSuccess. The library accepts weaker algorithms than the
// key is for.
func (s *Server) distrust(w dns.ResponseWriter, t *dns.TSIG) int {
	switch err := w.TsigStatus(); {
	case dns.CanonicalName(t.Hdr.Name) != s.key.Name || dns.CanonicalName(t.Algorithm) != dns.HmacSHA256:
		return dns.RcodeBadKey
	case errors.Is(err, dns.ErrTime):
		return dns.RcodeBadTime
	case err != nil:
		return dns.RcodeBadSig
	}
	return dns.RcodeSuccess
}

// sendDistrust answers NOTAUTH with the TSIG error: unsigned for a bad key or
// signature; for a bad time signed, and with the server's time (RFC 8945, section
// 5.2.3).
func (s *Server) sendDistrust(w dns.ResponseWriter, q, m *dns.Msg, code int) {
	asked := q.IsTsig()
	m.Rcode = dns.RcodeNotAuth
	m.SetTsig(asked.Hdr.Name, asked.Algorithm, fudge, time.Now().Unix())
	t := m.IsTsig()
	t.Error = uint16(code)
	if code == dns.RcodeBadTime {
		t.TimeSigned = asked.TimeSigned
		now := binary.BigEndian.AppendUint64(nil, uint64(time.Now().Unix()))[2:]
		t.OtherLen, t.OtherData = uint16(len(now)), hex.EncodeToString(now)
	}
	s.write(w, m)
}
