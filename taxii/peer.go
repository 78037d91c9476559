package taxii

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// acceptForms is how a client writes what it takes, in the order in which it
// tries: some servers compare with one of them letter by letter.
var acceptForms = []string{MediaType, "application/taxii+json; version=2.1", "application/taxii+json", "application/json, */*;q=0.1"}

// authorize adds the credential, to a request to the origin of c.URL.
func (c *Client) authorize(request *http.Request) error {
	if request.URL.Scheme == "http" && !c.PlainHTTP && !thisMachine(request.URL.Hostname()) {
		return fmt.Errorf("%s is not protected: use https, or set PlainHTTP if the way there is safe otherwise", shown(request.URL.String()))
	}
	own, err := url.Parse(c.URL)
	if err != nil || c.Token == "" || !sameOrigin(own, request.URL) {
		return err
	}
	if c.User != "" {
		request.SetBasicAuth(c.User, c.Token)
	} else {
		request.Header.Set("Authorization", "Bearer "+c.Token)
	}
	return nil
}

func thisMachine(host string) bool {
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}

func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(a.Host, b.Host)
}

var errRedirect = errors.New("the server redirects")

// client is c.HTTP, which follows a redirect only within the origin, and none
// of a request that is more than a question: it would arrive as a question.
func (c *Client) client(method string) *http.Client {
	client := *http.DefaultClient
	if c.HTTP != nil {
		client = *c.HTTP
	}
	client.CheckRedirect = func(to *http.Request, via []*http.Request) error {
		if method != http.MethodGet || len(via) >= 5 || !sameOrigin(to.URL, via[0].URL) {
			return fmt.Errorf("%w to %s://%s: use that address if you trust it", errRedirect, to.URL.Scheme, to.URL.Host)
		}
		return nil
	}
	return &client
}

// understood refuses an answer that is no TAXII 2.1, such as a login page.
// Types that say nothing of what is inside are let pass: that will be seen.
func understood(contentType string) error {
	name, params, err := mime.ParseMediaType(contentType)
	switch name {
	case "application/vnd.oasis.taxii+json", "application/vnd.oasis.stix+json":
		return errTAXII20
	case "application/taxii+json":
		if strings.HasPrefix(params["version"], "2.0") {
			return errTAXII20
		}
		return nil
	case "application/json", "application/stix+json", "text/plain", "application/octet-stream":
		return nil
	}
	if contentType == "" || err != nil && name == "" {
		return nil
	}
	return fmt.Errorf("the server answers with %s instead of %s: is the address that of a TAXII 2.1 server, and the credential valid?", quote(contentType), MediaType)
}

var errTAXII20 = errors.New("the server speaks TAXII 2.0, and this client TAXII 2.1: ask its operator for the address of the newer one")

// isVersion21 says whether an entry of an API root's versions is TAXII 2.1,
// as a media type or, of some servers, in short.
func isVersion21(entry string) bool {
	return strings.HasSuffix(entry, "2.1") || strings.HasSuffix(entry, `2.1"`)
}

// refusal is the error of an answer that is not 2xx.
func refusal(response *http.Response, in *incoming, k call) error {
	const longest = 64 << 10
	e := &Error{Status: response.StatusCode, RetryAfter: retryAfter(response.Header.Get("Retry-After"))}
	text, _ := io.ReadAll(io.LimitReader(in, longest)) // if it breaks off, the status says it all
	e.describe(text)
	switch response.StatusCode {
	case http.StatusNotAcceptable:
		e.Title = cmp.Or(e.Title, "the server gives no TAXII 2.1; it may speak TAXII 2.0 only")
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return &again{error: e, wait: e.RetryAfter}
	case http.StatusBadGateway, http.StatusGatewayTimeout, http.StatusInternalServerError, http.StatusRequestTimeout:
		if k.repeatable() {
			return &again{error: e, wait: e.RetryAfter}
		}
	}
	return e
}

// describe takes what is there of an error message resource (section 3.6.1).
func (e *Error) describe(text []byte) {
	var sent map[string]jsontext.Value
	if json.Unmarshal(text, &sent) != nil {
		return
	}
	for name, to := range map[string]*string{
		"title": &e.Title, "description": &e.Description, "error_id": &e.ID, "error_code": &e.Code, "external_details": &e.External,
	} {
		if sent[name].Kind() == '"' {
			raw, _ := jsontext.AppendUnquote(nil, sent[name]) // it has been read once
			*to = printable(string(raw))
		}
	}
	e.Details = sent["details"]
}

// printable is a stranger's text as it may go to a terminal.
func printable(text string) string {
	const longest = 1000
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, text)
	return strings.ToValidUTF8(text[:min(len(text), longest)], "")
}
