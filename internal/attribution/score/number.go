package score

import (
	"fmt"
	"math"
	"strconv"
)

// Number is written as a string with six decimals, never "-0.000000": numbers
// as text are the same for every reader.
type Number float64

const decimals = 6

// MarshalText writes the number; infinities and NaN are errors.
func (n Number) MarshalText() ([]byte, error) {
	if math.IsInf(float64(n), 0) || math.IsNaN(float64(n)) {
		return nil, fmt.Errorf("write score: %v is not a number", float64(n))
	}
	text := strconv.AppendFloat(nil, float64(n), 'f', decimals, 64)
	if string(text) == "-0.000000" {
		text = text[1:]
	}
	return text, nil
}

// UnmarshalText reads what MarshalText writes and nothing else.
func (n *Number) UnmarshalText(text []byte) error {
	x, err := strconv.ParseFloat(string(text), 64)
	if err == nil {
		var again []byte
		if again, err = Number(x).MarshalText(); err == nil && string(again) != string(text) {
			err = fmt.Errorf("it would be written %s", again)
		}
	}
	if err != nil {
		return fmt.Errorf("read score %.40q: it is not a number with six decimals: %w", text, err)
	}
	*n = Number(x)
	return nil
}

// precision is what sums of weights are rounded to, as 1/precision, before they
// are compared, so that equal ones compare equal however they came about.
const precision = 1e9

func rounded(x float64) float64 { return math.Round(x*precision) / precision }
