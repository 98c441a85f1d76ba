package reply_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"emitscope/backend/fault"
	"emitscope/backend/flow/reply"
	"emitscope/backend/msg"
)

// hub takes replies, and knows the last messages.
type hub struct {
	*reply.Rules
	t testing.TB

	mu      sync.Mutex
	drafts  []msg.Draft
	refuse  error // of all but what callbacks get without a rule
	forgets bool  // what it takes
	past    []*msg.Record
	reached []string
	random  float64
	onDice  func() // before random decides
}

func newHub(t testing.TB, rules ...msg.Rule) *hub { return newHubWith(t, reply.Options{}, rules...) }

func newHubWith(t testing.TB, o reply.Options, rules ...msg.Rule) *hub {
	h := &hub{t: t, onDice: func() {}}
	o.Accept, o.Recent, o.Log = h.accept, h, slog.New(slog.DiscardHandler)
	o.Random = func() float64 { h.onDice(); return h.random }
	o.Reached = func(limit string) { h.reached = append(h.reached, limit) }
	h.Rules = reply.New(o)
	h.set(rules...)
	return h
}

func (h *hub) set(rules ...msg.Rule) {
	h.t.Helper()
	states := make([]msg.RuleState, len(rules))
	for i, r := range rules {
		states[i] = msg.RuleState{Rule: r, Source: msg.SourceSaved}
	}
	if err := h.Set(states); err != nil {
		h.t.Fatal(err)
	}
}

func (h *hub) accept(d msg.Draft) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.refuse != nil && !strings.HasPrefix(string(d.Payload), `{"ok"`) {
		return h.refuse
	}
	if !h.forgets {
		h.drafts = append(h.drafts, d)
	}
	return nil
}

func (h *hub) Last(namespace string, events, rooms []string, n int) ([]*msg.Record, uint64) {
	if len(events) != 1 || rooms != nil {
		h.t.Errorf("asked for %q in rooms %q, want one event of those that went to everybody", events, rooms)
	}
	var last []*msg.Record
	for _, r := range h.past {
		if r.Namespace == namespace && r.Event == events[0] {
			last = append(last, r)
		}
	}
	return last[max(0, len(last)-n):], 0
}

// taken returns what was handed in since the last call.
func (h *hub) taken() []msg.Draft {
	h.mu.Lock()
	defer h.mu.Unlock()
	defer func() { h.drafts = nil }()
	return h.drafts
}

// wants fails unless these were handed in since the last call, given as "event
// data".
func (h *hub) wants(want ...string) {
	h.t.Helper()
	got := []string{}
	for _, d := range h.taken() {
		got = append(got, d.Event+" "+string(d.Payload))
	}
	if want == nil {
		want = []string{}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		h.t.Errorf("replies (-want +got):\n%s", diff)
	}
}

// start runs the rules until the function it returns is called, which waits for
// their end.
func (h *hub) start() (stop func()) {
	ctx, cancel := context.WithCancel(h.t.Context())
	done := make(chan error)
	go func() { done <- h.Run(ctx) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			h.t.Errorf("Run: got %v, want nil", err)
		}
	}
}

// rule answers e on /n with back.
func rule(name string, change ...func(*msg.Rule)) msg.Rule {
	r := msg.Rule{Name: name, On: true, Namespace: "/n", Event: "e", Act: msg.RuleAnswers, Reply: "back", Data: fmt.Sprintf("%q", name), Probability: 1}
	for _, c := range change {
		c(&r)
	}
	return r
}

func acknowledges(r *msg.Rule) { r.Act, r.Reply = msg.RuleAcknowledges, "" }

func after(d time.Duration) func(*msg.Rule) { return func(r *msg.Rule) { r.Delay = d } }

// said is e on /n, said by s1, whose callback is number 7.
func said(payload string) *msg.Message {
	callback := uint64(7)
	return &msg.Message{
		Seq: 41, Namespace: "/n", Event: "e", Payload: []byte(payload), Callback: &callback,
		Origin: msg.Origin{Door: msg.DoorSocketIO, Client: "s1"}, Accepted: time.Now(),
	}
}

