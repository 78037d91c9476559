package capture

import (
	"bufio"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// packet is one packet as the file has it.
type packet struct {
	data        []byte // valid until the next is read
	link        layers.LinkType
	time        time.Time // zero if the file gives none
	offset, end int64     // in the file: of its header, and of the byte after it
}

// errSkipped says that a packet could not be read, and that reading goes on
// after it.
type errSkipped struct{ reason string }

func (e errSkipped) Error() string { return e.reason }

// source reads packets from a file of either format.
type source interface {
	// next returns the next packet; io.EOF at the end, io.ErrUnexpectedEOF if
	// the file ends within a packet, whose offset is then set; errSkipped.
	next() (packet, error)
}

const (
	fileBuffer = 256 << 10
	magicNG    = 0x0a0d0d0a // a section header block, the same in both byte orders
)

// open recognises the format by its first bytes. A compressed file (gzip) is
// read as what is in it, and offsets are places in that.
func open(r io.Reader, limit int) (source, error) {
	count := &counter{r: r}
	in := bufio.NewReaderSize(count, fileBuffer)
	start, err := in.Peek(4)
	if len(start) >= 2 && start[0] == 0x1f && start[1] == 0x8b {
		unzipped, err := gzip.NewReader(in)
		if err != nil {
			return nil, fmt.Errorf("compressed file: %w", err)
		}
		count = &counter{r: unzipped}
		in = bufio.NewReaderSize(count, fileBuffer)
		start, err = in.Peek(4)
		if err != nil {
			return nil, tooShort(start, err)
		}
	} else if err != nil {
		return nil, tooShort(start, err)
	}
	switch binary.BigEndian.Uint32(start) {
	case magicNG:
		return openBlocks(in, limit)
	case 0xa1b2c3d4, 0xd4c3b2a1, 0xa1b23c4d, 0x4d3cb2a1: // micro- and nanoseconds
		return openClassic(in, count, limit)
	}
	return nil, fmt.Errorf("the file begins with % x: no pcap or pcapng file", start)
}

func tooShort(start []byte, err error) error {
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("the file has %d bytes: no pcap or pcapng file", len(start))
	}
	return err
}

// counter counts what was read from the file.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// classic is a pcap file. pcapgo takes a buffered reader that is large enough
// as its own, so that the place in the file is known exactly.
type classic struct {
	in    *bufio.Reader
	count *counter
	file  *pcapgo.Reader
	limit int
}

func openClassic(in *bufio.Reader, count *counter, limit int) (*classic, error) {
	file, err := pcapgo.NewReader(in)
	if err != nil {
		return nil, fmt.Errorf("header of the pcap file: %w", err)
	}
	return &classic{in, count, file, limit}, nil
}

const (
	classicHeader = 16          // bytes of a packet's header
	networkMask   = 0x0000_ffff // of the link type; the rest is about checksums
)

func (c *classic) place() int64 { return c.count.n - int64(c.in.Buffered()) }

func (c *classic) next() (packet, error) {
	p := packet{offset: c.place(), link: c.file.LinkType() & networkMask}
	header, err := c.in.Peek(classicHeader)
	if err != nil {
		if errors.Is(err, io.EOF) && len(header) > 0 {
			err = io.ErrUnexpectedEOF
		}
		p.end = p.offset + int64(len(header))
		return p, err
	}
	data, info, err := c.file.ZeroCopyReadPacketData()
	p.data, p.time, p.end = data, info.Timestamp, c.place()
	if err == nil || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF // within the packet
		}
		return p, err
	}
	if p.end != p.offset+classicHeader || info.CaptureLength > c.limit || info.CaptureLength < 0 {
		return p, fmt.Errorf("packet at byte %d: %w", p.offset, err)
	}
	// The header makes no sense, but says how much to step over.
	if _, err := c.in.Discard(info.CaptureLength); err != nil {
		return p, io.ErrUnexpectedEOF
	}
	p.end = c.place()
	return p, errSkipped{err.Error()}
}
