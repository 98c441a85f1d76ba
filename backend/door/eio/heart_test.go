package eio

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// patient is what a heart beats for in tests.
type patient struct {
	heart  *heart
	start  time.Time
	answer func()

	mu    sync.Mutex
	pings []time.Duration // when they were handed out
	died  time.Duration   // 0: it lives
}

func (p *patient) ping() {
	p.mu.Lock()
	p.pings = append(p.pings, time.Since(p.start))
	p.mu.Unlock()
	if p.answer != nil {
		p.answer()
	}
}

func (p *patient) die() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.died = time.Since(p.start)
}

// seen returns what has happened so far.
func (p *patient) seen() (pings []time.Duration, died time.Duration) {
	synctest.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.pings), p.died
}

func newPatient(interval, timeout time.Duration) *patient {
	p := &patient{start: time.Now()}
	p.heart = &heart{interval: interval, timeout: timeout, body: p}
	return p
}

func TestAPongInTheMomentOfThePingCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPatient(time.Second, 800*time.Millisecond)
		p.answer = p.heart.hear // before the ping is even handed out in full
		p.heart.start(false)
		time.Sleep(10*time.Second + time.Millisecond)
		if pings, died := p.seen(); died != 0 || len(pings) != 10 {
			t.Errorf("got %d pings and death after %v, want 10 and none", len(pings), died)
		}
		p.heart.stop()
	})
}

func TestAClientThatDoesNotAnswerDiesAfterTheTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPatient(time.Second, 800*time.Millisecond)
		p.heart.start(false)
		p.heart.hear() // nobody has asked: this counts for nothing
		time.Sleep(10 * time.Second)
		pings, died := p.seen()
		if want := 1800 * time.Millisecond; died != want || len(pings) != 1 {
			t.Errorf("got death after %v and %d pings, want %v and 1", died, len(pings), want)
		}
	})
}

func TestAnAnswerPutsTheNextPingOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPatient(time.Second, 800*time.Millisecond)
		p.heart.start(false)
		time.Sleep(1799 * time.Millisecond) // asked at 1 s
		p.heart.hear()
		time.Sleep(time.Second)
		if pings, died := p.seen(); died != 0 || len(pings) != 2 || pings[1] != 2799*time.Millisecond {
			t.Errorf("got pings at %v and death at %v, want the second at 2.799 s", pings, died)
		}
		p.heart.stop()
		time.Sleep(time.Minute)
		if pings, died := p.seen(); died != 0 || len(pings) != 2 {
			t.Error("a stopped heart goes on")
		}
	})
}

func TestARevision3ClientPingsItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPatient(time.Second, 800*time.Millisecond)
		p.heart.start(true)
		for range 5 {
			time.Sleep(1700 * time.Millisecond)
			p.heart.hear()
		}
		if pings, died := p.seen(); died != 0 || len(pings) != 0 {
			t.Errorf("got %d pings and death at %v, want neither", len(pings), died)
		}
		time.Sleep(time.Minute)
		if _, died := p.seen(); died != 5*1700*time.Millisecond+1800*time.Millisecond {
			t.Errorf("got death at %v, want 1.8 s after the last ping", died)
		}
	})
}

func TestARoundTripIsWhatAPongTakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPatient(25*time.Second, 30*time.Second)
		p.heart.start(false)
		time.Sleep(firstPing + 40*time.Millisecond) // it comes before the interval is over
		if got := p.heart.roundTrip(); got != 0 {
			t.Errorf("before the first answer: got %v, want 0", got)
		}
		p.heart.hear()
		if got, want := p.heart.roundTrip(), 40*time.Millisecond; got != want {
			t.Errorf("got %v, want %v", got, want)
		}
		time.Sleep(25 * time.Second) // asked again, and not answered
		time.Sleep(3 * time.Second)
		if got, want := p.heart.roundTrip(), 3*time.Second; got != want {
			t.Errorf("while it waits: got %v, want %v", got, want)
		}
		p.heart.stop()
	})
}