func TestTheBuiltInRuleAnswersMessageOnWS(t *testing.T) {
	h := newHub(t, reply.BuiltIn())
	h.Heard(&msg.Message{Namespace: "/ws", Event: "message", Payload: []byte("1"), Origin: msg.Origin{Client: "s1"}})
	h.Heard(&msg.Message{Namespace: "/ws", Event: "other", Payload: []byte("1")})
	h.Heard(&msg.Message{Namespace: "/x", Event: "message", Payload: []byte("1")})
	want := []msg.Draft{{Namespace: "/ws", Event: "message_back", Payload: []byte(`{"result":"OK"}`), To: "s1", Origin: msg.Origin{Door: msg.DoorReply}}}
	if diff := cmp.Diff(want, h.taken()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestARuleAnswersBroadcastsOrAcknowledges(t *testing.T) {
	m := said("1")
	from := msg.Origin{Door: msg.DoorReply}
	for name, c := range map[string]struct {
		change   func(*msg.Rule)
		want     msg.Draft
		answered bool
	}{
		"answer":    {func(*msg.Rule) {}, msg.Draft{Namespace: "/n", Event: "back", Payload: []byte(`"r"`), To: "s1", Origin: from}, false},
		"broadcast": {func(r *msg.Rule) { r.Act = msg.RuleBroadcasts }, msg.Draft{Namespace: "/n", Event: "back", Payload: []byte(`"r"`), Origin: from}, false},
		"to a room": {
			func(r *msg.Rule) { r.Act, r.Rooms = msg.RuleBroadcasts, []string{"a"} },
			msg.Draft{Namespace: "/n", Event: "back", Payload: []byte(`"r"`), Rooms: []string{"a"}, Origin: from}, false,
		},
		"ack": {acknowledges, msg.Draft{Namespace: "/n", Event: "e", Payload: []byte(`"r"`), To: "s1", Callback: m.Callback, Origin: from}, true},
	} {
		h := newHub(t, rule("r", c.change))
		if got := h.Heard(m); got != c.answered {
			t.Errorf("%s: the callback is answered: got %v, want %v", name, got, c.answered)
		}
		if diff := cmp.Diff([]msg.Draft{c.want}, h.taken()); diff != "" {
			t.Errorf("%s: -want +got:\n%s", name, diff)
		}
	}
}

func TestEveryRuleThatFitsRepliesInOrderButOneAcknowledges(t *testing.T) {
	h := newHub(t, rule("a"), rule("b", acknowledges), rule("off", func(r *msg.Rule) { r.On = false }), rule("c", acknowledges), rule("d"))
	h.Heard(said("1"))
	h.wants(`back "a"`, `e "b"`, `back "d"`)
	m := said("1")
	m.Callback = nil
	if h.Heard(m) {
		t.Error("without a callback: got an answer to it, want none")
	}
	h.wants(`back "a"`, `back "d"`)
}

func TestAQuerySelectsWhatARuleHears(t *testing.T) {
	h := newHub(t, rule("r", func(r *msg.Rule) { r.Query = "data.job>3 client:s1 outcome:received" }))
	h.Heard(said(`{"job":3}`))
	h.wants()
	h.Heard(said(`{"job":4}`))
	h.wants(`back "r"`)
}

func TestARuleRepliesWithItsProbability(t *testing.T) {
	h := newHub(t, rule("a", func(r *msg.Rule) { r.Probability = 0.25 }), rule("never", func(r *msg.Rule) { r.Probability = 0 }))
	h.random = 0.25
	h.Heard(said("1"))
	h.wants()
	h.random = 0.2499
	h.Heard(said("1"))
	h.wants(`back "a"`)
	h.random = 0 // the least there is
	h.Heard(said("1"))
	h.wants(`back "a"`)
}

func TestACallbackThatChanceDeniesAnAnswerIsNotAnswered(t *testing.T) {
	h := newHub(t, rule("a", acknowledges, func(r *msg.Rule) { r.Probability = 0.5 }))
	h.random = 0.9
	if h.Heard(said("1")) {
		t.Error("got an answer to the callback, want what it gets without a rule")
	}
}

func TestTheLastOfAStreamAreAnArray(t *testing.T) {
	h := newHub(t, rule("r", func(r *msg.Rule) { r.Data, r.Last, r.LastOf = "", 2, "tick" }))
	h.Heard(said("1"))
	h.wants(`back []`)
	for _, m := range []*msg.Message{
		{Namespace: "/n", Event: "tick", Payload: []byte("1")}, {Namespace: "/n", Event: "tick", Payload: []byte(`{"a":2}`)},
		{Namespace: "/x", Event: "tick", Payload: []byte("9")}, {Namespace: "/n", Event: "bar", Payload: []byte("9")},
		{Namespace: "/n", Event: "tick", Payload: []byte(`[3,4]`), Spread: true},
	} {
		h.past = append(h.past, &msg.Record{Message: m})
	}
	h.Heard(said("1"))
	h.wants(`back [{"a":2},[3,4]]`)
}

func TestAReplySaysWhatWasSaidAndNothingCanBreakOutOfIt(t *testing.T) {
	h := newHub(t, rule("r", func(r *msg.Rule) {
		r.Data = `{"n":{{seq}},"id":{{data.id}},"text":"for {{data.text}}!","all":{{data}},"of":"{{event}} {{client}}"}`
	}))
	h.Heard(said(`{"id":12345678901234567890,"text":"\"}},\"admin\":true,{{now}}</script>\u2028"}`))
	h.Heard(said(`[1]`))
	h.wants(
		`back {"n":1,"id":12345678901234567890,"text":"for \"}},\"admin\":true,{{now}}</script>\u2028!",`+
			`"all":{"id":12345678901234567890,"text":"\"}},\"admin\":true,{{now}}</script>\u2028"},"of":"e s1"}`,
		`back {"n":2,"id":null,"text":"for !","all":[1],"of":"e s1"}`,
	)
}

func TestAReplySaysTheTimeAtWhichItIsSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub(t, rule("r", after(2*time.Second), func(r *msg.Rule) { r.Data = "{{now ms}}" }))
		defer h.start()()
		at := time.Now().Add(2 * time.Second)
		h.Heard(said("1"))
		time.Sleep(time.Minute)
		synctest.Wait()
		h.wants(fmt.Sprint("back ", at.UnixMilli()))
	})
}

func TestADelayIsWaitedForAndOrderKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub(t, rule("late", after(2*time.Second)), rule("ack", acknowledges, after(time.Second)), rule("also late", after(2*time.Second)))
		defer h.start()()
		if !h.Heard(said("1")) {
			t.Error("got no answer to the callback, want one later")
		}
		synctest.Wait()
		h.wants()
		if got := h.Waiting(); got != 3 {
			t.Errorf("%d replies wait, want 3", got)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		h.wants(`e "ack"`)
		time.Sleep(time.Second - time.Nanosecond)
		synctest.Wait()
		h.wants()
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		h.wants(`back "late"`, `back "also late"`)
	})
}

func TestAReplyThatIsDueSoonerOvertakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub(t, rule("a", after(time.Hour)), rule("b", after(time.Minute)))
		defer h.start()()
		synctest.Wait() // it waits for nothing
		h.Heard(said("1"))
		time.Sleep(time.Minute)
		synctest.Wait()
		h.wants(`back "b"`)
	})
}

func TestOnlySoManyRepliesWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHubWith(t, reply.Options{MaxWaiting: 2}, rule("r", after(time.Second)), rule("ack", acknowledges, after(time.Second)))
		defer h.start()()
		h.Heard(said("1"))
		if h.Heard(said("1")) {
			t.Error("got an answer to the callback, want none: there is no room for it")
		}
		if diff := cmp.Diff([]string{"max_waiting_replies", "max_waiting_replies"}, h.reached); diff != "" {
			t.Errorf("limits reached (-want +got):\n%s", diff)
		}
		got := h.List()[0]
		if got.Waiting != 1 || got.Hits != 2 || got.Errors != 1 || got.LastError.Err.Kind != fault.TooMany || !strings.Contains(got.LastError.Err.Hint, "limits.max_waiting_replies") {
			t.Errorf("got %+v with %v, want 2 hits, one that waits, and one refused because of the limit", got, got.LastError)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		h.wants(`back "r"`, `e "ack"`)
		h.Heard(said("1"))
		if got := h.Waiting(); got != 2 {
			t.Errorf("%d wait afterwards, want 2", got)
		}
	})
}

