package msg

// Limit is one bound on what callers may ask for.
type Limit struct {
	Name    string // its setting, in the table limits
	Value   string // as the settings have it; "0" is none
	Reached uint64 // how often somebody was refused or missed messages because of it, since the start
	About   string // what it bounds
}
