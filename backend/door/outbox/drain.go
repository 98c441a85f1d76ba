package outbox

import "time"

// drainBurst is for how long messages that might have left before are made up for: a
// timer comes a millisecond late, and the rate should hold all the same.
const drainBurst = 20 * time.Millisecond

// drain says how fast messages may leave. The zero drain is as fast as the client reads.
type drain struct {
	every time.Duration
	next  time.Duration // when the next one may, since the outbox was made
}

// SetDrain has at most so many messages a second leave from now on, as if the client
// read slowly; 0: as many as it reads. Answers that no message is before, and control
// frames, leave as ever, and so does all that waits when the outbox is closed.
func (o *Outbox) SetDrain(perSecond float64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.drain = drain{next: time.Since(o.start)}
	if perSecond > 0 {
		o.drain.every = time.Duration(float64(time.Second) / perSecond)
	}
	o.signal()
}

// Drain is how many messages a second may leave; 0: as many as the client reads.
func (o *Outbox) Drain() float64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.drain.perSecond()
}

func (d *drain) perSecond() float64 {
	if d.every == 0 {
		return 0
	}
	return float64(time.Second) / float64(d.every)
}

// wait is how long no message may leave; 0: one may now.
func (d *drain) wait(now time.Duration) time.Duration {
	d.next = max(d.next, now-drainBurst)
	return max(0, d.next-now)
}

// spend counts a message that leaves.
func (d *drain) spend() { d.next += d.every }