func TestWhatWaitingRepliesKeepIsBounded(t *testing.T) {
	h := newHub(t, rule("r", after(time.Second)))
	big := said(`"` + strings.Repeat("x", 1<<20) + `"`)
	for range 70 {
		h.Heard(big)
	}
	if got := h.Waiting(); got != 63 {
		t.Errorf("%d messages of 1 MiB are kept, want 63: below 64 MiB", got)
	}
}

func TestWhatWaitsForARuleThatIsGoneIsNotSentAndItsCallbackGetsTheUsual(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stays, off := rule("stays", after(time.Second)), rule("off", after(time.Second))
		h := newHub(t, rule("gone", acknowledges, after(time.Second)), off, stays, rule("changed", after(time.Second)))
		defer h.start()()
		h.Heard(said("1"))
		off.On = false
		h.set(stays, off, rule("changed", after(2*time.Second)))
		h.wants(`e {"ok":true,"seq":41}`)
		time.Sleep(time.Hour)
		synctest.Wait()
		h.wants(`back "stays"`)
	})
}

func TestARuleThatIsGoneWhileItHearsExcusesItselfAtOnce(t *testing.T) {
	h := newHub(t, rule("gone", acknowledges, after(time.Hour), func(r *msg.Rule) { r.Probability = 0.5 }))
	h.onDice = func() { h.set() }
	h.Heard(said("1"))
	h.wants(`e {"ok":true,"seq":41}`)
	if got := h.Waiting(); got != 0 {
		t.Errorf("%d replies wait, want none", got)
	}
}

func TestRulesOfWhichOneIsBadChangeNothing(t *testing.T) {
	h := newHub(t, rule("r"))
	err := h.Set([]msg.RuleState{{Rule: rule("r"), Source: msg.SourceChanged}, {Rule: rule("bad", func(r *msg.Rule) { r.Query = "event:" })}})
	if got := h.List(); err == nil || len(got) != 1 || got[0].Source != msg.SourceSaved {
		t.Errorf("got %v and %+v, want an error, and the rule as it was", err, got)
	}
	h.Heard(said("1"))
	h.wants(`back "r"`)
}

func TestNothingIsSentAfterTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub(t, rule("r", after(time.Second)))
		stop := h.start()
		h.Heard(said("1"))
		stop()
		if got := h.Waiting(); got != 0 {
			t.Errorf("%d replies wait, want none", got)
		}
		h.Heard(said("1"))
		time.Sleep(time.Hour)
		h.wants()
	})
}

func TestAnErrorShowsAtItsRuleAndStopsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub(t, rule("r"), rule("ack", acknowledges))
		h.refuse = fault.Newf(fault.Full, "the lane is full")
		if h.Heard(said("1")) {
			t.Error("got an answer to the callback, want what it gets without a rule: the lane is full")
		}
		h.refuse = nil
		if !h.Heard(said("1")) {
			t.Error("got no answer to the callback, want one")
		}
		want := msg.RuleError{Time: time.Now(), Err: fault.Newf(fault.Full, "the lane is full")}
		for _, got := range h.List() {
			if got.Hits != 2 || got.Errors != 1 {
				t.Errorf("%s: got %d hits and %d errors, want 2 and 1", got.Name, got.Hits, got.Errors)
			}
			if diff := cmp.Diff(&want, got.LastError); diff != "" {
				t.Errorf("%s: -want +got:\n%s", got.Name, diff)
			}
		}
		if replies, errs := h.Counts(); replies != 4 || errs != 2 {
			t.Errorf("got %d replies and %d errors in all, want 4 and 2", replies, errs)
		}
	})
}

func TestADelayedCallbackIsAnsweredThoughItsReplyFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub(t, rule("r", acknowledges, after(time.Second)))
		defer h.start()()
		h.refuse = fault.Newf(fault.TooLarge, "too large")
		h.Heard(said("1"))
		time.Sleep(time.Second)
		synctest.Wait()
		h.wants(`e {"ok":true,"seq":41}`)
	})
}

func TestTheRateIsThatOfTheLastTenSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub(t, rule("r"))
		defer h.start()()
		synctest.Wait()
		rate := func() float64 { synctest.Wait(); return h.List()[0].PerSecond }
		if got := rate(); got != 0 {
			t.Errorf("at first: got %v, want 0", got)
		}
		time.Sleep(time.Second + 250*time.Millisecond) // between two measurements
		for range 20 {
			h.Heard(said("1"))
			time.Sleep(500 * time.Millisecond)
		}
		if got := rate(); got != 2 {
			t.Errorf("after 10 s of 2 a second: got %v, want 2", got)
		}
		time.Sleep(5 * time.Second)
		if got := rate(); got != 1 {
			t.Errorf("5 s later: got %v, want 1", got)
		}
		h.set(rule("r", after(time.Second)))
		if got := h.List()[0]; got.Hits != 20 {
			t.Errorf("after a change: got %d hits, want 20: they go with the name", got.Hits)
		}
	})
}

func TestARuleIsCheckedFieldByField(t *testing.T) {
	for field, change := range map[string]func(*msg.Rule){
		"namespace":   func(r *msg.Rule) { r.Namespace = "n" },
		"event":       func(r *msg.Rule) { r.Event = "publish" },
		"query":       func(r *msg.Rule) { r.Query = "event:" },
		"act":         func(r *msg.Rule) { r.Act = "shout" },
		"reply":       func(r *msg.Rule) { r.Reply = "connect" },
		"data":        func(r *msg.Rule) { r.Data = `{"a":}` },
		"last":        func(r *msg.Rule) { r.Data, r.Last, r.LastOf = "", 101, "tick" },
		"last_of":     func(r *msg.Rule) { r.Data, r.Last = "", 5 },
		"rooms":       func(r *msg.Rule) { r.Rooms = []string{"a"} },
		"delay":       func(r *msg.Rule) { r.Delay = time.Hour + 1 },
		"probability": func(r *msg.Rule) { r.Probability = 1.01 },
	} {
		err := reply.Check(rule("r", change))
		if got := fault.From(err); !errors.Is(err, fault.Invalid) || got.Field != field {
			t.Errorf("got %v at %q, want Invalid at %s", err, got.Field, field)
		}
	}
	bad := rule("r", func(r *msg.Rule) { r.Query = "event:e size>x" })
	if got := fault.From(reply.Check(bad)); got.Place == nil || got.Place.At != 13 {
		t.Errorf("got %+v, want the place in the query, 13", got.Place)
	}
}

func TestQueriesTakeAPartOfTheTimeAndNoMore(t *testing.T) {
	h := newHub(t, rule("r", func(r *msg.Rule) { r.Query = "absent OR data.x:1" }))
	m := said(`{"x":1,"y":"` + strings.Repeat("x", 1<<20) + `"}`)
	for range 100 {
		h.Heard(m)
	}
	got := h.List()[0]
	if got.Errors == 0 || !errors.Is(got.LastError.Err, fault.TooMany) {
		t.Errorf("got %d errors, the last %v, want some that say that queries take too much time", got.Errors, got.LastError)
	}
}

func BenchmarkHeard(b *testing.B) {
	var rules []msg.Rule
	for i := range 100 {
		rules = append(rules, rule(fmt.Sprint("r", i), func(r *msg.Rule) {
			r.Event, r.Query = fmt.Sprint("e", i), "data.price>250"
		}))
	}
	run := func(name, event, payload string, rules ...msg.Rule) {
		b.Run(name, func(b *testing.B) {
			h := newHub(b, rules...)
			h.forgets = true
			m := said(payload)
			m.Event = event
			b.ReportAllocs()
			for b.Loop() {
				m.Accepted = m.Accepted.Add(time.Millisecond) // queries have an allowance of the time that passes
				h.Heard(m)
			}
			for _, r := range h.List() {
				if r.Errors > 0 {
					b.Fatalf("%s: %v", r.Name, r.LastError.Err)
				}
			}
		})
	}
	const payload = `{"symbol":"AAPL","price":231.42,"size":200,"venue":"XNAS"}`
	run("OfNoRule", "other", payload, rules...)
	run("NotSelected", "e50", payload, rules...)
	run("OneReplies", "e50", `{"symbol":"AAPL","price":251,"size":200}`, rules...)
}
