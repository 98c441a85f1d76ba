// Package reply answers what clients say: when a client emits an event on a
// namespace, a rule has the hub answer it, tell everybody, or acknowledge it.
//
// A reply is a Draft like any other, and waits for its turn in its lane. Rules
// hear only what clients say, and a reply is said by nobody: none can cause another.
package reply

import (
	"cmp"
	"context"
	"log/slog"
	"math/rand/v2"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
	"emitscope/backend/query"
)

// recent holds the last messages of each stream, oldest first.
type recent interface {
	Last(namespace string, events, rooms []string, n int) (past []*msg.Record, upTo uint64)
}

// Options of Rules. Accept, Recent and Log must be set.
type Options struct {
	// Accept hands a reply in.
	Accept func(d msg.Draft) error
	Recent recent
	// Random returns the number from 0 to 1 that decides whether a rule with a
	// probability replies; any goroutine may call it. nil: math/rand's.
	Random func() float64
	// MaxWaiting is how many replies may wait for their delay; 0: DefaultMaxWaiting.
	MaxWaiting int
	// Reached is told, by the setting's name, of each reply that found no place
	// there; nil: nobody is. It must not block.
	Reached func(limit string)
	Log     *slog.Logger
}

// Rules are the reply rules in force. All methods may be called from any
// goroutine. A new one has no rules.
type Rules struct {
	o       Options
	index   atomic.Pointer[map[stream][]*rule] // rules that are on
	asking  query.Allowance                    // for queries that cost something
	waiting *line

	replies, errors atomic.Uint64

	mu    sync.Mutex
	rules []*rule // all, in their order
}

// stream is what a rule listens to.
type stream struct{ namespace, event string }

// New returns rules that Set gives what to do. Without Run nothing with a delay
// is ever sent.
func New(o Options) *Rules {
	o.MaxWaiting = cmp.Or(o.MaxWaiting, DefaultMaxWaiting)
	if o.Random == nil {
		o.Random = rand.Float64
	}
	if o.Reached == nil {
		o.Reached = func(string) {}
	}
	r := &Rules{o: o, waiting: newLine(o.MaxWaiting)}
	r.index.Store(&map[stream][]*rule{})
	return r
}

// Set puts these rules in force, in this order, in the place of those before; their
// names differ. What a rule has counted goes with its name. Replies of one that is
// changed, switched off or not there any more, and still wait, are not sent. An
// error is of Check, and changes nothing.
func (r *Rules) Set(states []msg.RuleState) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	had := make(map[string]*rule, len(r.rules))
	for _, one := range r.rules {
		had[one.Name] = one
	}
	rules := make([]*rule, len(states))
	index := make(map[stream][]*rule)
	for i, s := range states {
		one := had[s.Name]
		if one == nil || !reflect.DeepEqual(one.Rule, s.Rule) {
			var err error
			if one, err = compile(s.Rule); err != nil {
				return err
			}
			if was := had[s.Name]; was != nil {
				one.tally = was.tally
			}
		}
		rules[i] = one
		if one.On {
			at := stream{one.Namespace, one.Event}
			index[at] = append(index[at], one)
		}
	}
	for i, one := range rules {
		one.source = states[i].Source
	}
	for _, one := range r.rules {
		one.gone.Store(!slices.Contains(rules, one))
	}
	r.rules = rules
	r.index.Store(&index)
	r.excuseGone()
	return nil
}

// List returns the rules in their order, with what they have done.
func (r *Rules) List() []msg.RuleState {
	waiting := r.waiting.byRule()
	r.mu.Lock()
	defer r.mu.Unlock()
	states := make([]msg.RuleState, len(r.rules))
	for i, one := range r.rules {
		states[i] = msg.RuleState{Rule: one.Rule, Source: one.source, Waiting: waiting[one]}
		one.tally.fill(&states[i])
	}
	return states
}

// Waiting returns how many replies wait for their delay to be over.
func (r *Rules) Waiting() int { return r.waiting.len() }

// Counts returns how often rules were to reply since the hub began, and how often
// that could not be done.
func (r *Rules) Counts() (replies, errors uint64) { return r.replies.Load(), r.errors.Load() }

