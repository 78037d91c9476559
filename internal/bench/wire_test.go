package bench

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
)

// wire is one keep-alive connection that sends bytes made beforehand: a client
// that leaves the processor to the server as far as it can.
type wire struct {
	conn net.Conn
	in   *bufio.Reader
	room []byte
}

func dialWire(address string) (*wire, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	return &wire{conn: conn, in: bufio.NewReaderSize(conn, 64<<10), room: make([]byte, 256<<10)}, nil
}

// answer is what came back over a wire.
type answer struct {
	status int
	header http.Header
	size   int64 // of the body, in bytes
}

// exchange sends one request and reads the answer to its end: into body if it
// is not nil, or else to nowhere.
func (w *wire) exchange(head, payload []byte, body io.Writer) (got answer, err error) {
	buffers := net.Buffers{head, payload}
	if _, err := buffers.WriteTo(w.conn); err != nil {
		return got, err
	}
	response, err := http.ReadResponse(w.in, nil)
	if err != nil {
		return got, err
	}
	defer response.Body.Close()
	got.status, got.header = response.StatusCode, response.Header
	for {
		n, err := response.Body.Read(w.room)
		got.size += int64(n)
		if body != nil && n > 0 {
			if _, err := body.Write(w.room[:n]); err != nil {
				return got, err
			}
		}
		if errors.Is(err, io.EOF) {
			return got, nil
		}
		if err != nil {
			return got, err
		}
	}
}

func (w *wire) close() { _ = w.conn.Close() } // nothing is on the way

// getHead is a GET as it goes over the wire.
func getHead(path, token string) []byte {
	return fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: hub.example\r\nAuthorization: Bearer %s\r\nAccept: %s\r\n\r\n", path, token, taxiiMedia)
}

// postHead is a POST's head; length bytes follow it.
func postHead(path, token, media string, length int) []byte {
	return fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: hub.example\r\nAuthorization: Bearer %s\r\nAccept: */*\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n", path, token, media, length)
}
