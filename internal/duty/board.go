package duty

import (
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
)

// Fact names something that the board knows and a form may ask for.
type Fact string

// The facts.
const (
	FactReporter   Fact = "reporter"   // who reports: name, sector, country
	FactAware      Fact = "aware"      // when the partner became aware, as it says
	FactIncident   Fact = "incident"   // the outbreak: what rang, when it was first and last seen
	FactSeverity   Fact = "severity"   // how bad the hub takes it to be, how fast it grows
	FactMalicious  Fact = "malicious"  // whether unlawful or malicious acts are suspected
	FactBorders    Fact = "borders"    // the countries in which it was seen, and its own impact by country
	FactImpact     Fact = "impact"     // the partner's own, as it reported it
	FactIndicators Fact = "indicators" // what is in force, as far as the partner is released it
	FactExposure   Fact = "exposure"   // the partner's own patch coverage
	FactActions    Fact = "actions"    // what the partner has committed to and done
)

// Facts lists the facts in the order of the documentation.
func Facts() []Fact {
	return []Fact{FactReporter, FactAware, FactIncident, FactSeverity, FactMalicious, FactBorders, FactImpact, FactIndicators, FactExposure, FactActions}
}

func factList() string {
	words := make([]string, 0, len(Facts()))
	for _, f := range Facts() {
		words = append(words, string(f))
	}
	return strings.Join(words, ", ")
}

// Board is what is known elsewhere at the hub.
type Board interface {
	// Known says whether there is an outbreak that the principal may be told of.
	Known(by access.Principal, outbreak string) bool
	// Fact is a fact about an outbreak in words, as the principal may be told it at
	// now; "" if nothing is known. It is never asked for FactAware.
	Fact(by access.Principal, outbreak string, fact Fact, now time.Time) string
}
