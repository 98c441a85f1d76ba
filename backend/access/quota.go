package access

import (
	"sync"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// Quotas bound what each other machine may hand in. Programs on this machine are
// not bounded; those who come by a proxy on it share what one machine may. All
// methods may be called from any goroutine.
type Quotas struct {
	o QuotaOptions

	mu        sync.Mutex
	byAddress map[string]*bucket
	forgot    time.Time // when buckets were last looked through
}

// QuotaOptions are what a machine may hand in for long; in one moment it may hand
// in twice as much. 0: as much as it likes.
type QuotaOptions struct {
	MessagesPerSecond int
	BytesPerSecond    int64
	Keys              *Keys              // where messages are counted
	Reached           func(limit string) // told of each refusal, by the setting's name; nil: nobody is
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
func NewQuotas(o QuotaOptions) *Quotas {
	if o.Reached == nil {
		o.Reached = func(string) {}
	}
	return &Quotas{o: o, byAddress: make(map[string]*bucket)}
}

// Charge takes one message off the quota of who hands it in, or refuses it with a
// TooMany error.
func (q *Quotas) Charge(from msg.Origin, bytes int) error {
	if q.o.MessagesPerSecond == 0 && q.o.BytesPerSecond == 0 || from.Local {
		return nil
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	b := q.bucketOf(from.Address, time.Now())
	if most := q.o.MessagesPerSecond; most > 0 && b.messages < 1 {
		return q.refuse("max_messages_per_second", "%d messages a second are allowed for each other machine", most)
	}
	// A message that is larger than all one may hand in at once passes when there
	// is nothing else, and is made up for afterwards: slower cannot be sent.
	if most := q.o.BytesPerSecond; most > 0 && b.bytes < min(float64(bytes), 2*float64(most)) {
		return q.refuse("max_bytes_per_second", "%d bytes a second are allowed for each other machine", most)
	}
	if q.o.MessagesPerSecond > 0 {
		b.messages--
	}
	if q.o.BytesPerSecond > 0 {
		b.bytes -= float64(bytes)
	}
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
	q.fill(b, now)
	return b
}

// fill brings a bucket to now, and reports whether it is full: as a new one is.
func (q *Quotas) fill(b *bucket, now time.Time) (full bool) {
	seconds := now.Sub(b.at).Seconds() // of a new one: ages
	messages, bytes := float64(q.o.MessagesPerSecond), float64(q.o.BytesPerSecond)
	b.messages = min(b.messages+seconds*messages, 2*messages)
	b.bytes = min(b.bytes+seconds*bytes, 2*bytes)
	b.at = now
	return b.messages == 2*messages && b.bytes == 2*bytes
}

// forget drops the buckets that have filled up again.
func (q *Quotas) forget(now time.Time) {
	if now.Sub(q.forgot) < time.Second { // a machine that has many addresses must not make us look each time
		return
	}
	q.forgot = now
	for address, b := range q.byAddress {
		if q.fill(b, now) {
			delete(q.byAddress, address)
		}
	}
}
