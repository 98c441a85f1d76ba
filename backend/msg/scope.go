package msg

import (
	"strings"

	"emitscope/backend/fault"
)

// Scopes is what a caller may do.
type Scopes uint8

// The scopes. Admin does not include the others; a key has the set it was given.
const (
	MayView    Scopes = 1 << iota // see messages, counters and lanes; connect and listen
	MayPublish                    // hand messages in
	MayAdmin                      // change lanes, disconnect clients, stop things
)

// AllScopes is what a program on this machine has.
const AllScopes = MayView | MayPublish | MayAdmin

// Has reports whether s includes all of want.
func (s Scopes) Has(want Scopes) bool { return s&want == want }

// scopeNames are the names of the scopes, in the order of their bits.
func scopeNames() []string { return []string{"view", "publish", "admin"} }

// String names the scopes as keys and settings do: "view publish admin".
func (s Scopes) String() string {
	var names []string
	for i, name := range scopeNames() {
		if s.Has(1 << i) {
			names = append(names, name)
		}
	}
	return strings.Join(names, " ")
}

// ParseScopes reads what String writes, in any order. An unknown name, or none
// at all, is an Invalid error.
func ParseScopes(text string) (Scopes, error) {
	var s Scopes
	for word := range strings.FieldsSeq(text) {
		bit := Scopes(0)
		for i, name := range scopeNames() {
			if word == name {
				bit = 1 << i
			}
		}
		if bit == 0 {
			return 0, fault.Newf(fault.Invalid, "scope %q is unknown", fault.Clip(word)).
				WithCode("invalid_scope").WithHint("the scopes are %s", strings.Join(scopeNames(), ", "))
		}
		s |= bit
	}
	if s == 0 {
		return 0, fault.Newf(fault.Invalid, "no scope is named").
			WithCode("invalid_scope").WithHint("name one or more of %s", strings.Join(scopeNames(), ", "))
	}
	return s, nil
}
