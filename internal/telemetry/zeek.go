package telemetry

import "io"

// ZeekReader reads Zeek's logs: tab-separated with their header lines, or one
// JSON object a line, whichever the line is. A stream may go over from one log
// to another, as after a rotation: each header holds until the next. A line
// that cannot be read is counted, sampled and skipped.
//
// The logs dns, conn, http, ssl, files, x509 and smb_files are known by their path or
// their fields; of others the conversation is read.
type ZeekReader struct {
	source *LineSource
	scan   scanner
	record record
	header zeekHeader
	event  Event
}

// NewZeek returns a reader of the logs in r. To go on within a tab-separated
// log, Options.Header has to be what Header gave.
func NewZeek(r io.Reader, opts Options) *ZeekReader {
	z := &ZeekReader{source: NewLineSource(r, opts), scan: newScanner(), header: newZeekHeader()}
	for line := range linesOf(opts.Header) {
		if err := z.header.read(line); err != nil {
			z.source.Malformed(err.offset, err.reason)
		}
	}
	return z
}

// Next returns the next record, or io.EOF after the last. Another error is the
// input's own; what was read before it has been returned. The event is
// valid until the next call.
func (z *ZeekReader) Next() (*Event, error) {
	for {
		text, err := z.source.Next()
		if err != nil {
			return nil, err
		}
		log, malformed := z.read(text)
		if malformed != nil {
			z.source.Malformed(malformed.offset, malformed.reason)
			continue
		}
		if log == noLog {
			continue
		}
		if field := z.record.mistyped; field != none {
			z.source.Mistyped(places[field])
		}
		z.source.Stats.Events++
		z.source.Place(&z.event)
		z.record.zeekEvent(log, &z.event, &z.source.Stats)
		return &z.event, nil
	}
}

// noLog is the kind of what is no record.
const noLog = sharedFiles + 1

// read takes a line into the record.
func (z *ZeekReader) read(text []byte) (Kind, *lineError) {
	switch text[0] {
	case '#':
		return noLog, z.header.read(text)
	case '{':
		if err := parseObject(text, inZeek, &z.scan, &z.record); err != nil {
			return noLog, err
		}
		return zeekKind(z.record.textOf(zPath), &z.record.have), nil
	}
	return z.header.kind, z.row(text)
}

// Stats says what has been read so far. Header lines count as lines only.
func (z *ZeekReader) Stats() Stats { return z.source.Stats }

// Header is what says how tab-separated lines from here on are to be read: the
// log's header lines so far, without those that do not matter. It is nil where
// there was none.
func (z *ZeekReader) Header() []byte { return z.header.text() }
