package crowd

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"emitscope/backend/msg"
)

// people are made-up clients, by their ids.
type people struct {
	pulses  []msg.Pulse
	clients map[string]msg.Client
}

func (p *people) Pulses(each func(msg.Pulse)) {
	for i := range p.pulses {
		each(p.pulses[i])
		p.pulses[i].Peak = 0 // as an outbox does
	}
}

func (p *people) Client(id string) (msg.Client, bool) {
	if c, ok := p.clients[id]; ok {
		return c, true
	}
	i := slices.IndexFunc(p.pulses, func(one msg.Pulse) bool { return one.ID == id })
	if i < 0 {
		return msg.Client{}, false
	}
	return msg.Client{ID: id, Address: p.pulses[i].Address}, true
}

var morning = time.Date(2026, 1, 2, 8, 0, 0, 0, time.UTC)

// come adds a client who has been connected for longer than those after it.
func (p *people) come(id, address string) {
	p.pulses = append(p.pulses, msg.Pulse{ID: id, Address: address, Since: morning.Add(time.Duration(len(p.pulses)) * time.Second)})
}

func (p *people) of(id string) *msg.Pulse {
	return &p.pulses[slices.IndexFunc(p.pulses, func(one msg.Pulse) bool { return one.ID == id })]
}

func newCrowd(ids ...string) (*Crowd, *people) {
	p := &people{}
	for i, id := range ids {
		p.come(id, fmt.Sprintf("10.0.0.%d:5000", i+1))
	}
	c := New()
	c.Watch(p)
	return c, p
}

// levels returns one client's levels of the last minute, or of ten.
func levels(c *Crowd, id string, step time.Duration) []uint8 {
	h := c.History(step, time.Time{})
	i := slices.IndexFunc(h.Clients, func(l msg.ClientLevels) bool { return l.ID == id })
	if i < 0 {
		return nil
	}
	return h.Clients[i].Levels
}

func at(second int) time.Time { return morning.Add(time.Hour + time.Duration(second)*time.Second) }

func TestASecondIsAsFullAsItsFullestMoment(t *testing.T) {
	c, p := newCrowd("a")
	for second, peak := range []float64{0, 0.0001, 0.5, 1, 0} {
		p.of("a").Peak = peak
		if second == 2 {
			c.List(msg.ClientQuery{}) // somebody looks in the middle of it
			p.of("a").Peak = 0.1
		}
		c.closeSecond(at(second))
	}
	if got, want := levels(c, "a", time.Second), []uint8{0, 1, 127, 254, 0}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got, want := levels(c, "a", 5*time.Second), []uint8{254}; !slices.Equal(got, want) {
		t.Errorf("in 5 s: got %v, want %v", got, want)
	}
}

func TestASecondInWhichMessagesWereMissedSaysSo(t *testing.T) {
	c, p := newCrowd("a", "b")
	c.closeSecond(at(0))
	p.of("a").Missed = 3
	c.closeSecond(at(1))
	c.closeSecond(at(2))
	if got, want := levels(c, "a", time.Second), []uint8{0, 255, 0}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if total, slow := c.Count(); total != 2 || slow != 1 {
		t.Errorf("got %d clients, %d slow, want 2 and 1", total, slow)
	}
	c.closeSecond(at(10))
	if _, slow := c.Count(); slow != 1 {
		t.Error("got it forgiven after 9 s, want after 10")
	}
	c.closeSecond(at(11))
	if _, slow := c.Count(); slow != 0 {
		t.Error("got it slow after 10 s, want it forgiven")
	}
}

