package msg

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"emitscope/backend/fault"
)

// Named is something that a person saved under a name. Its value is JSON that only
// whoever made it understands, and is never changed.
type Named struct {
	Name  string
	Value []byte
}

// MaxName is how many characters a name may have: what a menu shows on one line.
const MaxName = 64

// CheckName returns an Invalid error unless people can give something that name.
func CheckName(name string) error {
	bad := fault.Newf(fault.Invalid, "the name %q cannot be used", fault.Clip(name)).WithCode("invalid_name").WithField("name")
	switch n := utf8.RuneCountInString(name); {
	case n == 0:
		return fault.Newf(fault.Invalid, "the name is empty").WithCode("invalid_name").WithField("name").WithHint("give it 1 to %d characters", MaxName)
	case n > MaxName:
		return fault.Newf(fault.Invalid, "the name has %d characters; at most %d are allowed", n, MaxName).
			WithCode("invalid_name").WithField("name").WithHint("choose a shorter one")
	case !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }):
		return bad.WithHint("use characters that can be seen, and plain spaces")
	case strings.TrimSpace(name) != name:
		return bad.WithHint("take the spaces before or after it out")
	case name == "." || name == "..":
		return bad.WithHint("choose a name that is not a step in a path") // browsers take these out of an address
	}
	return nil
}
