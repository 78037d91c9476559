package web_test

// The pages of protections that are asked for something are among every page.
func init() {
	everyPage = append(everyPage, "/protections?by=partners", "/protections?state=ended",
		"/protections/recall?value=kill.example", "/protections/confirm?value=kill.example")
}
