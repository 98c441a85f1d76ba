package simulate_test

import (
	"bytes"
	"errors"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
	"emitscope/backend/simulate"
)

// lane takes drafts as intake does: in order, and refuses those that find it full.
type lane struct {
	mu    sync.Mutex
	room  int
	why   error
	took  []msg.Draft
	times []time.Time
	slow  time.Duration // how long one call takes
}

func (l *lane) AcceptEach(drafts []msg.Draft, refused func(i int, why error)) (got msg.Receipt) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.slow > 0 {
		time.Sleep(l.slow)
		synctest.Wait()
		l.slow = 0
	}
	for i, d := range drafts {
		if l.room == 0 {
			refused(i, l.why)
			continue
		}
		l.room--
		d.Payload = bytes.Clone(d.Payload)
		l.took = append(l.took, d)
		l.times = append(l.times, time.Now())
		got.Accepted++
	}
	return got
}

func (l *lane) taken() []msg.Draft {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.took)
}

// things is a shelf in memory.
type things map[string][]byte

func (t things) List() (all []msg.Named) {
	for name, value := range t {
		all = append(all, msg.Named{Name: name, Value: value})
	}
	slices.SortFunc(all, func(a, b msg.Named) int { return bytes.Compare([]byte(a.Name), []byte(b.Name)) })
	return all
}

func (t things) Put(name string, value []byte) (bool, error) {
	_, had := t[name]
	t[name] = value
	return !had, nil
}

func (t things) Remove(name string) error {
	if t[name] == nil {
		return fault.Newf(fault.NotFound, "there is no %s", name)
	}
	delete(t, name)
	return nil
}

func (t things) Clear() error {
	clear(t)
	return nil
}

func open() (*simulate.Simulators, *lane) {
	l := &lane{room: 1 << 30, why: fault.Newf(fault.Full, "the lane is full")}
	return simulate.New(l, things{}, slog.New(slog.DiscardHandler)), l
}

func put(t *testing.T, s *simulate.Simulators, name string, setup wire.SimulatorSetup) {
	t.Helper()
	if _, _, err := s.Put(name, setup); err != nil {
		t.Fatal(err)
	}
}

func start(t *testing.T, s *simulate.Simulators, name string) {
	t.Helper()
	if one, err := s.Start(name); err != nil || !one.Running {
		t.Fatalf("got %+v, %v, want a simulator that runs", one, err)
	}
}

func one(t *testing.T, s *simulate.Simulators, name string) wire.Simulator {
	t.Helper()
	list, err := s.List()
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range list {
		if one.Name == name {
			return one
		}
	}
	t.Fatalf("%s is not there", name)
	return wire.Simulator{}
}

func TestASimulatorSendsToItsRooms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, l := open()
		put(t, s, "a", wire.SimulatorSetup{Feed: "counter", Interval: "10ms", Rooms: []string{"AAPL", "MSFT"}, Count: 2})
		start(t, s, "a")
		time.Sleep(time.Second)
		synctest.Wait()
		for i, d := range l.taken() {
			if want := []string{"AAPL", "MSFT"}; !slices.Equal(d.Rooms, want) {
				t.Errorf("message %d: got rooms %v, want %v", i, d.Rooms, want)
			}
		}
		if got := len(l.taken()); got != 2 {
			t.Errorf("got %d messages, want 2", got)
		}
	})
}

func TestASimulatorHandsDraftsInOnItsSchedule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, l := open()
		put(t, s, "a", wire.SimulatorSetup{Feed: "counter", Interval: "10ms", Namespace: "/n", Event: "e", Count: 100})
		began := time.Now()
		start(t, s, "a")
		time.Sleep(2 * time.Second)
		synctest.Wait()
		got := one(t, s, "a")
		if got.Running || got.Sent != 100 || got.Accepted != 100 || got.Refused != 0 {
			t.Errorf("got %+v, want 100 sent and accepted, and an end", got)
		}
		for i, d := range l.took {
			if at := l.times[i].Sub(began); at != time.Duration(i)*10*time.Millisecond || string(d.Payload) != `{"count":`+strconv.Itoa(i+1)+`}` {
				t.Errorf("message %d: got %s after %v, want it after %d0 ms", i, d.Payload, at, i)
			}
		}
		want := msg.Origin{Door: msg.DoorSimulator, Local: true}
		if d := l.took[0]; d.Namespace != "/n" || d.Event != "e" || d.Origin != want || d.Source.IsZero() {
			t.Errorf("got %+v, want it to say whose it is", d)
		}
	})
}

func TestAProducerKeepsItsPhaseAfterAStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, l := open()
		l.slow = 25 * time.Millisecond
		put(t, s, "a", wire.SimulatorSetup{Feed: "counter", Interval: "10ms", Count: 5})
		began := time.Now()
		start(t, s, "a")
		time.Sleep(time.Second)
		synctest.Wait()
		var at []time.Duration
		for _, moment := range l.times {
			at = append(at, moment.Sub(began)/time.Millisecond)
		}
		if want := []time.Duration{25, 25, 25, 30, 40}; !slices.Equal(at, want) {
			t.Errorf("got messages after %v ms, want %v: what was due meanwhile at once, then on the grid", at, want)
		}
	})
}

