package soc

import (
	"net/netip"
	"strconv"
	"time"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// appendCEF appends a record in ArcSight's Common Event Format, version 0
// (Implementing ArcSight CEF, revision 25). The keys are of its dictionary.
func appendCEF(dst []byte, a Alert, from origin, most int) []byte {
	_, severity := a.severity()
	dst = append(dst, "CEF:0"...)
	for _, field := range []string{"Tocsin", "edge", from.version, "hit." + string(a.polarity()), string(a.polarity()) + ": " + string(a.Type), strconv.Itoa(severity)} {
		dst = appendCEFHeader(append(dst, '|'), clean(field, min(most, 512)))
	}
	dst = append(dst, '|')
	mark := len(dst)
	add := func(key, text string) {
		if text == "" {
			return
		}
		limit := most
		if key == "msg" {
			limit = adviceBytes
		}
		if len(dst) > mark {
			dst = append(dst, ' ')
		}
		dst = append(append(dst, key...), '=')
		dst = appendCEFValue(dst, clean(text, limit))
	}
	add("msg", a.Advice())
	add("act", string(a.polarity()))
	add("cat", a.Kind.String())
	add("rt", milliseconds(a.Time))
	add("start", milliseconds(a.first()))
	add("end", milliseconds(a.Time))
	add("cnt", strconv.FormatUint(a.count(), 10))
	if key := cefKey(a.Type); key != "" {
		add(key, a.Text)
	}
	add("externalId", a.Indicator.ID)
	add("reason", a.Indicator.Reason)
	for i, label := range []pair{{"value", a.Text}, {"type", string(a.Type)}, {"field", a.Field}, {"indicatorName", a.Indicator.Name}, {"log", a.Log}} {
		if label.text != "" {
			key := "cs" + strconv.Itoa(i+1)
			add(key, label.text)
			add(key+"Label", label.name)
		}
	}
	if a.Line > 0 {
		add("cn1", strconv.Itoa(a.Line))
		add("cn1Label", "line")
		add("cn2", strconv.FormatInt(a.Offset, 10))
		add("cn2Label", "offset")
	}
	if a.Window > 0 {
		add("cn3", strconv.FormatInt(int64(a.Window/time.Second), 10))
		add("cn3Label", "windowSeconds")
	}
	for _, end := range []struct {
		a           netip.Addr
		v4, v6, how string
	}{{a.Source, "src", "c6a2", "Source IPv6 Address"}, {a.Target, "dst", "c6a3", "Destination IPv6 Address"}} {
		switch addr := end.a; {
		case addr.Is4():
			add(end.v4, addr.String())
		case addr.Is6():
			add(end.v6, addr.String())
			add(end.v6+"Label", end.how)
		}
	}
	return dst
}

func milliseconds(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return strconv.FormatInt(t.UnixMilli(), 10)
}

// cefKey is where the dictionary has a place for the value itself; it stands in
// cs1 in any case.
func cefKey(t observable.Type) string {
	switch t {
	case observable.Domain:
		return "destinationDnsDomain"
	case observable.URL:
		return "request"
	case observable.MD5, observable.SHA1, observable.SHA256, observable.SHA512:
		return "fileHash"
	case observable.FileName:
		return "fname"
	case observable.FilePath:
		return "filePath"
	}
	return ""
}

// appendCEFHeader escapes a field of the header: backslash and pipe. It has no
// line ends any more.
func appendCEFHeader(dst []byte, text string) []byte { return appendEscaped(dst, text, '|') }

// appendCEFValue escapes a value of the extension: backslash and equals sign.
// The pipe stays as it is.
func appendCEFValue(dst []byte, text string) []byte { return appendEscaped(dst, text, '=') }

func appendEscaped(dst []byte, text string, special byte) []byte {
	for i := range len(text) {
		if c := text[i]; c == '\\' || c == special {
			dst = append(dst, '\\')
		}
		dst = append(dst, text[i])
	}
	return dst
}
