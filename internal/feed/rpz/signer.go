package rpz

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"time"

	"github.com/miekg/dns"
)

// signer signs the messages of a transfer (RFC 8945, sections 4.3 and 5.3.1): the
// first with all that TSIG says, the others with the time alone, each with the
// signature before.
type signer struct {
	mac   hash.Hash
	owner []byte // the key's name
	prior []byte // the signature of the question, or of the message before
	id    uint16
	later bool
}

var algorithm = []byte("\x0bhmac-sha256\x00")

func (k keyring) signer(q *dns.Msg, asked *dns.TSIG) (*signer, error) {
	secret, err := k.secret(asked.Hdr.Name)
	if err != nil {
		return nil, err
	}
	prior, err := hex.DecodeString(asked.MAC)
	if err != nil {
		return nil, err
	}
	owner := make([]byte, 256)
	n, err := dns.PackDomainName(dns.CanonicalName(asked.Hdr.Name), owner, 0, nil, false)
	return &signer{mac: hmac.New(sha256.New, secret), owner: owner[:n], prior: prior, id: q.Id}, err
}

// sign appends the signature to a message that has no additional records.
func (s *signer) sign(m []byte) []byte {
	var at [8]byte
	binary.BigEndian.PutUint64(at[:], uint64(time.Now().Unix()))
	times := binary.BigEndian.AppendUint16(at[2:8:8], fudge)
	s.mac.Reset()
	s.mac.Write(binary.BigEndian.AppendUint16(nil, uint16(len(s.prior))))
	s.mac.Write(s.prior)
	s.mac.Write(m)
	if s.later {
		s.mac.Write(times)
	} else {
		s.mac.Write(s.owner)
		s.mac.Write([]byte{0, dns.ClassANY, 0, 0, 0, 0})
		s.mac.Write(algorithm)
		s.mac.Write(times)
		s.mac.Write([]byte{0, 0, 0, 0}) // no error, no other data
	}
	s.later = true
	s.prior = s.mac.Sum(s.prior[:0])

	binary.BigEndian.PutUint16(m[10:], 1)
	m = append(m, s.owner...)
	m = binary.BigEndian.AppendUint16(m, dns.TypeTSIG)
	m = append(m, 0, dns.ClassANY, 0, 0, 0, 0)
	m = binary.BigEndian.AppendUint16(m, uint16(len(algorithm)+len(times)+2+len(s.prior)+6))
	m = append(m, algorithm...)
	m = append(m, times...)
	m = binary.BigEndian.AppendUint16(m, uint16(len(s.prior)))
	m = append(m, s.prior...)
	m = binary.BigEndian.AppendUint16(m, s.id)
	return append(m, 0, 0, 0, 0)
}
