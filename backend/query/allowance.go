package query

import (
	"sync/atomic"
	"time"

	"emitscope/backend/msg"
)

// What all viewers may take together of the goroutine that every message passes,
// and all streams: a quarter of its time, and so much at once as nobody notices on
// a screen.
const (
	share = 4
	burst = 20 * time.Millisecond
)

// cheap is the most that a filter may cost to be asked for nothing, in ns: one of a
// few names.
const cheap = 200

// IsCheap reports whether asking f costs next to nothing, whatever the message.
func (f Filter) IsCheap() bool { return f.cond == nil || f.isCheap }

// Prices, in ns: a little more than what each takes on a small machine.
const (
	perValue = 15
	perByte  = 5  // of a name or payload
	unwrapOf = 15 // of each byte of JSON in a string, to undo its escapes and check it
)

// pay takes a price off what is left. Where that is too little it takes nothing,
// and returns ^left, which is below zero.
func pay(left, price int) (rest int) {
	if price > left {
		return ^left
	}
	return left - price
}

// Allowance is what one of those who ask about every message may take of the time
// in which messages are emitted. It is reckoned, not measured: each term of a
// query has a price, by the bytes it looks at, which it takes less time than.
// Sixty-four terms of free text over a payload of 1 MiB take a third of a second,
// for which no lane can wait.
//
// All methods may be called from any goroutine. The zero Allowance is empty, and
// fills with time.
type Allowance struct {
	left  atomic.Int64 // ns
	at    atomic.Int64 // when it was filled, in ns since 1970
	waits atomic.Bool  // until it is full: else all would go into beginning what cannot be ended
}

// Match asks f about r for one of so many askers, at least 1, that do not have cheap
// filters alone. known is false where the
// allowance is used up, and then nobody knows whether f selects r.
func (a *Allowance) Match(f Filter, r *msg.Record, askers int) (selects, known bool) {
	if f.IsCheap() {
		return f.Match(r), true
	}
	had := a.fill(r, askers)
	if had <= 0 {
		return false, false
	}
	selects, left := f.cond.match(r, had)
	if known = left >= 0; !known {
		left = ^left
		a.waits.Store(true)
	}
	a.left.Add(int64(left - had))
	return selects && known, known
}

// Spend takes what looking at so many bytes of a payload so many times costs, and
// reports whether there was so much.
func (a *Allowance) Spend(r *msg.Record, times, askers int) bool {
	price := times * perByte * len(r.Payload)
	if a.fill(r, askers) < price {
		a.waits.Store(true)
		return false
	}
	a.left.Add(-int64(price))
	return true
}

// fill adds what the time since the last call brings, and returns what may be
// spent.
func (a *Allowance) fill(r *msg.Record, askers int) int {
	now, last, most := r.At.UnixNano(), a.at.Load(), int64(burst)/int64(askers)
	if now != last && a.at.CompareAndSwap(last, now) { // earlier, where the clock was put back
		fresh := max(now-last, 0) / int64(share*askers)
		a.left.Add(min(fresh, most-a.left.Load()))
	}
	left := a.left.Load()
	if a.waits.Load() {
		if left < most {
			return 0
		}
		a.waits.Store(false)
	}
	return int(left)
}
