package dnstap

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	golang "github.com/dnstap/golang-dnstap"
	framestream "github.com/farsightsec/golang-framestream"
)

// frame is one frame of data, or what was wrong with one.
type frame struct {
	data        []byte // valid until the stream's next
	offset, end int64  // of its length, and of the byte after it
	tooLong     int    // bytes, if it was over the limit and was skipped
	broken      bool   // the stream ended within it
}

// stream cuts an input into frames. The library's control frames are used, its
// Reader is not: it says neither where a frame stood nor how much of the stream
// one took that was too long, and allocates for each.
type stream struct {
	in       *bufio.Reader
	answer   io.Writer // nil if the input cannot be written to
	max      int
	started  bool
	twoWay   bool
	err      error  // what ended the stream
	read     int64  // bytes taken from in
	peeked   int    // bytes of the last frame that are still in the buffer
	longRoom []byte // of frames that do not fit into the buffer
}

const streamBuffer = 64 << 10

func newStream(r io.Reader, limit int) *stream {
	w, _ := r.(io.Writer)
	return &stream{in: bufio.NewReaderSize(r, streamBuffer), answer: w, max: limit}
}

// begin reads the handshake, unless that is done.
func (s *stream) begin() error {
	if !s.started && s.err == nil {
		s.err = s.handshake()
		s.started = true
	}
	return s.err
}

// next returns the next frame of data, or io.EOF after STOP or at the input's
// end. A stream that ends within a frame gives that frame as broken first.
// After an error it returns the same again.
func (s *stream) next() (frame, error) {
	if err := s.begin(); err != nil {
		return frame{}, err
	}
	s.err = s.release()
	for s.err == nil {
		f := frame{offset: s.read}
		var size int
		switch size, s.err = s.length(); {
		case s.err != nil:
		case size > 0:
			if f, s.err = s.data(f, size); s.err == nil {
				return f, nil
			}
		default:
			s.err = s.control()
		}
		if errors.Is(s.err, io.ErrUnexpectedEOF) {
			s.err = io.EOF
			return frame{offset: f.offset, end: s.read, broken: true}, nil
		}
	}
	return frame{}, s.err
}

// release gives back the frame that was handed out last.
func (s *stream) release() error {
	n, err := s.in.Discard(s.peeked)
	s.peeked = 0
	s.read += int64(n)
	return err
}

// length reads a frame's length: io.EOF if the input ended before it.
func (s *stream) length() (int, error) {
	b, err := s.in.Peek(4)
	if err != nil {
		if errors.Is(err, io.EOF) && len(b) > 0 {
			err = io.ErrUnexpectedEOF
		}
		return 0, err
	}
	size := binary.BigEndian.Uint32(b)
	n, err := s.in.Discard(4)
	s.read += int64(n)
	return int(size), err
}

func (s *stream) data(f frame, size int) (frame, error) {
	f.end = s.read + int64(size)
	if size > s.max {
		f.tooLong = size
		n, err := io.CopyN(io.Discard, s.in, int64(size))
		s.read += n
		return f, unexpected(err)
	}
	if size <= s.in.Size() {
		b, err := s.in.Peek(size)
		if err != nil {
			return f, unexpected(err)
		}
		f.data, s.peeked = b, size
		return f, nil
	}
	s.longRoom = slices.Grow(s.longRoom[:0], size)[:size]
	n, err := io.ReadFull(s.in, s.longRoom)
	s.read += int64(n)
	f.data = s.longRoom
	return f, unexpected(err)
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// handshake reads the control frames before the first data.
func (s *stream) handshake() error {
	c, err := s.first()
	if err != nil {
		return err
	}
	if c.ControlType == framestream.CONTROL_READY {
		if s.answer == nil {
			return errors.New("byte 0: the writer asks for an answer, and this input cannot be written to: write dnstap to a file, or to the socket")
		}
		if err := checkType(c); err != nil {
			return err
		}
		accept := framestream.ControlAccept
		accept.SetContentType(golang.FSContentType)
		if err := s.send(&accept); err != nil {
			return err
		}
		s.twoWay = true
		if c, err = s.first(); err != nil {
			return err
		}
	}
	if c.ControlType != framestream.CONTROL_START {
		return fmt.Errorf("byte %d: control frame of type %d, want START", s.read, c.ControlType)
	}
	return checkType(c)
}

// first reads a control frame that has to stand here.
func (s *stream) first() (*framestream.ControlFrame, error) {
	at := s.read
	size, err := s.length()
	if err == nil && size != 0 {
		return nil, fmt.Errorf("byte %d: no Frame Stream: it begins with a control frame, that is with four zero bytes", at)
	}
	var c *framestream.ControlFrame
	if err == nil {
		c, err = s.readControl()
	}
	if errors.Is(err, io.EOF) && at == 0 {
		return nil, io.EOF // an empty input
	}
	if err = unexpected(err); err != nil {
		return nil, fmt.Errorf("byte %d: handshake of the Frame Stream: %w", at, err)
	}
	return c, nil
}

func checkType(c *framestream.ControlFrame) error {
	if !c.MatchContentType(golang.FSContentType) {
		return fmt.Errorf("the stream holds %q, want %q", bytes.Join(c.ContentTypes, []byte(", ")), golang.FSContentType)
	}
	return nil
}

// control reads a control frame between data: io.EOF if it was STOP.
func (s *stream) control() error {
	c, err := s.readControl()
	if err != nil || c.ControlType != framestream.CONTROL_STOP {
		return err
	}
	if s.twoWay {
		// Whoever stops may be gone already; all that it sent has been read.
		_ = s.send(&framestream.ControlFrame{ControlType: framestream.CONTROL_FINISH})
	}
	return io.EOF
}

// readControl reads a control frame after its four zero bytes.
func (s *stream) readControl() (*framestream.ControlFrame, error) {
	at := s.read
	size, err := s.length()
	if err != nil {
		return nil, unexpected(err)
	}
	if size < 4 || size > framestream.CONTROL_FRAME_LENGTH_MAX {
		return nil, fmt.Errorf("byte %d: control frame of %d bytes, want 4 to %d", at, size, framestream.CONTROL_FRAME_LENGTH_MAX)
	}
	b := binary.BigEndian.AppendUint32(nil, uint32(size))
	b = append(b, make([]byte, size)...)
	n, err := io.ReadFull(s.in, b[4:])
	s.read += int64(n)
	if err != nil {
		return nil, unexpected(err)
	}
	var c framestream.ControlFrame
	if err := c.Decode(bytes.NewReader(b)); err != nil {
		return nil, fmt.Errorf("byte %d: control frame: %w", at, err)
	}
	return &c, nil
}

func (s *stream) send(c *framestream.ControlFrame) error {
	var b bytes.Buffer
	if err := c.Encode(&b); err != nil {
		return fmt.Errorf("write control frame: %w", err)
	}
	if _, err := s.answer.Write(b.Bytes()); err != nil {
		return fmt.Errorf("answer the writer: %w", err)
	}
	return nil
}
