package web

import "strings"

// topics are the areas of entries that a page shows, by its template's name, so
// that it is not fetched anew for what it does not show. A page that is not here
// follows everything. What changes who may see what is told to every page; the
// frame shows how many notices wait.
var topics = map[string][]string{
	"search":   {catalogArea, "protection", "automation", "notice"},
	"object":   {catalogArea, "protection", "automation", "notice"},
	"exercise": {exerciseArea, "notice"},
	"cases":    {"case", "notice"},
}

// maxTopics is how many areas a page may ask for.
const maxTopics = 16

// topicsAsked is the areas that a page says it shows.
func topicsAsked(about string) []string {
	list := strings.Fields(about)
	return list[:min(len(list), maxTopics)]
}
