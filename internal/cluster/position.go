package cluster

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"net/http"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// PositionHeader carries how far the ledger was when something was answered, and how
// far views have to be to answer. It is sealed: how much happens at a hub is nobody's
// to count.
const PositionHeader = "Tocsin-Position"

// positionCookie is the same for browsers, and how long they keep it: longer than a
// node that is worth asking is behind.
const (
	positionCookie = "tocsin-position"
	positionLife   = 60 // seconds
)

// reachTime is how long a request waits for this node's views.
const reachTime = 5 * time.Second

var errPosition = errors.New("invalid " + PositionHeader)

// positions seals positions: one block of AES, of which a quarter is zero, so that
// nobody makes one up, and a quarter is random, so that who reads the same twice does
// not learn whether anything happened in between.
type positions struct{ block cipher.Block }

func newPositions(key [32]byte) positions {
	block, err := aes.NewCipher(key[:])
	if err != nil {
		panic("make the cipher of positions: " + err.Error()) // only for keys of another length
	}
	return positions{block}
}

var positionText = base64.RawURLEncoding.Strict()

func (p positions) seal(seq ledger.Seq) string {
	var b [aes.BlockSize]byte
	_, _ = rand.Read(b[4:8]) // it never fails
	binary.BigEndian.PutUint64(b[8:], uint64(seq))
	p.block.Encrypt(b[:], b[:])
	return positionText.EncodeToString(b[:])
}

func (p positions) open(text string) (ledger.Seq, error) {
	if len(text) > positionText.EncodedLen(aes.BlockSize) {
		return 0, errPosition
	}
	b, err := positionText.DecodeString(text) // which passes over line breaks
	if err != nil || len(b) != aes.BlockSize {
		return 0, errPosition
	}
	p.block.Decrypt(b, b)
	if binary.BigEndian.Uint32(b) != 0 {
		return 0, errPosition
	}
	return ledger.Seq(binary.BigEndian.Uint64(b[8:])), nil
}

// asked is the position that a request brings; 0 for none.
func (m *Member) asked(r *http.Request) (ledger.Seq, error) {
	if text := r.Header.Get(PositionHeader); text != "" {
		return m.positions.open(text)
	}
	if cookie, err := r.Cookie(positionCookie); err == nil {
		seq, _ := m.positions.open(cookie.Value) // a browser may have it from another hub at this address
		return seq, nil
	}
	return 0, nil
}

// reached waits until the node's views have come as far as the request's client was
// told that they are, and says whether it may be answered.
func (m *Member) reached(w http.ResponseWriter, r *http.Request) bool {
	seq, err := m.asked(r)
	if err != nil {
		say(w, r, http.StatusBadRequest, err.Error())
		return false
	}
	if seq == 0 || m.settled(r.Context(), seq) == nil {
		return true
	}
	w.Header().Set("Retry-After", "1")
	say(w, r, http.StatusServiceUnavailable, "this node has not yet what you have seen: ask again, or ask another")
	return false
}

func (m *Member) settled(ctx context.Context, seq ledger.Seq) error {
	ctx, cancel := context.WithTimeout(ctx, reachTime)
	defer cancel()
	return m.cfg.Settled(ctx, seq)
}

// placed has the answers of the hub name the position that the ledger had.
func (m *Member) placed(hub http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hub.ServeHTTP(&placing{ResponseWriter: w, member: m, request: r}, r)
	})
}

// placing is an answer of which the header is to be completed.
type placing struct {
	http.ResponseWriter
	member  *Member
	request *http.Request
	placed  bool
}

// Unwrap is for [http.ResponseController].
func (p *placing) Unwrap() http.ResponseWriter { return p.ResponseWriter }

// WriteHeader adds the position. What the request appended, or read, is on the ledger
// by then.
func (p *placing) WriteHeader(status int) {
	if !p.placed && status >= http.StatusOK {
		p.placed = true
		if head, err := p.member.cfg.Local.Head(p.request.Context()); err == nil {
			p.member.position(p.ResponseWriter.Header(), p.request, head.Seq)
		}
	}
	p.ResponseWriter.WriteHeader(status)
}

func (p *placing) Write(b []byte) (int, error) {
	if !p.placed {
		p.WriteHeader(http.StatusOK)
	}
	return p.ResponseWriter.Write(b)
}

// position names the position in an answer. Who came with a cookie is a browser.
func (m *Member) position(h http.Header, r *http.Request, seq ledger.Seq) {
	text := m.positions.seal(seq)
	h.Set(PositionHeader, text)
	if r.Header.Get("Cookie") != "" || r.Header.Get("Sec-Fetch-Mode") != "" {
		cookie := &http.Cookie{
			Name: positionCookie, Value: text, Path: "/", MaxAge: positionLife, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: r.TLS != nil,
		}
		h.Add("Set-Cookie", cookie.String())
	}
}
