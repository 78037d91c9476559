package capture

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// blocks is a pcapng file (draft-ietf-opsawg-pcapng).
type blocks struct {
	cut  *cutter
	file *pcapgo.NgReader
}

func openBlocks(in *bufio.Reader, limit int) (*blocks, error) {
	b := &blocks{cut: &cutter{in: in, limit: limit + blockRoom}}
	var err error
	// The link type is each interface's own. A section of a later version is
	// stepped over, as the format wants it.
	b.file, err = pcapgo.NewNgReader(b.cut, pcapgo.NgReaderOptions{WantMixedLinkType: true, SkipUnknownVersion: true})
	if err != nil {
		return nil, fmt.Errorf("header of the pcapng file: %w", err)
	}
	return b, nil
}

func (b *blocks) next() (packet, error) {
	data, info, err := b.file.ZeroCopyReadPacketData()
	p := packet{data: data, time: info.Timestamp, offset: b.cut.start, end: b.cut.start + b.cut.size}
	if err != nil {
		// Of a head that is cut off pcapgo says that the file ends.
		rest := b.cut.in.Buffered()
		if errors.Is(err, io.EOF) && rest == 0 {
			return p, io.EOF
		}
		if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
			p.end += int64(rest)
			return p, io.ErrUnexpectedEOF
		}
		return p, fmt.Errorf("block at byte %d: %w", b.cut.start, err)
	}
	if len(info.AncillaryData) > 0 {
		p.link, _ = info.AncillaryData[0].(layers.LinkType)
	}
	return p, nil
}

// blockRoom is what a block may have beside the packet: header and options.
const blockRoom = 1 << 20

// cutter hands a pcapng file on and never more than one block at a time. Thus
// whoever reads it has just asked for the block that begins at start, and where
// a packet stands in the file is known although pcapgo does not tell.
type cutter struct {
	in          *bufio.Reader
	limit       int
	bigEndian   bool
	start, size int64 // of the block that is being read
	left        int64 // of its bytes
}

const (
	blockHead = 12 // type, length, and a section header's byte order
	orderMark = 0x1a2b3c4d
)

func (c *cutter) Read(p []byte) (int, error) {
	if c.left == 0 {
		if err := c.block(); err != nil {
			return 0, err
		}
	}
	n, err := c.in.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	return n, err
}

// block looks at the next block's head.
func (c *cutter) block() error {
	c.start += c.size
	c.size = 0
	head, err := c.in.Peek(blockHead)
	if err != nil {
		if errors.Is(err, io.EOF) && len(head) > 0 {
			return io.ErrUnexpectedEOF
		}
		return err
	}
	if binary.BigEndian.Uint32(head) == magicNG {
		c.bigEndian = binary.BigEndian.Uint32(head[8:]) == orderMark
	}
	size := binary.LittleEndian.Uint32(head[4:])
	if c.bigEndian {
		size = binary.BigEndian.Uint32(head[4:])
	}
	if size < blockHead || size%4 != 0 || int64(size) > int64(c.limit) {
		return fmt.Errorf("a block of %d bytes: want a multiple of 4 from %d to %d", size, blockHead, c.limit)
	}
	if err := c.checkPacket(size); err != nil {
		return err
	}
	c.size, c.left = int64(size), int64(size)
	return nil
}

// checkPacket looks at what an enhanced or an old packet block claims to hold:
// pcapgo would read on beyond the block's end.
func (c *cutter) checkPacket(size uint32) error {
	const head, around = 24, 32
	b, _ := c.in.Peek(head)
	if len(b) < head {
		return nil // reading on will say why
	}
	order := binary.ByteOrder(binary.LittleEndian)
	if c.bigEndian {
		order = binary.BigEndian
	}
	if kind := order.Uint32(b); kind != 6 && kind != 2 {
		return nil
	}
	if captured := order.Uint32(b[20:]); size < around || captured > size-around {
		return fmt.Errorf("a packet of %d bytes in a block of %d", captured, size)
	}
	return nil
}
