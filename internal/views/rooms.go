package views

import (
	"github.com/tocsin-project/tocsin/internal/duty"
	"github.com/tocsin-project/tocsin/internal/exposure"
	"github.com/tocsin-project/tocsin/internal/impact"
	"github.com/tocsin-project/tocsin/internal/notice"
	"github.com/tocsin-project/tocsin/internal/response"
)

// Rooms are the configurations of the rooms that a report of the past folds anew:
// it has to fold them as the hub does.
type Rooms struct {
	Response response.Config
	Exposure exposure.Config
	Impact   impact.Config
	Duty     duty.Config
	Notice   notice.Config
}
