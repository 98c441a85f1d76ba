package link

import (
	"strconv"
	"sync/atomic"
	"time"
)

// trip measures how long pings take to be answered. The time that a ping spends
// behind a write that is under way counts, as it does for a message.
//
// It may be asked by any goroutine. One begins pings, and one ends them.
type trip struct {
	number atomic.Uint64             // of the newest ping
	began  atomic.Pointer[time.Time] // when it was handed out; nil: it was answered
	took   atomic.Int64              // the newest answer, ns; 0: there was none
}

// begin returns what the next ping says, which its pong repeats.
func (t *trip) begin(now time.Time) (payload string) {
	number := t.number.Add(1)
	t.began.CompareAndSwap(nil, &now) // one that was not answered goes on
	return strconv.FormatUint(number, 10)
}

// end takes a pong. One that answers no ping, or an older one, tells nothing.
func (t *trip) end(payload string, now time.Time) {
	if began := t.began.Load(); began != nil && payload == strconv.FormatUint(t.number.Load(), 10) {
		t.took.Store(max(1, int64(now.Sub(*began))))
		t.began.Store(nil)
	}
}

// value is how long the newest answer took, or for how long one is already waited
// for, if that is longer and over a second; 0 before the first.
func (t *trip) value(now time.Time) time.Duration {
	took := time.Duration(t.took.Load())
	if began := t.began.Load(); began != nil {
		if waited := now.Sub(*began); waited > max(took, time.Second) {
			return waited
		}
	}
	return took
}

// RoundTrip is how long the client took to answer the newest ping, or for how long
// it has not answered one, if that is longer and over a second; 0: unknown. Any
// goroutine may ask.
func (c *Conn) RoundTrip() time.Duration { return c.trip.value(time.Now()) }