func TestTheHistoryIsKeptForAMinuteAndForTen(t *testing.T) {
	c, p := newCrowd("old")
	for second := range 700 {
		if second == 690 {
			p.come("new", "10.0.0.9:1")
		}
		p.of("old").Peak = float64(second%200) / 254
		c.closeSecond(at(second))
	}
	minute := c.History(time.Second, time.Time{})
	if len(minute.Times) != 60 || !minute.Times[59].Equal(at(699)) || !minute.Times[0].Equal(at(640)) {
		t.Errorf("got a minute of %d steps up to %v", len(minute.Times), minute.Times)
	}
	if l := minute.Clients[0].Levels; len(l) != 60 || l[59] != 699%200 || l[0] != 640%200 {
		t.Errorf("got levels %v", l)
	}
	if l := minute.Clients[1].Levels; minute.Clients[1].ID != "new" || len(l) != 10 {
		t.Errorf("got %v, want 10 levels of who came 10 s ago", minute.Clients[1])
	}
	ten := c.History(5*time.Second, time.Time{})
	if len(ten.Times) != 119 || !ten.Times[118].Equal(at(699)) || len(ten.Clients[0].Levels) != 119 || len(ten.Clients[1].Levels) != 2 {
		t.Errorf("got ten minutes of %d steps up to %v", len(ten.Times), ten.Times[118])
	}
	if l := ten.Clients[0].Levels; l[118] != 699%200 || l[0] != 109 {
		t.Errorf("got levels %v, want the highest of each 5 s", l)
	}
	more := c.History(5*time.Second, ten.Times[116])
	if len(more.Times) != 2 || len(more.Clients[0].Levels) != 2 || len(more.Clients[1].Levels) != 2 {
		t.Errorf("after the third last step: got %+v, want the last two", more)
	}
	if none := c.History(time.Second, at(699)); len(none.Times) != 0 || len(none.Clients) != 2 {
		t.Errorf("after the last step: got %+v, want nothing new of two clients", none)
	}
}

func TestWhoHasLeftIsForgotten(t *testing.T) {
	c, p := newCrowd("a", "b")
	c.closeSecond(at(0))
	p.pulses = p.pulses[1:]
	if page := c.List(msg.ClientQuery{Limit: 9}); page.Total != 1 || page.Clients[0].ID != "b" {
		t.Errorf("got %+v, want b alone", page)
	}
	if levels(c, "a", time.Second) != nil {
		t.Error("got the history of who has left")
	}
}

func ids(page msg.ClientPage) string {
	var all []string
	for _, c := range page.Clients {
		all = append(all, c.ID)
	}
	return strings.Join(all, " ")
}

func TestTheWorstComeFirst(t *testing.T) {
	c, p := newCrowd("fine", "behind", "once", "further", "losing", "alsofine")
	p.of("once").Missed = 9
	c.closeSecond(time.Now().Add(-time.Minute))
	p.of("behind").Lag.Age = 300 * time.Millisecond
	p.of("further").Lag.Age = 2 * time.Second
	p.of("losing").Missed = 1
	p.of("alsofine").Lag.Age = 10 * time.Millisecond
	page := c.List(msg.ClientQuery{Sort: msg.Slowest, Limit: 9})
	if got, want := ids(page), "losing further behind once fine alsofine"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if page.Losing != 1 || page.Behind != 2 || page.Total != 6 || page.Found != 6 {
		t.Errorf("got %+v, want 1 losing and 2 behind of 6", page)
	}
	if first := page.Clients[0]; first.Standing != msg.Losing || first.LastMissed.IsZero() || len(first.Levels) != 1 {
		t.Errorf("got %+v", first)
	}
}

func TestWhoIsSlowedOnPurposeIsNotBehind(t *testing.T) {
	c, p := newCrowd("meant", "behind")
	p.of("meant").Lag.Age, p.of("meant").Slowed = 2*time.Second, true
	p.of("behind").Lag.Age = 300 * time.Millisecond
	page := c.List(msg.ClientQuery{Sort: msg.Slowest, Limit: 9})
	if got, want := ids(page), "behind meant"; got != want || page.Behind != 1 {
		t.Errorf("got %s and %d behind, want %s and 1", got, page.Behind, want)
	}
}

func TestClientsAreListedInTheOrderAskedFor(t *testing.T) {
	c, p := newCrowd()
	p.come("c", "10.0.0.10:1")
	p.come("b", "[fe80::1]:1")
	p.come("a", "10.0.0.9:1")
	p.come("x", "pipe")
	for sort, want := range map[msg.ClientSort]string{
		msg.OldestFirst: "c b a x", msg.NewestFirst: "x a b c", msg.Slowest: "c b a x", msg.ByAddress: "a c b x",
	} {
		if got := ids(c.List(msg.ClientQuery{Sort: sort, Limit: 9})); got != want {
			t.Errorf("%s: got %s, want %s", sort, got, want)
		}
	}
	if page := c.List(msg.ClientQuery{Limit: 2}); ids(page) != "c b" || page.Total != 4 || page.Found != 4 {
		t.Errorf("got %+v, want two of four", page)
	}
}

