package hub

import (
	"fmt"

	"github.com/tocsin-project/tocsin/internal/response"
)

// Response is how the hub keeps the board of what partners undertake. Zero values
// take the defaults.
type Response struct {
	// CallOnAlarm has the hub call for assistance by itself when an outbreak is
	// raised: true.
	CallOnAlarm *bool `toml:"call_on_alarm"`
	// SmallestGroup is of how many organisations a group has to be for its sums to
	// be shown to those who may not see each: 5.
	SmallestGroup int `toml:"smallest_group"`
}

// leastGroup: from the sum of two either could tell the other's part.
const leastGroup = 3

// Validate says what is wrong with the settings; zero values are not.
func (r Response) Validate() error {
	if r.SmallestGroup != 0 && r.SmallestGroup < leastGroup {
		return fmt.Errorf("response: smallest_group %d: use a number of organisations from %d on: a sum of fewer tells one what the other said", r.SmallestGroup, leastGroup)
	}
	return nil
}

func (r Response) config() response.Config {
	return response.Config{CallOnAlarm: r.CallOnAlarm == nil || *r.CallOnAlarm, SmallestGroup: r.SmallestGroup}
}
