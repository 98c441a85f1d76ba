package outbox

// Crowds lends the slices in which a door collects whom a message is for, so that
// a send allocates none. There are several only where a send has given way to
// another. One goroutine uses it: the emitter's.
type Crowds struct{ spare [][]*Tap }

// Take returns an empty slice.
func (c *Crowds) Take() []*Tap {
	last := len(c.spare) - 1
	if last < 0 {
		return nil
	}
	taps := c.spare[last]
	c.spare = c.spare[:last]
	return taps
}

// Return gives back what has become of a slice that was taken.
func (c *Crowds) Return(taps []*Tap) {
	clear(taps) // lets go of clients that may have left
	c.spare = append(c.spare, taps[:0])
}
