package msg

import "context"

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

// String names the scopes as keys and settings do: "view publish admin".
func (s Scopes) String() string {
	text := ""
	for i, name := range []string{"view", "publish", "admin"} {
		if s.Has(1 << i) {
			if text != "" {
				text += " "
			}
			text += name
		}
	}
	return text
}

type scopesKey struct{}

// WithScopes returns ctx carrying what the caller may do. Package access puts
// them there, in front of every door.
func WithScopes(ctx context.Context, s Scopes) context.Context {
	return context.WithValue(ctx, scopesKey{}, s)
}

// ScopesOf returns the caller's scopes; none when nobody put any there.
func ScopesOf(ctx context.Context) Scopes {
	s, _ := ctx.Value(scopesKey{}).(Scopes)
	return s
}
