package web_test

// The pages of protections and feeds are among every page.
func init() {
	everyPage = append(everyPage, "/protections/new", "/protections/automation", "/protections/refusals", "/protections?by=partners", "/protections?state=ended",
		"/protections/recall?value=kill.example", "/protections/confirm?value=kill.example", "/feeds", "/tokens", "/tokens/revoke")
}
