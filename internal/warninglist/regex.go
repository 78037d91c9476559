package warninglist

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/tocsin-project/tocsin/internal/observable"
)

const (
	maxRegexes = 500 // of all lists: each is tried on every value of its types
	maxRegex   = 500 // bytes
)

// regex is an expression of a list, asked about values of the list's types.
type regex struct {
	*regexp.Regexp
	list uint16
}

// attributes are the types of MISP attributes that a protection's value can have
// (the MISP core format's describeTypes; from memory), each with ours.
var attributes = map[string][]observable.Type{
	"domain": {observable.Domain}, "hostname": {observable.Domain}, "domain|ip": {observable.Domain, observable.IPv4, observable.IPv6},
	"ip-src": {observable.IPv4, observable.IPv6}, "ip-dst": {observable.IPv4, observable.IPv6},
	"ip-src|port": {observable.IPv4, observable.IPv6}, "ip-dst|port": {observable.IPv4, observable.IPv6},
	"url": {observable.URL}, "uri": {observable.URL}, "link": {observable.URL},
	"md5": {observable.MD5}, "sha1": {observable.SHA1}, "sha256": {observable.SHA256}, "sha512": {observable.SHA512},
	"filename": {observable.FileName}, "mutex": {observable.Mutex}, "btc": {observable.Wallet},
	"email": {observable.Email}, "email-src": {observable.Email}, "email-dst": {observable.Email}, "target-email": {observable.Email},
}

// neutral are values of which no list of known good can speak. An expression
// that matches all of a type matches everything of it.
var neutral = map[observable.Type][]string{
	observable.Domain: {"qzj4w8.example", "x9.k2v7.invalid"},
	observable.IPv4:   {"192.0.2.77", "203.0.113.201"}, observable.IPv6: {"2001:db8:7::c1", "2001:db8:f00d:1::9"},
	observable.URL: {"http://qzj4w8.example/a", "https://x9.k2v7.invalid/?b=1"},
	observable.MD5: {strings.Repeat("0b", 16), strings.Repeat("e7", 16)}, observable.SHA1: {strings.Repeat("0b", 20), strings.Repeat("e7", 20)},
	observable.SHA256: {strings.Repeat("0b", 32), strings.Repeat("e7", 32)}, observable.SHA512: {strings.Repeat("0b", 64), strings.Repeat("e7", 64)},
	observable.FileName: {"qzj4w8.exe", "x9"}, observable.Mutex: {`Global\qzj4w8`, "x9"},
	observable.Wallet: {"1qzj4w8", "bc1x9"}, observable.Email: {"qzj4w8@k2v7.example", "x9@invalid.test"},
}

// addRegex takes in an expression, written as PHP does (/expression/flags) or
// bare. Only RE2 is understood: it takes time with the text, never more.
func (l *Lists) addRegex(entry string, types []observable.Type, list uint16) error {
	if len(entry) > maxRegex {
		return fmt.Errorf("the expression has %d bytes, of %d that one may have", len(entry), maxRegex)
	}
	count := 0
	for _, list := range l.regexes {
		count += len(list)
	}
	if count+len(types) > maxRegexes {
		return fmt.Errorf("the lists have more than %d expressions", maxRegexes)
	}
	re, err := regexp.Compile(bare(entry))
	if err != nil {
		return fmt.Errorf("the expression cannot be read as RE2: %w", err)
	}
	if re.MatchString("") {
		return errors.New("the expression matches everything")
	}
	for _, t := range types {
		if matchesAll(re, neutral[t]) {
			return fmt.Errorf("the expression matches every %s", t)
		}
	}
	for _, t := range types {
		if l.regexes == nil {
			l.regexes = map[observable.Type][]regex{}
		}
		l.regexes[t] = append(l.regexes[t], regex{re, list})
	}
	return nil
}

func matchesAll(re *regexp.Regexp, texts []string) bool {
	for _, text := range texts {
		if !re.MatchString(text) {
			return false
		}
	}
	return true
}

// bare takes the delimiters off; of the flags those that RE2 has stay.
func bare(entry string) string {
	last := strings.LastIndexByte(entry, '/')
	if len(entry) < 2 || entry[0] != '/' || last == 0 {
		return entry
	}
	flags := strings.Map(func(r rune) rune {
		if strings.ContainsRune("ims", r) {
			return r
		}
		return -1
	}, entry[last+1:])
	if flags == "" {
		return entry[1:last]
	}
	return "(?" + flags + ")" + entry[1:last]
}

// typesOf are ours of MISP's attributes, each once.
func typesOf(matching []string) (types []observable.Type) {
	seen := map[observable.Type]bool{}
	for _, attribute := range matching {
		for _, t := range attributes[attribute] {
			if !seen[t] {
				seen[t] = true
				types = append(types, t)
			}
		}
	}
	return types
}
