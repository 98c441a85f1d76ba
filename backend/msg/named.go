package msg

// Named is something that a person saved under a name. Its value is JSON that only
// whoever made it understands, and is never changed.
type Named struct {
	Name  string
	Value []byte
}
