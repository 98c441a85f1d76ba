package outbox

import (
	"time"

	"emitscope/backend/msg"
)

// peak is the most that has waited, by count and by bytes.
type peak struct{ frames, bytes int }

// Lag is what waits for the client or is being written, control frames apart.
func (o *Outbox) Lag() msg.Lag {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.lag(time.Since(o.start))
}

func (o *Outbox) lag(now time.Duration) msg.Lag {
	oldest := now
	if o.flying.frames > 0 {
		oldest = min(oldest, o.flying.at)
	}
	for _, r := range []*ring{&o.messages, &o.answers} {
		if r.n > 0 {
			oldest = min(oldest, r.front().at)
		}
	}
	return msg.Lag{
		Frames: o.frames(), MaxFrames: o.opts.MaxFrames, Bytes: o.bytes(), MaxBytes: o.opts.MaxBytes, Age: now - oldest,
	}
}

func (o *Outbox) frames() int { return o.messages.n + o.answers.n + o.flying.frames }

func (o *Outbox) bytes() int { return o.messages.bytes + o.answers.bytes + o.flying.bytes }

// Pulse is what the outbox is like now, and the most that has waited since Pulse
// was last called; so a burst that came and went between two calls is seen. It is
// for one caller. The client's id, address and times are left out.
func (o *Outbox) Pulse() msg.Pulse {
	o.mu.Lock()
	defer o.mu.Unlock()
	p := msg.Pulse{Lag: o.lag(time.Since(o.start)), Sent: o.sent, Missed: o.missed, Slowed: o.drain.perSecond > 0}
	p.Peak = msg.Lag{Frames: o.peak.frames, MaxFrames: o.opts.MaxFrames, Bytes: o.peak.bytes, MaxBytes: o.opts.MaxBytes}.Fill()
	o.peak = peak{o.frames(), o.bytes()}
	return p
}

// Reason is what the outbox was closed for, or ended; nil: it is open.
func (o *Outbox) Reason() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.reason
}

// SlowPolicy is what happens when the outbox is full.
func (o *Outbox) SlowPolicy() msg.SlowPolicy {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.opts.Slow == "" {
		return msg.SlowDropOldest
	}
	return o.opts.Slow
}

// SetSlowPolicy changes what happens when the outbox is full, from now on.
func (o *Outbox) SetSlowPolicy(p msg.SlowPolicy) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.opts.Slow = p
}
