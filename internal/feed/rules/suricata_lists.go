package rules

import (
	"encoding/base64"
	"io"
	"strconv"

	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/observable"
)

// suricataNames writes a dataset of type string: one name a line, in base64
// (Suricata documentation, "Datasets").
func suricataNames(one side) feed.Compiler {
	return func(w io.Writer, s feed.Set) ([]feed.Left, error) {
		out := feed.NewOutput(w)
		line := make([]byte, 0, 512)
		for _, p := range one.of(s) {
			if p.Type == observable.Domain {
				line = base64.StdEncoding.AppendEncode(line[:0], append(line[256:256], p.Text...))
				out.Bytes(line)
				out.WriteByte('\n')
			}
		}
		return out.Done()
	}
}

// suricataHashes writes a list for filemd5, filesha1 or filesha256: one hash a
// line. Suricata has no list of SHA-512.
func suricataHashes(one side, of observable.Type) feed.Compiler {
	return func(w io.Writer, s feed.Set) ([]feed.Left, error) {
		out := feed.NewOutput(w)
		for _, p := range one.of(s) {
			switch {
			case p.Type == of:
				out.Line(p.Text)
			case p.Type == observable.SHA512 && of == observable.SHA256:
				out.Leave(p, "Suricata has no list of SHA-512")
			}
		}
		return out.Done()
	}
}

// SuricataCategories writes the categories of IP reputation: number, short name,
// description. They are always the same.
func SuricataCategories(w io.Writer, _ feed.Set) ([]feed.Left, error) {
	out := feed.NewOutput(w)
	for i, one := range sides {
		out.Line(strconv.Itoa(i+1), ",", one.category(), ",Tocsin: ", one.word)
	}
	return out.Done()
}

// SuricataReputation writes the reputation of addresses and prefixes: "ADDRESS,
// CATEGORY,SCORE", the score being 1 to 127 (Suricata documentation, "IP
// Reputation Format"): the confidence, of which 100 is 127.
func SuricataReputation(w io.Writer, s feed.Set) ([]feed.Left, error) {
	out := feed.NewOutput(w)
	var digits [4]byte
	for i, one := range sides {
		for _, p := range one.of(s) {
			if p.Type != observable.IPv4 && p.Type != observable.IPv6 {
				continue
			}
			out.WriteString(p.Text)
			out.WriteByte(',')
			out.WriteByte('1' + byte(i))
			out.WriteByte(',')
			out.Bytes(strconv.AppendInt(digits[:0], max(1, int64(confidence(p))*127/100), 10))
			out.WriteByte('\n')
		}
	}
	return out.Done()
}
