package mirror

// OpenWithin is Open with another time to wait for a shared ledger that ends
// before the file does.
var OpenWithin = open
