package hub_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/hub"
	"github.com/tocsin-project/tocsin/internal/response"
)

// A hub calls for assistance when an alarm is raised, once, unless it is told not to.
func TestAnAlarmCallsForAssistance(t *testing.T) {
	for name, c := range map[string]struct {
		setting *bool
		want    int
	}{"by default": {nil, 1}, "turned off": {new(bool), 0}} {
		t.Run(name, func(t *testing.T) {
			h := startHub(t, t.TempDir(), func(cfg *hub.Config) { cfg.Response.CallOnAlarm = c.setting })
			_, token := h.partner("Analysts", "technology", "GB", "contributor")
			h.post("/api/v1/outbreaks", adminToken, map[string]any{"port": 445, "reason": "by telephone"}, http.StatusCreated)
			var list struct {
				Calls []response.Call `json:"calls"`
			}
			if _, err := h.Views.WaitSettled(t.Context()); err != nil { // the deciders have nothing more to say
				t.Fatal(err)
			}
			h.get("/api/v1/calls", token, &list)
			if len(list.Calls) != c.want || c.want > 0 && (!list.Calls[0].Automatic || !list.Calls[0].CalledYou) {
				t.Errorf("calls: %+v", list.Calls)
			}
		})
	}
}

func TestTheResponsesKeys(t *testing.T) {
	read := func(lines string) (hub.Config, error) {
		path := filepath.Join(t.TempDir(), "tocsin.toml")
		if err := os.WriteFile(path, []byte("[response]\n"+lines), 0o600); err != nil {
			t.Fatal(err)
		}
		cfg, err := hub.ReadConfig(path)
		if err == nil {
			err = cfg.Validate()
		}
		return cfg, err
	}
	cfg, err := read("call_on_alarm = false\nsmallest_group = 7\n")
	if err != nil || cfg.Response.CallOnAlarm == nil || *cfg.Response.CallOnAlarm || cfg.Response.SmallestGroup != 7 {
		t.Errorf("%+v %v", cfg.Response, err)
	}
	for lines, part := range map[string]string{"smallest_group = 2": "smallest_group 2", "smallest_group = -1": "smallest_group -1", "grace = 1": "grace"} {
		if _, err := read(lines); err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%s: %v", lines, err)
		}
	}
}
