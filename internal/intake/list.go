package intake

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/stix"
)

// LabelSubdomains marks an indicator that came from a plain list and names a
// domain: it stands for the subdomains as well, which the = of its pattern does not.
const LabelSubdomains = "includes-subdomains"

// indicatorNamespace is that of the UUIDs of indicators made from list values.
var indicatorNamespace = uuid.MustParse("0b7e5d3a-2f0c-4a1e-8f53-6a1f4f0f9d21")

const (
	maxLine   = 8 << 10 // bytes of one line
	maxValues = 500_000 // in one list: each becomes some 500 bytes of STIX
)

// ListIndicatorID is the id of the indicator that a partner's list makes of a
// value: the same whenever the partner lists it.
func ListIndicatorID(p access.PartnerID, v observable.Value) string {
	return "indicator--" + uuid.NewSHA1(indicatorNamespace, []byte(string(p)+"\n"+v.String())).String()
}

// list reads one value a line. What follows a '#' at the beginning of a line
// or after white space is a comment.
func (in *intake) list(text *bufio.Reader) error {
	now := time.Now().UTC().Truncate(time.Millisecond)
	seen := map[observable.Value]bool{}
	for n := 1; ; n++ {
		line, err := readLine(text)
		if errors.Is(err, io.EOF) && line == "" {
			return nil
		}
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, errLongLine) {
			return err
		}
		if n%1024 == 0 && in.ctx.Err() != nil {
			return in.ctx.Err()
		}
		if errors.Is(err, errLongLine) {
			err = in.rejectLine(n, "line-length", fmt.Errorf("the line is longer than %d bytes; a list has one value a line", maxLine))
		} else {
			err = in.value(n, strings.TrimSpace(withoutComment(line)), now, seen)
		}
		if err != nil {
			return err
		}
	}
}

// value takes or rejects what one line says.
func (in *intake) value(line int, text string, now time.Time, seen map[observable.Value]bool) error {
	if text == "" {
		return nil
	}
	if !utf8.ValidString(text) {
		return in.rejectLine(line, "utf8", errors.New("the line is not UTF-8; convert the list first"))
	}
	v, err := observable.Infer(text)
	if err != nil {
		return in.rejectLine(line, "value", err)
	}
	if err := reserved(v); err != nil {
		return in.rejectLine(line, "reserved", err)
	}
	if seen[v] {
		in.repeated++
		return nil
	}
	if len(seen) == maxValues {
		return &stix.Error{Line: line, Column: 1, Rule: stix.RuleSize, Message: fmt.Sprintf("the list has more than %d values; split it", maxValues)}
	}
	seen[v] = true
	raw, err := indicator(in.s.Partner, v, now)
	if err != nil {
		return in.rejectLine(line, "value", err)
	}
	in.accepted++
	// The time of reading is no part of what makes a list the same list.
	in.parts.add(in.s.Audience, raw, []byte(v.String()))
	return nil
}

// indicator writes the indicator that a partner's list makes of a value.
func indicator(p access.PartnerID, v observable.Value, at time.Time) ([]byte, error) {
	i := stix.Indicator{
		ID: ListIndicatorID(p, v), Created: at, Name: v.Text, Pattern: v.Pattern(),
		Types: []string{"malicious-activity"},
	}
	if stix.TypeOfID(string(p)) == "identity" {
		i.CreatedBy = string(p)
	}
	if v.Type == observable.Domain {
		i.Labels = []string{LabelSubdomains}
	}
	return stix.NewIndicator(i)
}

func (in *intake) rejectLine(line int, rule string, why error) error {
	return in.reject(Rejection{Line: line, Rule: rule, Reason: fmt.Sprintf("line %d: %v", line, why)})
}

// withoutComment cuts a line before its comment. A '#' inside a URL is none.
func withoutComment(line string) string {
	for i := range len(line) {
		if line[i] == '#' && (i == 0 || line[i-1] == ' ' || line[i-1] == '\t') {
			return line[:i]
		}
	}
	return line
}

var errLongLine = errors.New("the line is too long")

// readLine reads to the end of a line and never holds more than maxLine of it.
func readLine(text *bufio.Reader) (string, error) {
	var line []byte
	long := false
	for {
		piece, err := text.ReadSlice('\n')
		if long = long || len(line)+len(piece) > maxLine; !long {
			line = append(line, piece...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
		case err != nil && !errors.Is(err, io.EOF):
			return "", err
		case long:
			return "", errLongLine
		default:
			return string(line), err
		}
	}
}
