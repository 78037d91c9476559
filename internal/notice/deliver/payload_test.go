package deliver

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/notice"
	"github.com/tocsin-project/tocsin/internal/signature"
)

// However long what a partner may be told is, its bundle can be read, and says what it
// leaves out.
func TestABundleThatWouldBeTooLong(t *testing.T) {
	key, err := signature.Generate()
	if err != nil {
		t.Fatal(err)
	}
	b := Bulletin{Version: BulletinVersion, Partner: "identity--1", Made: time.Unix(1, 0).UTC(), LeftOut: map[string]int{"notices": 7}}
	for i := range maxIn {
		b.Notices = append(b.Notices, notice.Notice{ID: fmt.Sprint(i), Text: strings.Repeat("\x01", 64<<10)}) // six bytes each in JSON
	}
	b.Alerts = []AlertIn{{ID: "alert--1", Title: "Patch"}}
	e, err := Seal(b, key)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Open(text, key.Public())
	if err != nil {
		t.Fatalf("a bundle of %d bytes: %v", len(text), err)
	}
	n := len(got.Notices)
	if n == 0 || n == maxIn || got.LeftOut["notices"] != 7+maxIn-n || got.Notices[0].ID != "0" || len(got.Alerts) != 1 {
		t.Errorf("it holds %d notices and %d alerts, and leaves out %v", n, len(got.Alerts), got.LeftOut)
	}
	if b.LeftOut["notices"] != 7 || len(b.Notices) != maxIn {
		t.Error("the bulletin itself was changed")
	}
}
