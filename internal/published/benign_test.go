package published

import (
	"os"
	"testing"
)

// TestBenign plays a day of fifty partners; with TOCSIN_SOAK_BENIGN set, the whole month
// of a thousand.
func TestBenign(t *testing.T) {
	size := Traffic{Partners: 50, Days: 1, Seed: 1}
	if os.Getenv("TOCSIN_SOAK_BENIGN") != "" {
		size.Partners, size.Days = Full.Partners, 30
	}
	q, err := Benign(t.Context(), size)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d partners, %d days, %d contacts, %d reports: %v", q.Partners, q.Days, q.Contacts, q.Reports, q)
	if q.Reports < size.Partners || q.Contacts < 500*size.Partners*size.Days {
		t.Errorf("only %d contacts and %d reports: this is no traffic", q.Contacts, q.Reports)
	}
	if len(q.Alarms) > falseAlarmGoal {
		t.Errorf("%v: at most %d", q, falseAlarmGoal)
	}
}
