package stix

// tlpMarkings are the marking definitions of the Traffic Light Protocol: those
// of version 1 in the specification (section 7.2.1.4), and those of version 2
// by their OASIS extension.
var tlpMarkings = map[string]string{
	"marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9": "clear", // TLP 1: WHITE
	"marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da": "green",
	"marking-definition--f88d31f6-486f-44da-b317-01333bde0b82": "amber",
	"marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed": "red",

	"marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487": "clear",
	"marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb": "green",
	"marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421": "amber",
	"marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003": "amber+strict",
	"marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1": "red",
}

// tlp2Extension is the id of that extension.
const tlp2Extension = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"

// tlp1 are the four markings of version 1, as section 7.2.1.4 writes them.
var tlp1 = []struct{ word, name, id string }{
	{"white", "WHITE", "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9"},
	{"green", "GREEN", "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"},
	{"amber", "AMBER", "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82"},
	{"red", "RED", "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed"},
}

// TLPOf is the level that a marking definition's id stands for: "clear",
// "green", "amber", "amber+strict" or "red", whether of TLP 1 or 2; ok is
// false if it is no TLP marking.
func TLPOf(markingRef string) (name string, ok bool) {
	name, ok = tlpMarkings[markingRef]
	return name, ok
}

// TLPMarking is the id of the TLP 2 marking definition of a level, "" if there
// is no such level.
func TLPMarking(name string) string {
	switch name {
	case "clear":
		return "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487"
	case "green":
		return "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"
	case "amber":
		return "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"
	case "amber+strict":
		return "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003"
	case "red":
		return "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"
	}
	return ""
}
