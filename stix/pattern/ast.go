package pattern

// Pattern is a pattern expression (section 9.4). Make one with Parse.
type Pattern struct{ Root Observation }

// Observation is an observation expression (section 9.5): *Test, *Joined or *Qualified.
type Observation interface{ observation() }

// Test is "[comparison]": it holds for one observation.
type Test struct{ Comparison Comparison }

// Operator joins observation expressions or comparisons.
type Operator string

// The operators, the tightest first. FollowedBy joins observations only.
const (
	And        Operator = "AND"
	Or         Operator = "OR"
	FollowedBy Operator = "FOLLOWEDBY"
)

// Joined is two or more observation expressions with one operator between
// them, in order. An operand that is joined by the same operator was written
// in parentheses.
type Joined struct {
	Operator Operator
	Operands []Observation
}

// Qualified is an observation expression with its qualifiers (section 9.5.1),
// at most one of each kind, in order.
type Qualified struct {
	Of         Observation
	Qualifiers []Qualifier
}

func (*Test) observation()      {}
func (*Joined) observation()    {}
func (*Qualified) observation() {}

// Qualifier is Repeats, Within or StartStop.
type Qualifier interface{ qualifier() string }

// Repeats is "REPEATS n TIMES", n at least 1.
type Repeats struct{ Times int64 }

// Within is "WITHIN n SECONDS", an integer or a float above 0.
type Within struct{ Seconds Constant }

// StartStop is "START t'...' STOP t'...'".
type StartStop struct{ Start, Stop Constant }

func (Repeats) qualifier() string   { return "REPEATS" }
func (Within) qualifier() string    { return "WITHIN" }
func (StartStop) qualifier() string { return "START" }

// Comparison is a comparison expression (section 9.6): *Compare, *Exists or *Boolean.
type Comparison interface{ comparison() }

// Compare is "path operator constant", or with In, "path IN (constant, ...)".
type Compare struct {
	Path   Path
	Not    bool
	By     Comparator
	Values []Constant // one, or any number with In
}

// Comparator is a comparison operator (section 9.6.1).
type Comparator string

// The comparison operators.
const (
	Equal          Comparator = "="
	NotEqual       Comparator = "!="
	Greater        Comparator = ">"
	Less           Comparator = "<"
	GreaterOrEqual Comparator = ">="
	LessOrEqual    Comparator = "<="
	In             Comparator = "IN"
	Like           Comparator = "LIKE"
	Matches        Comparator = "MATCHES"
	IsSubset       Comparator = "ISSUBSET"
	IsSuperset     Comparator = "ISSUPERSET"
)

// Exists is "EXISTS path".
type Exists struct{ Path Path }

// Boolean is two or more comparisons with And or Or between them. An operand
// that is joined by the same operator was written in parentheses.
type Boolean struct {
	Operator Operator
	Operands []Comparison
}

func (*Compare) comparison() {}
func (*Exists) comparison()  {}
func (*Boolean) comparison() {}

// Path is an object path (section 9.7): "file:hashes.'SHA-256'".
type Path struct {
	Type  string // of the observable
	Steps []Step // at least one, the first a key
}

// Step goes from a value to a part of it.
type Step struct {
	Kind  StepKind
	Key   string // with Key
	Index int    // with Index
}

// StepKind says how a step goes.
type StepKind int

// The steps that the language knows.
const (
	Key   StepKind = iota // to a property or a dictionary's value: ".name"
	Index                 // to an element of a list: "[3]"
	Any                   // to some element of a list: "[*]"
)

// Constant is a constant (section 9.2); it is comparable.
type Constant struct {
	Kind  Kind
	Text  string  // String: its characters. Binary, Hex: its octets. Timestamp: as it is written
	Int   int64   // Integer
	Float float64 // Float
	Bool  bool    // Boolean
}

// Kind is the type of a constant.
type Kind int

// The kinds of constants.
const (
	String Kind = iota
	Integer
	Float
	Bool
	Binary // b'...', base64
	Hex    // h'...'
	Timestamp
)
