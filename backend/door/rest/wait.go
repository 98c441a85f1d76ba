package rest

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"time"

	"emitscope/backend/door/wire"
	"emitscope/backend/msg"
	"emitscope/backend/query"
)

// How long a wait may be, and is when nothing is said.
const (
	waitLongest = 10 * time.Minute
	waitDefault = 30 * time.Second
)

// waitAsk is what a request waits for.
type waitAsk struct {
	filter  query.Filter
	count   int
	timeout time.Duration
	past    bool   // what is kept counts, too: messages with a higher number than after
	after   uint64 // 0: all that are kept
}

func waitAskOf(r *http.Request) (ask waitAsk, err error) {
	if ask.filter, err = streamFilter(r); err != nil {
		return ask, err
	}
	q := r.URL.Query()
	if ask.count, err = countParam(r, "count", 1, 1, waitMost); err != nil {
		return ask, err
	}
	ask.timeout = waitDefault
	if text := q.Get("timeout"); text != "" {
		ask.timeout, err = time.ParseDuration(text)
		if err != nil || ask.timeout < 0 || ask.timeout > waitLongest {
			return ask, badParam("timeout", text).WithHint("it is a time with its unit, 0s to %v, such as 30s", waitLongest)
		}
	}
	if ask.past = q.Get("after") != ""; ask.past {
		ask.after, err = uintParam(r, "after")
	}
	return ask, err
}

// getWait sends the messages that match as they end, until there are enough or the
// time is up, and says which in its last line.
func (d *Door) getWait(w http.ResponseWriter, r *http.Request) error {
	ask, err := waitAskOf(r)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx would hold lines back
	if r.Method == http.MethodHead {
		h.Set("Content-Type", linesType)
		return nil
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	wait := &waiter{
		filter: ask.filter, caller: msg.CallerOf(ctx), most: ask.count, more: make(chan struct{}, 1),
		ctl: http.NewResponseController(w), cancel: cancel,
	}
	if err := d.joinWait(wait); err != nil {
		return err
	}
	defer d.leaveWait(wait)
	if err := d.o.Welcome(wait.caller); err != nil {
		return d.refused(r, err)
	}
	h.Set("Content-Type", linesType)
	to := newLines(w, ctx.Done())
	defer to.end()
	_ = to.ctl.SetReadDeadline(time.Time{}) // nothing more is read
	buffer := bufio.NewWriterSize(to, 4<<10)
	out := &waitLines{to: to, out: buffer, json: jsonTo(buffer), left: ask.count}
	d.wait(ctx, wait, ask, out)
	return nil
}

// wait writes to out until there is an end. Whoever is gone, or was shown out, is
// told none.
func (d *Door) wait(ctx context.Context, wait *waiter, ask waitAsk, out *waitLines) {
	timeout, beat := time.NewTimer(ask.timeout), time.NewTicker(heartbeat)
	defer timeout.Stop()
	defer beat.Stop()
	last := wire.WaitEnd{}
	if ask.past {
		last.Forgotten = d.past(ask, out)
	}
	for timedOut := false; ; {
		found, stopping := wait.take()
		if ctx.Err() != nil || !out.write(found) {
			return
		}
		switch {
		case out.left == 0:
			last.End = wire.WaitMatched
		case timedOut:
			last.End = wire.WaitTimeout
		case stopping:
			last.End = wire.WaitStopping
		}
		if last.End != "" {
			break
		}
		select {
		case <-wait.more:
		case <-timeout.C:
			timedOut = true
		case <-beat.C:
			_ = out.out.WriteByte('\n') // Flush tells
		case <-ctx.Done():
		}
	}
	last.Matched, last.Missed = ask.count-out.left, wait.lost()
	out.line(last)
}

// past writes what is kept and was asked for, and reports whether some of it may
// not be kept any more. wait has been shown everything since before, so nothing
// falls between; out knows what it had.
func (d *Door) past(ask waitAsk, out *waitLines) (forgotten bool) {
	var found []*msg.Record
	d.o.Recent.Walk(query.Filter{}, 0, func(rec *msg.Record) bool {
		if rec.Seq > ask.after && ask.filter.Match(rec) { // a number is compared sooner than a query is asked
			found = append(found, rec)
		}
		return len(found) < ask.count
	})
	out.had = make(map[uint64]bool, len(found))
	out.write(found) // who is gone is found out by the next write
	for _, rec := range found {
		out.had[rec.Seq] = true
	}
	return ask.after < d.o.Recent.Forgotten() && out.left > 0
}

// waitLines writes the answer to a wait.
type waitLines struct {
	to   lines
	out  *bufio.Writer
	json *json.Encoder   // into out
	left int             // messages still wanted
	had  map[uint64]bool // numbers of those that were written as the past
}

// write sends records at once, as many as are still wanted, and reports whether
// the client is there. With none it tells the client that it is heard.
func (l *waitLines) write(some []*msg.Record) bool {
	for _, rec := range some {
		if l.left == 0 {
			break
		}
		if l.had[rec.Seq] {
			continue
		}
		_ = l.json.Encode(wire.MessageOf(rec, false)) // Flush tells
		l.left--
	}
	return l.flush()
}

func (l *waitLines) line(v any) {
	_ = l.json.Encode(v)
	l.flush()
}

func (l *waitLines) flush() bool { return l.out.Flush() == nil && l.to.flush() == nil }

func docGetWait() *operation {
	return about("wait", "messages", "Wait for messages",
		"Sends each message that matches as soon as it is known what became of it, one a line as `GET /api/v1/messages` has them, and ends when there were "+
			"`count` of them, or the time is up. The last line is an object with `end`, which no message has: `matched`, `timeout`, or `stopping` where the hub stops. An "+
			"answer without it was cut off. An empty line now and then shows that the hub is there.\n\nWhat comes from the moment on that the answer's header arrives is never missed. To begin earlier, read `seq` of "+
			"`GET /api/v1/stats`, or the `last_seq` of what you hand in, and give it as `after`: messages with a higher number count, also those that ended already, as long "+
			"as they are kept. It looks at every outcome, so `outcome:received` waits for what a client says.\n\nAt most 64 requests wait at a time.").
		param("query", "q", queryDoc, &schema{Type: "string"}, "event:done data.ok:true").
		param("query", "namespace", "Only of this namespace.", &schema{Type: "string"}, "/ws/rt_market").
		param("query", "event", "Only with this event name.", &schema{Type: "string"}, "tick").
		param("query", "count", "How many messages.", &schema{Type: "integer", Minimum: number(1), Maximum: number(waitMost), Default: 1}, 3).
		param("query", "timeout", "For how long; 0s looks only at what is kept. At most 10m.", &schema{Type: "string", Default: waitDefault.String()}, "10s").
		param("query", "after", "Messages with a higher number that are kept count, too; 0: all that are.", &schema{Type: "integer", Minimum: number(0)}, 123).
		gives(http.StatusOK, "Lines, each a Message, and a WaitEnd.", linesType, &schema{Type: "string", Description: "one Message a line, and at the end a WaitEnd"}, nil).
		fails(http.StatusBadRequest, http.StatusServiceUnavailable).
		failsWith(http.StatusTooManyRequests, tooManyWait())
}
