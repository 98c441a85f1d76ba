package simulate

import (
	"context"
	"math"
	"time"
)

// Producer is one of a plan's producers. It is for one goroutine.
type Producer struct {
	plan   *Plan
	index  int
	feed   feed
	shaken dice          // for the jitter, beside that of the feed
	phase  time.Duration // between those of the others
	left   uint64        // messages

	slot  uint64
	delay time.Duration // by chance, of that slot
	shift time.Duration // whole periods that the schedule was put off
}

// Producer returns producer index of those that the setup has, at its beginning.
func (p *Plan) Producer(index int) *Producer {
	all := uint64(p.setup.Producers)
	out := &Producer{
		plan: p, index: index, feed: p.feed(index), shaken: p.dice(index + MaxProducers),
		phase: p.pace.Period() * time.Duration(index) / time.Duration(all), left: math.MaxUint64,
	}
	if n := p.setup.Count; n > 0 {
		out.left = n / all
		if uint64(index) < n%all {
			out.left++
		}
	}
	out.slot = out.feed.slot()
	out.delay = out.jitter()
	return out
}

// jitter draws how late the messages of one slot are.
func (p *Producer) jitter() time.Duration {
	if p.plan.jitter == 0 {
		return 0
	}
	return time.Duration(p.shaken.below(uint64(p.plan.jitter)))
}

// at is when the slot of the next message begins, since the start.
func (p *Producer) at() time.Duration { return p.plan.pace.At(int64(p.slot)) + p.phase }

// Due returns when the next message is due, since the start; false: there is none.
func (p *Producer) Due() (since time.Duration, more bool) {
	at := p.at()
	return at + p.shift + p.delay, p.left > 0 && (p.plan.length == 0 || at < p.plan.length)
}

// Append appends the data of the next message, and goes on to the one behind it.
func (p *Producer) Append(to []byte) []byte {
	to = p.feed.append(to, p.at())
	p.left--
	if next := p.feed.slot(); next != p.slot {
		p.slot, p.delay = next, p.jitter()
	}
	return to
}

// Bounds of what a producer hands over at once when it is behind.
const (
	mostTogether = 256
	mostBytes    = 64 << 10
)

// grain is the least time between two awakenings: of a producer that is faster, what
// is due by then comes together.
const grain = time.Millisecond

// mostBehind is how far a producer may be behind its schedule. Beyond, it leaves
// slots out: a computer that has slept does not make up for the night.
const mostBehind = time.Second

// Batch is messages that are due together.
type Batch struct {
	Data   [][]byte // in JSON; valid until the next batch
	Missed uint64   // messages that were left out before
}

// Run hands messages over as they are due, from start on, until there are no more,
// ctx ends, or hand wants none.
func (p *Producer) Run(ctx context.Context, start time.Time, hand func(Batch) (more bool)) {
	var b Batch
	var text []byte
	timer := time.NewTimer(0)
	defer timer.Stop()
	for ctx.Err() == nil {
		due, more := p.Due()
		if !more {
			return
		}
		now := time.Since(start)
		if wait := due - now; wait > 0 {
			timer.Reset(max(wait, grain))
			select {
			case <-timer.C:
			case <-ctx.Done():
			}
			continue
		}
		b.Missed = p.leaveOut(now - due)
		b.Data, text = b.Data[:0], text[:0]
		for due, more = p.Due(); more && due <= now && len(b.Data) < mostTogether && len(text) < mostBytes; due, more = p.Due() {
			begin := len(text)
			text = p.Append(text)
			b.Data = append(b.Data, text[begin:len(text):len(text)])
		}
		if !hand(b) {
			return
		}
	}
}

// leaveOut puts the schedule off by whole periods if it is too far behind, so that
// the messages are the same, later. It returns how many were not made meanwhile.
func (p *Producer) leaveOut(behind time.Duration) (missed uint64) {
	period := p.plan.pace.Period()
	if behind <= mostBehind || period > behind {
		return 0
	}
	slots := behind / period
	p.shift += slots * period
	return uint64(slots) * uint64(p.plan.perSlot())
}
