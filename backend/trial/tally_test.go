package trial

import (
	"strconv"
	"testing"
	"time"
)

// listening returns the rules of a trial that measures.
func listening(producers int) *rules {
	r := &rules{id: 7, producers: producers, batch: 1, clock: newClock(false), into: newHistograms()}
	r.window.most.Store(1 << 30)
	r.window.from.Store(1)
	r.window.until.Store(1 << 62)
	return r
}

// ear is a tally that is told what comes, in ms since the trial's origin.
type ear struct {
	*tally
	t *testing.T
}

func newEar(t *testing.T, r *rules) ear { return ear{newTally(r), t} }

// gets takes message n, due and come at these ms.
func (c ear) gets(n int64, dueMS, atMS float64) {
	c.t.Helper()
	due, at := c.when(dueMS), c.when(atMS)
	c.take(at, appendData(nil, c.clock.at(due), c.id, n, 100))
}

// hears takes a message of somebody else's.
func (c ear) hears(data string, atMS float64) { c.take(c.when(atMS), []byte(data)) }

func (c ear) when(ms float64) time.Time {
	return c.clock.origin.Add(time.Duration(ms * float64(time.Millisecond)))
}

// counts compares what was counted.
func (c ear) counts(arrived, twice, behind, foreign uint64) {
	c.t.Helper()
	if got := c.arrived.Load(); got != arrived || c.twice != twice || c.behind != behind || c.foreign != foreign {
		c.t.Errorf("got %d arrived, %d twice, %d out of order, %d foreign; want %d, %d, %d, %d",
			got, c.twice, c.behind, c.foreign, arrived, twice, behind, foreign)
	}
}

// near reports whether got is want, as exactly as a histogram knows it.
func near(got, want time.Duration) bool { return (got - want).Abs() <= want/500 }

func (c ear) latency() Quantiles {
	c.flush()
	return quantilesOf(c.into.latency)
}

func (c ear) interval() Quantiles {
	c.flush()
	return quantilesOf(c.into.interval)
}

func TestLatencyIsFromWhenAMessageWasDue(t *testing.T) {
	c := newEar(t, listening(1))
	for n := range int64(100) {
		c.gets(n, float64(10*n), float64(10*n+n+1)) // 1 to 100 ms
	}
	q := c.latency()
	if q.Count != 100 || !near(q.P50, 50*time.Millisecond) || !near(q.P99, 99*time.Millisecond) ||
		!near(q.P999, 100*time.Millisecond) || !near(q.Max, 100*time.Millisecond) {
		t.Errorf("got %+v, want 100 values, 50, 99, 100 and 100 ms", q)
	}
}

func TestTheIntervalErrorIsAgainstTheGapsOfTheDueTimes(t *testing.T) {
	c := newEar(t, listening(1))
	c.gets(0, 0, 1)
	c.gets(1, 10, 11)  // 0
	c.gets(2, 20, 24)  // +3
	c.gets(3, 30, 31)  // -3
	c.gets(4, 100, 99) // -2: due 70 later, came 68 later
	if q := c.interval(); q.Count != 4 || !near(q.Max, 3*time.Millisecond) || !near(q.P50, 2*time.Millisecond) {
		t.Errorf("got %+v, want 4 values, 2 ms in the middle, 3 ms at most", q)
	}
}

func TestTheIntervalErrorIsAgainstAKnownInterval(t *testing.T) {
	r := listening(1)
	r.interval = int64(10 * time.Millisecond)
	c := newEar(t, r)
	c.gets(0, 0, 1)
	c.gets(1, 1, 11)  // 0, whenever it was due
	c.gets(2, 2, 23)  // +2
	c.gets(3, 40, 43) // +10: an empty slot
	if q := c.interval(); q.Count != 3 || !near(q.P50, 2*time.Millisecond) || !near(q.Max, 10*time.Millisecond) {
		t.Errorf("got %+v, want 3 values, 2 ms in the middle, 10 ms at most", q)
	}
}

func TestWhatComesAgainOrOutOfOrderIsCounted(t *testing.T) {
	c := newEar(t, listening(1))
	for at, n := range []int64{0, 1, 3, 2, 2, 4, 1} {
		c.gets(n, float64(n), float64(10+at))
	}
	c.counts(5, 2, 1, 0)
}

func TestTheOrderBetweenProducersDoesNotCount(t *testing.T) {
	c := newEar(t, listening(2))
	for at, n := range []int64{0, 2, 4, 1, 3, 6, 5} {
		c.gets(n, float64(n), float64(10+at))
	}
	c.counts(7, 0, 0, 0)
}

func TestMessagesOfAnotherTrialAreForeign(t *testing.T) {
	r := listening(1)
	r.window.most.Store(10)
	c := newEar(t, r)
	c.gets(9, 0, 1)
	c.gets(10, 0, 2) // never sent
	c.hears(`{"due":1,"id":8,"n":1}`, 3)
	c.hears(`{"due":1}`, 4)
	c.hears(`{"price":231.42}`, 5)
	c.counts(1, 0, 0, 4)
}

