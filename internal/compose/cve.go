package compose

import "strings"

// CVE writes the number of a vulnerability as CVE-2017-0144 (section 4.19.1);
// false if the text is none.
func CVE(text string) (string, bool) {
	text = strings.ToUpper(strings.TrimSpace(text))
	rest, ok := strings.CutPrefix(text, "CVE-")
	year, number, found := strings.Cut(rest, "-")
	ok = ok && found && len(year) == 4 && len(number) >= 4 && len(number) <= 19 && strings.Trim(year+number, "0123456789") == ""
	return text, ok
}
