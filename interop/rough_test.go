package interop

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"emitscope/backend/door/wire"
)

// roughUsual is for how long the network is bad; EMITSCOPE_ROUGH says otherwise.
const roughUsual = 8 * time.Second

// rough is a bad network between clients and a hub: a TCP proxy that is late, takes
// texts apart to single bytes, stands still, and loses connections, in the middle of
// anything. Once it is told to be good it only hands on.
type rough struct {
	t    *testing.T
	to   string
	url  string
	seed uint64
	good atomic.Bool
	lost atomic.Int64 // connections

	mu      sync.Mutex
	open    map[net.Conn]struct{}
	ended   bool
	running sync.WaitGroup
}

func roughNetwork(t *testing.T, h *hub, seed uint64) *rough {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &rough{t: t, to: strings.TrimPrefix(h.url, "http://"), url: "http://" + l.Addr().String(), seed: seed, open: map[net.Conn]struct{}{}}
	r.running.Go(func() {
		for n := uint64(0); ; n++ {
			in, err := l.Accept()
			if err != nil {
				return
			}
			r.running.Go(func() { r.carry(in, n) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		r.mu.Lock()
		r.ended = true
		for conn := range r.open {
			_ = conn.Close()
		}
		r.mu.Unlock()
		r.running.Wait()
	})
	return r
}

// hold has a connection closed at the end of the test.
func (r *rough) hold(conn net.Conn) (isOver bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.open[conn] = struct{}{}
	return r.ended
}

// carry is one connection, the n-th, whose fate the seed says.
func (r *rough) carry(in net.Conn, n uint64) {
	defer in.Close()
	out, err := net.Dial("tcp", r.to)
	if err != nil || r.hold(in) || r.hold(out) {
		return
	}
	defer out.Close()
	var both sync.WaitGroup
	for way, ends := range [][2]net.Conn{{in, out}, {out, in}} {
		both.Go(func() {
			r.pass(ends[0], ends[1], rand.New(rand.NewPCG(r.seed, 2*n+uint64(way))))
			_ = in.Close()
			_ = out.Close()
		})
	}
	both.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.open, in)
	delete(r.open, out)
}

// pass hands on what comes one way until either end, or its luck, has an end.
func (r *rough) pass(from, to net.Conn, luck *rand.Rand) {
	buffer := make([]byte, 4096)
	for left := 300 + luck.IntN(5_000); ; {
		n, err := from.Read(buffer)
		for part := buffer[:n]; len(part) > 0; {
			size := len(part)
			if !r.good.Load() {
				switch luck.IntN(8) {
				case 0:
					time.Sleep(time.Duration(luck.IntN(30)) * time.Millisecond)
				case 1, 2:
					size = 1
				case 3:
					size = 1 + luck.IntN(len(part))
				}
				if left -= size; left < 0 {
					r.lost.Add(1)
					if luck.IntN(2) == 0 {
						time.Sleep(time.Duration(luck.IntN(300)) * time.Millisecond) // it stands still before it is gone
					}
					if tcp, is := to.(*net.TCPConn); is && luck.IntN(2) == 0 {
						_ = tcp.SetLinger(0) // without a word
					}
					return
				}
			}
			if _, err := to.Write(part[:size]); err != nil {
				return
			}
			part = part[size:]
		}
		if err != nil {
			return
		}
	}
}

// wantOrder fails unless a client's numbers grow by one on each of its connections: it
// may miss what was sent while it was away, and nothing else.
func wantOrder(t *testing.T, who string, connections [][]int) {
	t.Helper()
	total := 0
	for _, numbers := range connections {
		total += len(numbers)
		for i := 1; i < len(numbers); i++ {
			if numbers[i] != numbers[i-1]+1 {
				t.Errorf("%s: got %d after %d on one connection", who, numbers[i], numbers[i-1])
			}
		}
	}
	if total == 0 {
		t.Errorf("%s got nothing", who)
	}
}

// TestClientsComeBackOverABadNetworkAndTheHubForgetsThem has clients of every kind lose
// their connections again and again. EMITSCOPE_SEED repeats a run, as far as the
// scheduler lets it.
func TestClientsComeBackOverABadNetworkAndTheHubForgetsThem(t *testing.T) {
	length, seed := lengthOf(t, "EMITSCOPE_ROUGH", roughUsual), seedOf(t)
	t.Logf("seed %d", seed)
	h := startHub(t, configured(t, "eio3 = true\nping_interval = \"1s\"\nping_timeout = \"2s\"\nrecovery = \"1m\"\n")...)
	b := newBystander(t, h)
	b.check(t)
	goroutines := h.goroutines(t)
	network := roughNetwork(t, h, seed)

	const ns = "/rough"
	peers := returning(t, network.url, ns, "node", "node2", "node3") // python-socketio's threads keep no order
	over, end := context.WithCancel(t.Context())
	native := &listener{}
	var listening sync.WaitGroup
	defer listening.Wait()
	defer end()
	listening.Go(func() {
		for e := range persistent(over, network.url, ns) {
			native.hear(e)
		}
	})

	c := h.client(t)
	n := 0
	recovered := func() (n int) {
		for _, p := range peers {
			n += p.count(func(e happening) bool { return e.Recovered })
		}
		return n
	}
	begun := time.Now()
	for ; time.Since(begun) < length || network.lost.Load() < 20 || recovered() == 0; n++ {
		if time.Since(begun) > length+2*patience {
			t.Fatalf("after %v %d connections were lost and %d recovered: the network is too good", time.Since(begun), network.lost.Load(), recovered())
		}
		if _, err := c.Publish(t.Context(), wire.Publish{Namespace: ns, Event: "e", Data: json.RawMessage(strconv.Itoa(n))}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Millisecond) // a rate, not a wait
	}
	network.good.Store(true)
	// Whoever has lost its connection comes back, so that at some time all get one and
	// the same message.
	h.await(t, "everybody with the last message", func() bool {
		if _, err := c.Publish(t.Context(), wire.Publish{Namespace: ns, Event: "last", Data: json.RawMessage(`"last"`)}); err != nil {
			t.Fatal(err)
		}
		for _, p := range peers {
			if p.count(func(e happening) bool { return e.Type == "event" && e.Event == "last" }) == 0 {
				return false
			}
		}
		return native.heardLast.Load()
	})
	end()
	listening.Wait()
	for who, p := range peers {
		wantOrder(t, who, p.byConnection())
	}
	wantOrder(t, "the native client", native.numbers)
	b.check(t)
	for _, p := range peers {
		p.stops()
	}
	h.awaitGoroutines(t, goroutines)
	t.Logf("%d messages over %d lost connections; %d recovered", n, network.lost.Load(), recovered())
}

// listener keeps what a native client gets, connection by connection.
type listener struct {
	numbers   [][]int
	heardLast atomic.Bool
}

func (l *listener) hear(e string) {
	switch kind, data, _ := strings.Cut(e, " "); {
	case kind == "subscribed":
		l.numbers = append(l.numbers, nil)
	case kind != "event":
	case data == `"last"`:
		l.heardLast.Store(true)
	default:
		n, _ := strconv.Atoi(data)
		l.numbers[len(l.numbers)-1] = append(l.numbers[len(l.numbers)-1], n)
	}
}

// byConnection are the numbers that came as events "e", connection by connection; one
// that was recovered goes on with those of the one before.
func (p *peer) byConnection() (numbers [][]int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, h := range p.seen {
		switch {
		case isConnected(h) && !h.Recovered:
			numbers = append(numbers, nil)
		case h.Type == "event" && h.Event == "e":
			n, _ := strconv.Atoi(compactJSON(h.Args[0]))
			numbers[len(numbers)-1] = append(numbers[len(numbers)-1], n)
		}
	}
	return numbers
}
