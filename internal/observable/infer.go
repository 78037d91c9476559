package observable

import (
	"fmt"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// Infer finds the type of a value as it stands in a plain list: a domain, an
// address or a prefix, a URL, a hash, a path from a file system's root, a
// registry key, an e-mail address, a cryptocurrency address, a JA4, a file's
// name if its extension is no top-level domain. Any other has to be written as
// String does it, "mutex=Global\name". The error says what the text comes
// closest to, and what is wrong with it.
func Infer(text string) (Value, error) {
	text = strings.TrimSpace(text)
	if t, rest, ok := typed(text); ok {
		return New(t, rest)
	}
	v, err := New(likelyType(text), text)
	if err == nil {
		err = notInList(v)
	}
	if err != nil && isFileName(text) {
		return New(FileName, text)
	}
	if err != nil {
		return Value{}, fmt.Errorf("%q is no domain, address, prefix, URL, hash, path, e-mail or cryptocurrency address: %w", text, err)
	}
	return v, nil
}

// notInList says why a value that might be right is taken for a mistake where
// nothing says that it is meant.
func notInList(v Value) error {
	name := v.Text
	switch v.Type {
	case Email:
		name = name[strings.LastIndexByte(name, '@')+1:]
	case Domain:
		if lastLabelIsNumber(name) {
			// Only its normal form shows it: full-width digits and dots.
			return fmt.Errorf("no top-level domain is a number")
		}
	default:
		return nil
	}
	if !strings.Contains(name, ".") && !strings.HasPrefix(name, "[") {
		return fmt.Errorf("a name in a list needs a dot")
	}
	if v.Type == Domain && isFileName(name) {
		return fmt.Errorf("its extension is no top-level domain")
	}
	return nil
}

// typed reads "type=value" as String prints it.
func typed(text string) (t Type, rest string, ok bool) {
	before, rest, ok := strings.Cut(text, "=")
	if !ok {
		return "", "", false
	}
	switch t = Type(before); t {
	case Domain, IPv4, IPv6, URL, MD5, SHA1, SHA256, SHA512, FileName, FilePath, Mutex, Service, Registry, JA3, JA3S, JA4, Email, Wallet, Indicator:
		return t, rest, true
	}
	return "", "", false
}

func likelyType(text string) Type {
	switch {
	case text == "":
		return Domain
	case isRooted(text):
		return FilePath
	case isKey(text):
		return Registry
	case strings.Contains(text, "://"):
		return URL
	case strings.Contains(text, "@") && !strings.Contains(text, "/"):
		return Email
	case strings.ContainsAny(text, ":/"):
		return IPv4
	case looksLikeJA4(text):
		return JA4
	case notHex(text) < 0:
		for t, digits := range hashDigits {
			if len(text) == digits {
				return t
			}
		}
	case lastLabelIsNumber(text):
		// No top-level domain is a number (RFC 1123, section 2.1), so this
		// is an address, or is meant to be one.
		return IPv4
	}
	if looksLikeWallet(text) {
		return Wallet
	}
	return Domain
}

// isRooted: a path of POSIX, or one of Windows with its drive or its share.
func isRooted(text string) bool {
	if text[0] == '/' || len(text) >= 3 && text[1] == ':' && (text[2] == '\\' || text[2] == '/') && isScheme(text[:1]) {
		return true
	}
	for _, root := range [...]string{`\\`, `\??\`, `\device\`, `\systemroot\`} {
		if hasPrefixFold(text, root) {
			return true
		}
	}
	return false
}

func isKey(text string) bool {
	_, rest, ok := cutHive(text)
	return ok && rest != ""
}

// looksLikeWallet: no host in a list is written without a dot.
func looksLikeWallet(text string) bool {
	if strings.IndexByte(text, '.') >= 0 || len(text) < 14 {
		return false
	}
	switch {
	case hasPrefixFold(text, "0x"), hasPrefixFold(text, "bc1"), hasPrefixFold(text, "ltc1"):
		return true
	case len(text) == moneroStandard || len(text) == moneroIntegrated:
		return text[0] == '4' || text[0] == '8'
	}
	return len(text) >= 26 && len(text) <= 35 && strings.IndexByte("13LM", text[0]) >= 0
}

// extensions are those of files that reports of intrusions name. An extension
// that is not here stays a top-level domain that nobody has heard of yet: more
// of these come into being than of those.
var extensions = func() map[string]bool {
	set := map[string]bool{}
	for _, e := range strings.Fields(`
		exe dll sys scr ocx cpl msi msp drv efi bat cmd ps1 psm1 psd1 vbs vbe js jse wsf wsh hta lnk inf reg chm url
		dat bin tmp bak ini cfg conf log txt xml json db sqlite raw dmp pdb
		doc docx docm dot dotm xls xlsx xlsm xlsb xll ppt pptx pptm rtf pdf odt csv htm html mht one
		rar 7z gz tgz bz2 xz tar arj ace iso img vhd vhdx cab jar class war apk dex elf ko dylib dmg pkg plist
		php asp aspx jsp jspx cgi jpg jpeg png gif bmp ico svg wav`) {
		set[e] = true
	}
	return set
}()

// isFileName: a name whose extension is known as one, and is no top-level
// domain (the public suffix list's first section).
func isFileName(text string) bool {
	dot := strings.LastIndexByte(text, '.')
	if dot <= 0 {
		return false
	}
	extension := strings.ToLower(text[dot+1:])
	if !extensions[extension] {
		return false
	}
	suffix, icann := publicsuffix.PublicSuffix(extension)
	return !icann || suffix != extension
}

func lastLabelIsNumber(text string) bool {
	text = strings.TrimSuffix(text, ".")
	label := text[strings.LastIndexByte(text, '.')+1:]
	return label != "" && strings.Trim(label, "0123456789") == ""
}

// Uncommented is what a line of a plain list says: without what follows a '#' at
// the line's beginning or after white space, and without white space around it.
// A '#' within a URL begins no comment.
func Uncommented(line string) string {
	for i := range len(line) {
		if line[i] == '#' && (i == 0 || line[i-1] == ' ' || line[i-1] == '\t') {
			line = line[:i]
			break
		}
	}
	return strings.TrimSpace(line)
}
