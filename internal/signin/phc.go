package signin

import (
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
)

// hashed is a password's argon2id hash with what it was made from. It is
// written as the PHC string format has it (github.com/P-H-C/phc-string-format):
//
//	$argon2id$v=19$m=65536,t=3,p=4$SALT$HASH
//
// with SALT and HASH in standard base64 without padding.
type hashed struct {
	cost
	salt []byte
	key  []byte
}

// cost is how much work a hash is.
type cost struct {
	memory uint32 // KiB
	time   uint32 // passes
	lanes  uint8
}

// The second recommended option of RFC 9106, section 4: 64 MiB, three passes,
// four lanes, a salt of 128 bits and a tag of 256.
var recommended = cost{memory: 64 << 10, time: 3, lanes: 4}

const (
	saltSize = 16
	keySize  = 32
)

// What a stored hash may ask for at most: a string that somebody else wrote
// must not be able to use up the memory.
const (
	maxMemory = 256 << 10 // KiB
	maxTime   = 16
	maxLanes  = 16
	minSalt   = 8
	minKey    = 16
	maxBytes  = 64 // of salt and key each
	maxPHC    = 256
)

var errPHC = errors.New("not a PHC string of argon2id, version 19")

// parsePHC reads a PHC string of argon2id. It takes the one spelling that
// String writes, so that two strings are equal if and only if they mean the
// same, and refuses parameters out of bounds.
func parsePHC(text string) (hashed, error) {
	fields := strings.Split(text, "$")
	if len(text) > maxPHC || len(fields) != 6 || fields[0] != "" || fields[1] != "argon2id" || fields[2] != "v="+strconv.Itoa(argon2.Version) {
		return hashed{}, errPHC
	}
	var h hashed
	params := strings.Split(fields[3], ",")
	if len(params) != 3 {
		return hashed{}, fmt.Errorf("%w: parameters %q, want m, t and p", errPHC, fields[3])
	}
	var numbers [3]uint32
	for i, bound := range []struct {
		name     string
		min, max uint64
	}{{"m=", 8, maxMemory}, {"t=", 1, maxTime}, {"p=", 1, maxLanes}} {
		digits, named := strings.CutPrefix(params[i], bound.name)
		n, err := strconv.ParseUint(digits, 10, 32)
		if !named || err != nil || n < bound.min || n > bound.max || strconv.FormatUint(n, 10) != digits {
			return hashed{}, fmt.Errorf("%w: parameter %q, want %s%d to %d", errPHC, params[i], bound.name, bound.min, bound.max)
		}
		numbers[i] = uint32(n)
	}
	h.memory, h.time, h.lanes = numbers[0], numbers[1], uint8(numbers[2])
	if h.memory < 8*uint32(h.lanes) {
		return hashed{}, fmt.Errorf("%w: %d KiB for %d lanes: a lane needs 8", errPHC, h.memory, h.lanes)
	}
	var err error
	if h.salt, err = unbase64("salt", fields[4], minSalt); err != nil {
		return hashed{}, err
	}
	if h.key, err = unbase64("hash", fields[5], minKey); err != nil {
		return hashed{}, err
	}
	return h, nil
}

// unbase64 reads the canonical spelling of between least and maxBytes bytes.
func unbase64(what, text string, least int) ([]byte, error) {
	b, err := base64.RawStdEncoding.Strict().DecodeString(text)
	if err != nil || strings.ContainsAny(text, "\r\n") { // which the decoder skips
		return nil, fmt.Errorf("%w: the %s is not base64", errPHC, what)
	}
	if len(b) < least || len(b) > maxBytes {
		return nil, fmt.Errorf("%w: the %s has %d bytes, want %d to %d", errPHC, what, len(b), least, maxBytes)
	}
	return b, nil
}

// String is the PHC string.
func (h hashed) String() string {
	encode := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.memory, h.time, h.lanes, encode(h.salt), encode(h.key))
}

// derive is the argon2id tag of the password with h's salt and parameters.
func (h hashed) derive(password string) []byte {
	return argon2.IDKey([]byte(password), h.salt, h.time, h.memory, h.lanes, uint32(len(h.key)))
}

// matches compares in constant time.
func (h hashed) matches(password string) bool {
	return subtle.ConstantTimeCompare(h.derive(password), h.key) == 1
}
