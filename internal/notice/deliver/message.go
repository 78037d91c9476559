package deliver

import (
	"bytes"
	"io"
	"net/mail"
	"strings"

	gomail "github.com/emersion/go-message/mail"
)

const maxSubject = 300 // bytes

// message writes a mail of plain text (RFC 5322). It names itself as written by a
// program, so that no program answers (RFC 3834, section 5), and holds nothing that
// is fetched from elsewhere.
func message(from *mail.Address, p Parcel) ([]byte, error) {
	_, domain, _ := strings.Cut(from.Address, "@")
	var h gomail.Header
	h.SetDate(p.At)
	h.SetAddressList("From", []*gomail.Address{{Name: clean(from.Name, maxSubject), Address: from.Address}})
	h.SetAddressList("To", []*gomail.Address{{Address: p.Target}})
	h.SetSubject(clean(p.Subject, maxSubject))
	h.SetMessageID(clean(p.Key, maxSubject) + "@" + domain)
	h.Set("Auto-Submitted", "auto-generated")
	h.Set("X-Auto-Response-Suppress", "All")
	h.SetContentType("text/plain", map[string]string{"charset": "utf-8"})
	h.Set("Content-Transfer-Encoding", "quoted-printable")
	var b bytes.Buffer
	w, err := gomail.CreateSingleInlineWriter(&b, h)
	if err != nil {
		return nil, err
	}
	if _, err := io.WriteString(w, strings.ReplaceAll(lines(p.Text), "\n", "\r\n")); err != nil {
		return nil, err
	}
	err = w.Close() // which writes the rest
	return b.Bytes(), err
}
