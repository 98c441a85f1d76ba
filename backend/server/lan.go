package server

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"emitscope/backend/access"
	"emitscope/backend/fault"
)

// lookEvery is how often a shared hub looks whether its machine's addresses have
// changed: a laptop comes into another network.
const lookEvery = 3 * time.Second

// partFor is how long those who came by an address that is no longer listened on
// have to hear why, before they are cut off.
const partFor = 500 * time.Millisecond

// lan lets other machines reach the hub. The hub always listens on its own
// address, which is loopback; sharing listens on every other address of the
// machine besides, so that switching it touches nobody on this machine.
//
// All methods may be called from any goroutine.
type lan struct {
	port        string // set by Listen
	ways        func() ([]access.Way, error)
	conns       *access.Conns
	certificate certificate
	log         *slog.Logger
	parting     chan struct{} // capacity 1: there are some in parted

	mu      sync.Mutex
	on      bool
	serve   func(net.Listener) error // answers those who come by a listener, until it is closed; nil: run has not begun, or has ended
	running sync.WaitGroup           // calls of serve
	open    map[netip.Addr]*access.Listener
	parted  []*access.Listener // closed, and not yet cut
	trouble map[netip.Addr]trouble
	blind   string // why this machine's addresses are not known; empty: they are
}

// trouble is why an address is not listened on. Finding out who has its port takes
// a while, so it is asked only when the system says something new.
type trouble struct {
	cause string
	text  string // for a person
}

func newLAN(on bool, conns *access.Conns, c certificate, log *slog.Logger) *lan {
	return &lan{
		ways: access.Ways, conns: conns, certificate: c, log: log, parting: make(chan struct{}, 1), on: on,
		open: make(map[netip.Addr]*access.Listener), trouble: make(map[netip.Addr]trouble),
	}
}

// look makes the open listeners those of the addresses there are now; none when
// sharing is off. When the addresses cannot be listed, all stays as it is.
func (l *lan) look() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.serve == nil {
		return
	}
	wanted := map[netip.Addr]bool{}
	l.blind = ""
	if l.on {
		ways, err := l.ways()
		if err != nil {
			l.blind = "this machine's addresses cannot be listed: " + err.Error()
			return
		}
		for _, way := range ways {
			wanted[way.Addr] = true
		}
	}
	for addr, listener := range l.open {
		if !wanted[addr] {
			l.part(addr, listener)
		}
	}
	for addr := range l.trouble {
		if !wanted[addr] {
			delete(l.trouble, addr)
		}
	}
	for addr := range wanted {
		if l.open[addr] == nil {
			l.listen(addr)
		}
	}
}

// part stops listening on an address, and leaves it to run to cut off those who
// came by it.
func (l *lan) part(addr netip.Addr, listener *access.Listener) {
	_ = listener.Close() // it may be closed already
	delete(l.open, addr)
	l.parted = append(l.parted, listener)
	select {
	case l.parting <- struct{}{}:
	default:
	}
}

func (l *lan) listen(addr netip.Addr) {
	at := net.JoinHostPort(addr.String(), l.port)
	tcp, err := net.Listen("tcp", at)
	if err != nil {
		if have := l.trouble[addr]; have.cause != err.Error() {
			l.trouble[addr] = trouble{err.Error(), addr.String() + ": " + explain(cannotListen(at, err))}
			l.log.Warn("Address not listened on", "address", at, "error", err)
		}
		return
	}
	delete(l.trouble, addr)
	limited := l.conns.Limit(tcp)
	l.open[addr] = limited
	serve := l.serve
	l.running.Go(func() {
		err := serve(l.certificate.listener(limited))
		if err == nil {
			return // it was closed
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.open[addr] == limited { // the next look tries again
			l.log.Warn("Address no longer listened on", "address", at, "error", err)
			l.part(addr, limited)
		}
	})
}

// explain says of an error of cannotListen what a person can understand.
func explain(err error) string {
	if f := fault.From(err); f.Kind != fault.Internal {
		return f.Message
	}
	return err.Error()
}

// set switches sharing on or off.
func (l *lan) set(on bool) {
	l.mu.Lock()
	l.on = on
	l.mu.Unlock()
	l.look()
}

// run lets other machines in from now on, if sharing is on, and looks at the
// addresses again and again until ctx ends. Then it lets go of them; connections
// stay, and the HTTP server closes them.
func (l *lan) run(ctx context.Context, serve func(net.Listener) error) error {
	l.mu.Lock()
	l.serve = serve
	l.mu.Unlock()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	var cut <-chan time.Time
	for l.look(); ; {
		select {
		case <-tick.C:
			l.look()
		case <-l.parting:
			if cut == nil {
				cut = time.After(partFor)
			}
		case <-cut:
			cut = nil
			l.cut()
		case <-ctx.Done():
			l.end()
			return nil
		}
	}
}

// cut closes the connections that came by listeners that were parted from.
func (l *lan) cut() {
	l.mu.Lock()
	parted := l.parted
	l.parted = nil
	l.mu.Unlock()
	for _, listener := range parted {
		listener.Cut()
	}
}

func (l *lan) end() {
	l.mu.Lock()
	l.serve = nil
	for _, listener := range l.open {
		_ = listener.Close() // it may be closed already
	}
	clear(l.open)
	l.mu.Unlock()
	l.cut()
	l.running.Wait()
}

// state returns whether sharing is on, and what is wrong with addresses.
func (l *lan) state() (on bool, wrong []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, t := range l.trouble {
		wrong = append(wrong, t.text)
	}
	slices.Sort(wrong)
	if l.blind != "" {
		wrong = append(wrong, l.blind)
	}
	return l.on, wrong
}
