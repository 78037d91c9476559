package views

import (
	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/response"
)

// called says whether a call for assistance reaches who reads for a partner.
func (v *Views) called(who access.Principal, id response.CallID) bool {
	call, err := v.Response.Call(who, id)
	return err == nil && call.CalledYou
}
