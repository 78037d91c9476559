package signin

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/tocsin-project/tocsin/internal/access"
)

// What a password has to be, after NIST SP 800-63B-4, section 3.1.1.2: long,
// not among those that are guessed first, and nothing else. No rule about
// digits or capitals, no end date.
const (
	MinPassword = 12   // characters
	maxPassword = 1024 // bytes
	minOwn      = 8    // characters beside the names that anybody would guess
	minDistinct = 5    // different characters
)

// common are long passwords that are guessed early; short ones fail for their
// length. Rows of the keyboard and of the alphabet are found without a list.
var common = []string{"password", "passwort", "passphrase", "letmein", "welcome", "administrator", "changeme", "iloveyou", "trustno1", "correcthorsebatterystaple", "tocsin"}

// rows are what fingers do by themselves.
var rows = []string{"01234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "qwertzuiop", "azertyuiop", "asdfghjkl", "zxcvbnm", "yxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn", "q1w2e3r4t5y6u7i8o9p0"}

// normal is a password as it is hashed: people type the same letters in more
// than one encoding.
func normal(password string) string { return norm.NFC.String(password) }

// checkPassword says what is wrong with a new password of somebody whose name,
// e-mail address and partner are given.
func checkPassword(password string, personal ...string) error {
	password = normal(password)
	switch n := utf8.RuneCountInString(password); {
	case !utf8.ValidString(password):
		return fmt.Errorf("%w: the password is not UTF-8", access.ErrInvalid)
	case n < MinPassword:
		return fmt.Errorf("%w: the password has %d characters: use at least %d, such as four words that do not belong together", access.ErrInvalid, n, MinPassword)
	case len(password) > maxPassword:
		return fmt.Errorf("%w: the password has %d bytes: use at most %d", access.ErrInvalid, len(password), maxPassword)
	}
	folded := strings.ToLower(password)
	if runes := []rune(folded); len(slices.Compact(slices.Sorted(slices.Values(runes)))) < minDistinct {
		return fmt.Errorf("%w: the password repeats few characters: use another that is harder to guess", access.ErrInvalid)
	}
	rest := folded
	for _, word := range guessable(personal) {
		rest = strings.ReplaceAll(rest, word, "")
	}
	if utf8.RuneCountInString(rest) < minOwn {
		return fmt.Errorf("%w: the password is mostly a name, an address, a row of keys or another word that is guessed first: use another", access.ErrInvalid)
	}
	return nil
}

// guessable are words that are guessed first, the longest first: of the person,
// of everybody, and runs along the rows.
func guessable(personal []string) []string {
	words := slices.Clone(common)
	for _, text := range personal {
		text = strings.ToLower(normal(text))
		words = append(words, text)
		words = append(words, strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })...)
	}
	for _, row := range rows {
		backwards := []rune(row)
		slices.Reverse(backwards)
		for _, one := range []string{row, string(backwards)} {
			for length := len(one); length >= 4; length-- {
				for from := 0; from+length <= len(one); from++ {
					words = append(words, one[from:from+length])
				}
			}
		}
	}
	words = slices.DeleteFunc(words, func(w string) bool { return utf8.RuneCountInString(w) < 4 })
	slices.SortFunc(words, func(a, b string) int { return len(b) - len(a) })
	return words
}