func TestTheWarmUpIsNotMeasuredButForTheFirstGap(t *testing.T) {
	r := listening(1)
	c := newEar(t, r)
	r.window.first.Store(2)
	r.window.from.Store(r.clock.at(c.when(20)))
	c.gets(0, 0, 1)
	c.gets(1, 10, 500)
	c.gets(2, 20, 501)
	c.counts(1, 0, 0, 0)
	if q := c.interval(); q.Count != 1 || !near(q.Max, 9*time.Millisecond) {
		t.Errorf("got %+v, want one value of 9 ms", q)
	}
	if q := c.latency(); q.Count != 1 || !near(q.Max, 481*time.Millisecond) {
		t.Errorf("got %+v, want one value of 481 ms", q)
	}
}

func TestAMessageIsMeasuredByItsNumberAlsoWhereTheServerRoundsItsDate(t *testing.T) {
	r := listening(1)
	c := newEar(t, r)
	r.window.first.Store(2)
	r.window.from.Store(r.clock.at(c.when(20)))
	c.gets(2, 20-128e-6, 21) // a number in JavaScript
	c.counts(1, 0, 0, 0)
}

func TestWithoutARateAMessageIsMeasuredByItsDate(t *testing.T) {
	r := listening(1)
	r.flatOut = true
	c := newEar(t, r)
	r.window.from.Store(r.clock.at(c.when(20)))
	c.gets(0, 19, 21)
	c.gets(1, 20, 21)
	c.counts(1, 0, 0, 0)
}

// overhearing returns an ear on somebody else's messages, measured if due from 10 ms
// to 100 ms. The interval is 0 where it is not known.
func overhearing(t *testing.T, interval time.Duration) ear {
	c := newEar(t, &rules{clock: newClock(true), interval: int64(interval), into: newHistograms()})
	c.window.from.Store(c.clock.at(c.when(10)))
	c.window.until.Store(c.clock.at(c.when(100)))
	return c
}

// dated is somebody else's message that was due at these ms.
func (c ear) dated(dueMS float64) string {
	return `{"due": ` + strconv.FormatInt(c.clock.at(c.when(dueMS)), 10) + `}`
}

func TestWhoOnlyListensMeasuresWhatWasDueInTime(t *testing.T) {
	c := overhearing(t, 0)
	c.hears(c.dated(9), 12) // late, and of the warm-up; the first gap begins with it
	c.hears(c.dated(10), 14)
	c.hears(c.dated(99), 250) // late, but measured
	c.hears(c.dated(100), 251)
	c.counts(2, 0, 0, 0)
	if q := c.latency(); q.Count != 2 || !near(q.Max, 151*time.Millisecond) {
		t.Errorf("got latency %+v, want 4 and 151 ms", q)
	}
	if q := c.interval(); q.Count != 2 || !near(q.P50, time.Millisecond) || !near(q.Max, 147*time.Millisecond) {
		t.Errorf("got interval error %+v, want 1 and 147 ms", q)
	}
}

func TestADateThatAServerRoundedIsStillInTime(t *testing.T) {
	c := overhearing(t, 0)
	c.hears(c.dated(10-128e-6), 12) // a number in JavaScript
	c.hears(c.dated(100-128e-6), 101)
	c.counts(1, 0, 0, 0)
}

func TestWhatHasNoDateIsMeasuredWhenItComesInTime(t *testing.T) {
	c := overhearing(t, 10*time.Millisecond)
	c.hears(`{"price":231.42}`, 9)
	c.hears(`{"price":231.42}`, 12)
	c.hears(c.dated(20), 24)
	c.hears(`{"due":1790000000}`, 35) // seconds
	c.hears(`{"price":231.42}`, 100)
	c.counts(3, 0, 0, 0)
	if q := c.latency(); q.Count != 1 || !near(q.Max, 4*time.Millisecond) {
		t.Errorf("got latency %+v, want one of 4 ms", q)
	}
	if q := c.interval(); q.Count != 3 || !near(q.P50, 2*time.Millisecond) || !near(q.Max, 7*time.Millisecond) {
		t.Errorf("got interval error %+v, want 7, 2 and 1 ms", q)
	}
}

func TestAGapWithoutADateAtBothEndsHasNoError(t *testing.T) {
	c := overhearing(t, 0)
	c.hears(`{"price":231.42}`, 11)
	c.hears(c.dated(20), 21)
	c.hears(`{"price":231.42}`, 22)
	c.hears(c.dated(30), 31)
	c.counts(4, 0, 0, 0)
	if q := c.interval(); q.Count != 0 {
		t.Errorf("got interval error %+v, want none", q)
	}
}

func TestNothingIsMeasuredBeforeItBegins(t *testing.T) {
	c := newEar(t, &rules{clock: newClock(true), into: newHistograms()})
	c.hears(c.dated(1), 2)
	c.hears(`{"price":231.42}`, 3)
	c.counts(0, 0, 0, 0)
}