func TestClientsAreFoundByWhatPeopleKnowThemBy(t *testing.T) {
	c, p := newCrowd("a", "b")
	p.clients = map[string]msg.Client{
		"a": {ID: "a", Address: "10.0.0.1:5000", Name: "Dash-04", Agent: "Chrome 131", Transport: "websocket", Namespaces: []string{"/ws/rt_market"}, Rooms: []string{"AAPL"}},
		"b": {ID: "b", Address: "10.0.0.2:5000", Door: msg.DoorSocketIO, Transport: "polling", Key: "kiosk"},
	}
	for text, want := range map[string]string{
		"dash": "a", "CHROME": "a", "market": "a", "aapl": "a", "polling": "b", "Kiosk": "b", "socketio": "b", "10.0.0.2": "b", "10.0": "a b", " ": "a b", "nobody": "",
	} {
		page := c.List(msg.ClientQuery{Text: text, Limit: 9})
		if got := ids(page); got != want || page.Found != len(page.Clients) || page.Total != 2 {
			t.Errorf("%q: got %s (%d of %d), want %s", text, got, page.Found, page.Total, want)
		}
	}
	if page := c.List(msg.ClientQuery{Text: "10.0", Limit: 1}); page.Found != 2 || len(page.Clients) != 1 {
		t.Errorf("got %+v, want one listed of two found", page)
	}
}

func TestTheLast200WhoLeftAreRemembered(t *testing.T) {
	c, _ := newCrowd()
	for i := range 250 {
		c.Leave(msg.Departure{Client: msg.Client{ID: fmt.Sprint(i)}, At: at(i), Why: msg.WhyClosed})
	}
	list, total := c.Left()
	if len(list) != MaxLeft || total != 250 || list[0].Client.ID != "249" || list[199].Client.ID != "50" {
		t.Errorf("got %d of %d, from %s to %s", len(list), total, list[0].Client.ID, list[len(list)-1].Client.ID)
	}
}

func TestRunLooksOnceASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := newCrowd("a")
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- c.Run(ctx) }()
		time.Sleep(5*time.Second + time.Millisecond)
		synctest.Wait()
		if got := len(levels(c, "a", time.Second)); got != 5 {
			t.Errorf("got %d seconds, want 5", got)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("got %v, want nil", err)
		}
	})
}

// many returns a crowd that has watched n clients for a second.
func many(n int) *Crowd {
	c, p := newCrowd()
	for i := range n {
		p.come(fmt.Sprintf("01KE%022d", i), fmt.Sprintf("10.%d.%d.%d:5000", i>>16, i>>8&255, i&255))
	}
	c.closeSecond(at(0))
	return c
}

func TestTwentyThousandClientsTakeTenMegabytesAtMost(t *testing.T) {
	heap := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	c, p := newCrowd()
	for i := range 20_000 {
		p.come(fmt.Sprintf("01KE%022d", i), "10.0.0.1:5000")
	}
	before := heap()
	for second := range 2 { // there is nothing that grows with time
		c.closeSecond(at(second))
	}
	used := heap() - before
	runtime.KeepAlive(c)
	if t.Logf("%.1f MB, %d bytes a client", float64(used)/1e6, used/20_000); used > 10<<20 {
		t.Errorf("got %d bytes, want at most 10 MiB", used)
	}
}

// BenchmarkSecondOf10000 is what watching 10,000 clients costs once a second, without
// their outboxes.
func BenchmarkSecondOf10000(b *testing.B) {
	c := many(10_000)
	b.ReportAllocs()
	for b.Loop() {
		c.closeSecond(at(1))
	}
}

// BenchmarkListOf10000 is what one viewer of the worst 300 costs once a second.
func BenchmarkListOf10000(b *testing.B) {
	c := many(10_000)
	p := c.source.(*people)
	p.clients = make(map[string]msg.Client, len(p.pulses))
	for _, one := range p.pulses {
		p.clients[one.ID] = msg.Client{ID: one.ID, Address: one.Address}
	}
	b.ReportAllocs()
	for b.Loop() {
		c.List(msg.ClientQuery{Sort: msg.Slowest, Limit: 300})
	}
}
