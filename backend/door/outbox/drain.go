package outbox

import (
	"math"
	"time"
)

// drainBurst is how late a message that waits may leave without the next ones being
// put off: a timer comes a millisecond late, and the rate should hold all the same.
const drainBurst = 20 * time.Millisecond

// drain says how fast messages may leave. The zero drain is as fast as the client reads.
type drain struct {
	perSecond float64
	next      time.Duration // when the next one may, since the outbox was made
}

// SetDrain has at most so many messages a second leave from now on, as if the client
// read slowly; 0: as many as it reads. Answers that no message is before, and control
// frames, leave as ever, and so does all that waits when the outbox is closed.
func (o *Outbox) SetDrain(perSecond float64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.drain = drain{perSecond: max(0, perSecond), next: time.Since(o.start)}
	o.signal()
}

// Drain is how many messages a second may leave; 0: as many as the client reads.
func (o *Outbox) Drain() float64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.drain.perSecond
}

// wait is how long a message that came then may not leave; 0: it may now. What might
// have left while nothing waited is lost, or a burst would follow each rest.
func (d *drain) wait(came, now time.Duration) time.Duration {
	d.next = max(d.next, came, now-drainBurst)
	return max(0, d.next-now)
}

// spend counts a message that leaves.
func (d *drain) spend() {
	if d.perSecond > 0 {
		d.next += time.Duration(math.Round(float64(time.Second) / d.perSecond))
	}
}
