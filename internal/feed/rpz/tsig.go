package rpz

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"time"

	"github.com/miekg/dns"
)

// keyring finds transfer keys by their names; it is the embedded library's
// dns.TsigProvider.
type keyring func(keyName string) (secret, view string, ok bool)

// secret is a key's, as bytes.
func (k keyring) secret(keyName string) ([]byte, error) {
	text, _, ok := k(dns.CanonicalName(keyName))
	if !ok {
		return nil, dns.ErrSecret
	}
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(raw) == 0 {
		return nil, dns.ErrSecret
	}
	return raw, nil
}

// Generate is the signature of a message.
func (k keyring) Generate(msg []byte, t *dns.TSIG) ([]byte, error) {
	if dns.CanonicalName(t.Algorithm) != dns.HmacSHA256 {
		return nil, dns.ErrKeyAlg
	}
	secret, err := k.secret(t.Hdr.Name)
	if err != nil {
		return nil, err
	}
	h := hmac.New(sha256.New, secret)
	h.Write(msg)
	return h.Sum(nil), nil
}

// Verify checks the signature of a message.
func (k keyring) Verify(msg []byte, t *dns.TSIG) error {
	want, err := k.Generate(msg, t)
	if err != nil {
		return err
	}
	if got, err := hex.DecodeString(t.MAC); err != nil || !hmac.Equal(got, want) {
		return dns.ErrSig
	}
	return nil
}

// distrust is the TSIG error that the question's signature deserves (RFC 8945,
// section 5.2), or RcodeSuccess. The library accepts weaker algorithms than the
// key is for.
func distrust(w dns.ResponseWriter, t *dns.TSIG) int {
	switch err := w.TsigStatus(); {
	case errors.Is(err, dns.ErrSecret) || dns.CanonicalName(t.Algorithm) != dns.HmacSHA256:
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
