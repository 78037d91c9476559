package hub

// For tests: what only the hub itself calls.
var (
	Impatient       = impatient
	NewFairListener = newFairListener
)