func TestAProducerThatWasAwayForLongLeavesSlotsOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, l := open()
		l.slow = time.Hour + 4*time.Millisecond
		put(t, s, "a", wire.SimulatorSetup{Feed: "counter", Interval: "10ms", Count: 4})
		began := time.Now()
		start(t, s, "a")
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		got := one(t, s, "a")
		if got.Sent != 4 || got.Missed < 359_900 || got.Missed > 360_000 {
			t.Errorf("got %+v, want 4 messages, and those of an hour missed", got)
		}
		if at := l.times[3].Sub(began); at < time.Hour || at > time.Hour+50*time.Millisecond || at%(10*time.Millisecond) != 0 {
			t.Errorf("got the last message after %v, want it soon after the hour, on the grid", at)
		}
		if last := string(l.took[3].Payload); last != `{"count":4}` {
			t.Errorf("got %s at the end, want no message left out", last)
		}
	})
}

func TestWhatTheHubRefusesIsCountedAndLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, l := open()
		l.room = 3
		put(t, s, "a", wire.SimulatorSetup{Feed: "bursts", Set: map[string]float64{"size": 5}, Count: 10})
		start(t, s, "a")
		time.Sleep(10 * time.Second)
		synctest.Wait()
		got := one(t, s, "a")
		if got.Sent != 10 || got.Accepted != 3 || got.Refused != 7 || got.Refusal == nil || got.Refusal.Code != "queue_full" {
			t.Errorf("got %+v, want 3 of 10 accepted and why", got)
		}
	})
}

func TestASimulatorEndsWithAHubThatStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, l := open()
		l.room, l.why = 2, fault.Newf(fault.Stopping, "the hub is stopping")
		put(t, s, "a", wire.SimulatorSetup{Feed: "counter"})
		start(t, s, "a")
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := one(t, s, "a"); got.Running || got.Refused != 1 {
			t.Errorf("got %+v, want one refusal and the end", got)
		}
	})
}

func TestStoppingWaitsForTheLastMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, l := open()
		put(t, s, "a", wire.SimulatorSetup{Feed: "ticks", Producers: 8, Rate: 500})
		start(t, s, "a")
		time.Sleep(time.Second)
		synctest.Wait()
		stopped, err := s.Stop("a")
		n := len(l.taken())
		if err != nil || stopped.Running || int(stopped.Accepted) != n || n < 4000 {
			t.Errorf("got %+v, %v, want it at rest with %d messages", stopped, err, n)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if more := len(l.taken()) - n; more != 0 {
			t.Errorf("got %d messages after the stop, want none", more)
		}
	})
}

func TestAChangedSimulatorBeginsAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, l := open()
		put(t, s, "a", wire.SimulatorSetup{Feed: "counter", Namespace: "/one"})
		start(t, s, "a")
		time.Sleep(time.Second)
		synctest.Wait()
		put(t, s, "a", wire.SimulatorSetup{Feed: "counter", Namespace: "/two"})
		time.Sleep(50 * time.Millisecond)
		synctest.Wait()
		got, took := one(t, s, "a"), l.taken()
		if last := took[len(took)-1]; !got.Running || got.Sent != 1 || last.Namespace != "/two" || string(last.Payload) != `{"count":1}` {
			t.Errorf("got %+v and %s, want its first message on /two", got, last.Payload)
		}
		if err := s.Remove("a"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Start("a"); !errors.Is(err, fault.NotFound) {
			t.Errorf("got %v after it was removed, want not_found", err)
		}
	})
}

func TestAllThatRunTogetherHaveALimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := open()
		fast := wire.SimulatorSetup{Feed: "counter", Rate: 60_000}
		put(t, s, "a", fast)
		put(t, s, "b", fast)
		start(t, s, "a")
		if _, err := s.Start("b"); !errors.Is(err, fault.TooMany) {
			t.Errorf("got %v, want limit_exceeded", err)
		}
		start(t, s, "a") // it runs already, and is not counted twice
		if _, err := s.Stop("a"); err != nil {
			t.Fatal(err)
		}
		start(t, s, "b")
		if _, err := s.Stop("b"); err != nil {
			t.Fatal(err)
		}
	})
}

func TestTheDemoStartsWhatItNeeds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, l := open()
		if err := s.StartDemo(); err != nil {
			t.Fatal(err)
		}
		if err := s.StartDemo(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10*time.Second - time.Millisecond)
		synctest.Wait()
		if got := len(l.taken()); got < 1280 || got > 1320 {
			t.Errorf("got %d messages in 10 s, want 130 a second", got)
		}
		if err := s.StopDemo(); err != nil {
			t.Fatal(err)
		}
		n := len(l.taken())
		time.Sleep(time.Second)
		synctest.Wait()
		if got := len(l.taken()); got != n {
			t.Errorf("got %d messages after it was stopped, want none", got-n)
		}
	})
}
