// Package template writes JSON from a text with holes in it:
//
//	{"symbol": "AAPL", "price": {{walk 231.42 0.02}}, "bid": {{price - 0.01}}, "ts": {{now ms}}}
//
// The text is read once, as JSON in which a hole stands for a value or for a part
// of a string. What fills the hole of a string is escaped, what fills another is a
// whole value; so what is written is valid and compact JSON, whatever a client has
// said. text/template knows nothing of JSON, and reflects for each message.
//
// Numbers are counted in whole units of their last decimal, not in floats: the same
// seed writes the same bytes on every machine.
package template

import (
	"math/bits"
	"math/rand/v2"
	"time"

	"emitscope/backend/fault"
)

// Bounds, in bytes.
const (
	MaxText   = 64 << 10 // of a template
	MaxOutput = 1 << 20  // of what it writes once: as large as a message may be
)

// Template is a text that was read. It is never changed, so all methods may be
// called from any goroutine.
type Template struct {
	parts []part
	tail  []byte // behind the last hole
	slots int
	walks []num // where each begins
}

// part is a hole, and the text between the one before and it.
type part struct {
	before   []byte
	value    value
	inString bool
}

// Parse reads the template of a producer. The error is Invalid or TooLarge and says
// in which line and column something is wrong.
func Parse(text string) (*Template, error) { return parse(text, false) }

// ParseReply reads the template of an answer, which may also say what a client has
// said: data, event, namespace, client.
func ParseReply(text string) (*Template, error) { return parse(text, true) }

// Env is what holes are filled from.
type Env struct {
	Now  func() time.Time // nil: time.Now
	Seed uint64
	// Producer is which of so many this one is, from 0 on. Each draws other numbers,
	// and has every Producers-th number of the sequence.
	Producer, Producers uint64
}

// Said is what a client said, which an answer may repeat.
type Said struct {
	Namespace, Event, Client string
	Payload                  []byte // from jsontext.Compact; nil: none
}

// Run writes one message after another. Its methods may be called from one
// goroutine at a time.
type Run struct {
	t      *Template
	env    Env
	random *rand.PCG
	seq    uint64
	walks  []int64 // where each is
	slots  []slot  // the numbers of this message's fields
	now    time.Time
	said   *Said
}

// slot keeps the number that filled a field, for the fields behind it.
type slot struct {
	num
	there bool
}

// Start returns a run of its own, at its beginning.
func (t *Template) Start(env Env) *Run {
	if env.Now == nil {
		env.Now = time.Now
	}
	env.Producers = max(1, env.Producers)
	r := &Run{
		t: t, env: env, random: rand.NewPCG(env.Seed, env.Producer), seq: env.Producer + 1,
		walks: make([]int64, len(t.walks)), slots: make([]slot, t.slots),
	}
	for i, start := range t.walks {
		r.walks[i] = start.v
	}
	return r
}

// Append appends the next message to to. said is nil where no client has said
// anything. The error is TooLarge: the message would have more than MaxOutput bytes.
func (r *Run) Append(to []byte, said *Said) ([]byte, error) {
	begin := len(to)
	r.said = said
	for i := range r.t.parts {
		p := &r.t.parts[i]
		to = append(to, p.before...)
		if to = p.value.append(r, to, p.inString); len(to)-begin > MaxOutput {
			break
		}
	}
	to = append(to, r.t.tail...)
	r.said, r.now = nil, time.Time{}
	r.seq += r.env.Producers
	if len(to)-begin > MaxOutput {
		return to[:begin], fault.Newf(fault.TooLarge, "the template would write more than %d bytes", MaxOutput).
			WithHint("repeat less of what the client said")
	}
	return to, nil
}

// time is the same for the whole of a message.
func (r *Run) time() time.Time {
	if r.now.IsZero() {
		r.now = r.env.Now()
	}
	return r.now
}

// below draws a number from 0 to n-1. It takes the upper half of a product: not
// quite even, but by less than anybody could count.
func (r *Run) below(n uint64) uint64 {
	high, _ := bits.Mul64(r.random.Uint64(), n)
	return high
}