// Heard has every rule that fits what a client said reply to it, in their order. Of
// those that acknowledge the first does: a callback is called once. It reports
// whether one does, now or after its delay.
func (r *Rules) Heard(m *msg.Message) (answered bool) {
	rules := (*r.index.Load())[stream{m.Namespace, m.Event}]
	if len(rules) == 0 {
		return false
	}
	now := time.Now()
	heard := &msg.Record{Message: m, Outcome: msg.Received, At: m.Accepted}
	for _, one := range rules {
		acknowledges := one.Act == msg.RuleAcknowledges
		if acknowledges && (m.Callback == nil || answered) || !r.fits(one, heard) {
			continue
		}
		one.tally.hits.Add(1)
		r.replies.Add(1)
		var err error
		if one.Delay > 0 {
			err = r.wait(waiter{due: now.Add(one.Delay), rule: one, heard: m})
		} else {
			err = r.reply(one, m)
		}
		if err != nil {
			r.fail(one, err)
		} else if acknowledges {
			answered = true
		}
	}
	return answered
}

// fits reports whether a rule is to reply to a message of its stream.
func (r *Rules) fits(one *rule, heard *msg.Record) bool {
	selects, known := r.asking.Match(one.filter, heard, 1)
	if !known {
		r.fail(one, fault.Newf(fault.TooMany, "the queries of the rules take too much time, so this one was not asked").
			WithHint("ask for less with it, or of smaller messages"))
	}
	return selects && (one.Probability >= 1 || r.o.Random() < one.Probability)
}

// wait puts a reply in line until its delay is over.
func (r *Rules) wait(w waiter) error {
	if r.waiting.add(w) {
		if w.rule.gone.Load() { // since it heard this, so that Set did not find it here
			r.excuseGone()
		}
		return nil
	}
	r.o.Reached("max_waiting_replies")
	return fault.Newf(fault.TooMany, "too many replies wait for their delay: at most %d may, and %d MiB of what they are to", r.o.MaxWaiting, maxWaitingBytes>>20).
		WithHint("shorten the delay, or raise limits.max_waiting_replies")
}

// reply makes a rule's reply and hands it in.
func (r *Rules) reply(one *rule, heard *msg.Message) error {
	data, err := one.data(heard, r.o.Recent)
	if err != nil {
		return err
	}
	return r.o.Accept(one.draft(heard, data))
}

// excuseGone excuses what waits for rules that are gone.
func (r *Rules) excuseGone() {
	for _, w := range r.waiting.removeGone() {
		r.excuse(w)
	}
}

// excuse gives a callback that waits for a reply that is not sent what it would
// have been given without the rule.
func (r *Rules) excuse(w waiter) {
	if w.rule.Act == msg.RuleAcknowledges {
		_ = r.o.Accept(w.rule.draft(w.heard, taken(w.heard.Seq))) // whoever refuses this has told of it
	}
}

// fail notes at the rule that it could not reply. What is our mistake is logged.
func (r *Rules) fail(one *rule, err error) {
	r.errors.Add(1)
	f := fault.From(err)
	if f.Kind == fault.Internal {
		r.o.Log.Error("Reply rule failed", "rule", one.Name, "error", err)
	}
	one.tally.fail(&msg.RuleError{Time: time.Now(), Err: f})
}

// Run sends replies when their delay is over, and measures how many there are each
// second, until ctx ends; it returns nil. What waits then is not sent.
func (r *Rules) Run(ctx context.Context) error {
	defer r.waiting.close()
	second := time.NewTicker(time.Second)
	defer second.Stop()
	for {
		w, next, due := r.waiting.take(time.Now())
		if due {
			r.send(w)
		}
		timer := time.NewTimer(next) // at once, where there was one due
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-second.C:
			r.measure()
		case <-r.waiting.sooner:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// send sends a reply whose delay is over.
func (r *Rules) send(w waiter) {
	if w.rule.gone.Load() { // since just now
		r.excuse(w)
		return
	}
	if err := r.reply(w.rule, w.heard); err != nil {
		r.fail(w.rule, err)
		r.excuse(w)
	}
}

func (r *Rules) measure() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, one := range r.rules {
		one.tally.measure()
	}
}
