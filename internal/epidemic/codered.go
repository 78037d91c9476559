package epidemic

// CodeRed are the hosts infected with Code Red I v2 that one network had seen by
// an hour of 19 July 2001, UTC.
var CodeRed = []Sample{
	{11, 4_782}, {15, 25_600}, {15 + 33.0/60, 30_921},
	{16 + 29.0/60, 37_240}, {17 + 25.0/60, 43_120}, {18 + 23.0/60, 48_885},
}

// What was published of Code Red I v2's growth rate, an hour. The two disagree.
const (
	CodeRedSlow = 1.12 // doubling in 37 minutes
	CodeRedFast = 1.8  // doubling in 23 minutes
)

// CodeRedScans is how many addresses an hour a host with Code Red I v2 tried: 358
// a minute (Zou, Gong, Towsley 2002, from memory).
const CodeRedScans = 358 * 60
