package access

import (
	"strings"
	"sync"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// Quotas bound what each other machine may hand in. Programs on this machine are
// not bounded. All methods may be called from any goroutine.
type Quotas struct {
	o QuotaOptions

	mu        sync.Mutex
	byAddress map[string]*bucket
}

// QuotaOptions are what a machine may hand in for long; in one moment it may hand
// in twice as much. 0: as much as it likes.
type QuotaOptions struct {
	MessagesPerSecond int
	BytesPerSecond    int64
	Keys              *Keys              // where messages are counted
	Reached           func(limit string) // told of each refusal, by the setting's name
}

// bucket is what one machine has left of its quota.
type bucket struct {
	messages float64
	bytes    float64
	at       time.Time // when that was
}

// maxBuckets is how many machines are told apart; beyond, those that have handed
// in nothing lately are forgotten, and if there is none the others share one.
const maxBuckets = 4096

// NewQuotas returns quotas that nobody has used of.
func NewQuotas(o QuotaOptions) *Quotas { return &Quotas{o: o, byAddress: make(map[string]*bucket)} }

// Charge takes one message off the quota of who hands it in, or refuses it with a
// TooMany error.
func (q *Quotas) Charge(from msg.Origin, bytes int) error {
	if q.o.MessagesPerSecond == 0 && q.o.BytesPerSecond == 0 || isLoopback(from.Address) {
		return nil
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	b := q.bucketOf(from.Address, time.Now())
	if most := q.o.MessagesPerSecond; most > 0 && b.messages < 1 {
		return q.refuse("max_messages_per_second", "%d messages a second are allowed for each other machine", most)
	}
	if most := q.o.BytesPerSecond; most > 0 && b.bytes < float64(bytes) {
		return q.refuse("max_bytes_per_second", "%d bytes a second are allowed for each other machine", most)
	}
	b.messages--
	b.bytes -= float64(bytes)
	return nil
}

// Accepted counts messages for the key they were handed in with.
func (q *Quotas) Accepted(from msg.Origin, messages int) {
	if from.Key != "" {
		q.o.Keys.Count(from.Key, messages)
	}
}

func (q *Quotas) refuse(limit, format string, most any) error {
	q.o.Reached(limit)
	return fault.Newf(fault.TooMany, format, most).WithCode("rate_limited").
		WithHint("send more slowly, or raise limits.%s", limit)
}

// bucketOf returns the bucket of an address, as it is now.
func (q *Quotas) bucketOf(address string, now time.Time) *bucket {
	b := q.byAddress[address]
	if b == nil && len(q.byAddress) >= maxBuckets {
		q.forget(now)
		if len(q.byAddress) >= maxBuckets {
			address = ""
			b = q.byAddress[address]
		}
	}
	if b == nil {
		b = &bucket{}
		q.byAddress[address] = b
	}
	seconds := now.Sub(b.at).Seconds() // of a new one: ages
	b.messages = min(b.messages+seconds*float64(q.o.MessagesPerSecond), 2*float64(q.o.MessagesPerSecond))
	b.bytes = min(b.bytes+seconds*float64(q.o.BytesPerSecond), 2*float64(q.o.BytesPerSecond))
	b.at = now
	return b
}

// forget drops the buckets that have filled up again.
func (q *Quotas) forget(now time.Time) {
	for address, b := range q.byAddress {
		if now.Sub(b.at) > 2*time.Second {
			delete(q.byAddress, address)
		}
	}
}

// isLoopback reports whether host, an address as package net writes it, is one of
// this machine alone.
func isLoopback(host string) bool {
	return strings.HasPrefix(host, "127.") || host == "::1" || host == ""
}
