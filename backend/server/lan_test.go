package server

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"emitscope/backend/access"
	"emitscope/backend/internal/testkit"
)

// place is a machine with addresses that come and go, all of them loopback.
type place struct {
	*lan
	mu    sync.Mutex
	addrs []netip.Addr
	err   error
	end   func()
}

// newPlace runs a lan at a free port. Whoever connects is told the address.
func newPlace(t *testing.T, on bool, log *slog.Logger, addrs ...string) *place {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { free.Close() })
	probe, err := net.Listen("tcp", "127.0.0.2:0")
	if err != nil {
		t.Skip("this system has one loopback address only:", err)
	}
	_ = probe.Close()
	p := &place{}
	p.move(addrs...)
	p.lan = newLAN(on, access.NewConns(access.ConnLimits{Max: 100, MaxPerAddress: 100}), certificate{}, log)
	_, p.port, _ = net.SplitHostPort(free.Addr().String())
	p.ways = func() ([]access.Way, error) {
		p.mu.Lock()
		defer p.mu.Unlock()
		var ways []access.Way
		for _, a := range p.addrs {
			ways = append(ways, access.Way{Addr: a})
		}
		return ways, p.err
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.run(ctx, greet) }()
	p.end = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("run: got %v, want nil", err)
		}
	})
	t.Cleanup(p.end)
	testkit.Eventually(t, func() bool {
		p.lan.mu.Lock()
		defer p.lan.mu.Unlock()
		return p.serve != nil
	}, "run to begin")
	return p
}

// greet says a word to each caller, and leaves the connection to it.
func greet(l net.Listener) error {
	for {
		conn, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		_, _ = conn.Write([]byte("hello"))
	}
}

func (p *place) move(addrs ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.addrs = nil
	for _, a := range addrs {
		p.addrs = append(p.addrs, netip.MustParseAddr(a))
	}
}

// visit connects to an address, and reads the word; nil: nobody listens there.
func (p *place) visit(t *testing.T, addr string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", net.JoinHostPort(addr, p.port))
	if err != nil {
		return nil
	}
	t.Cleanup(func() { conn.Close() })
	word := make([]byte, 5)
	if _, err := conn.Read(word); err != nil {
		t.Fatalf("%s: %v", addr, err)
	}
	return conn
}

func quietLog() *slog.Logger { return slog.New(slog.DiscardHandler) }

func TestOnlyASharedHubListensOnTheOtherAddresses(t *testing.T) {
	p := newPlace(t, false, quietLog(), "127.0.0.2", "127.0.0.3")
	for _, on := range []bool{false, true, false, true} {
		p.set(on)
		for _, addr := range []string{"127.0.0.2", "127.0.0.3"} {
			if got := p.visit(t, addr) != nil; got != on {
				t.Errorf("shared %v: %s listened on: %v", on, addr, got)
			}
		}
	}
}

func TestAHubThatIsSharedFromTheStartListensAtOnce(t *testing.T) {
	p := newPlace(t, true, quietLog(), "127.0.0.2")
	testkit.Eventually(t, func() bool { return p.visit(t, "127.0.0.2") != nil }, "the address to be listened on")
}

func TestASharedHubFollowsItsMachinesAddresses(t *testing.T) {
	p := newPlace(t, true, quietLog(), "127.0.0.2")
	p.look()
	stays := p.visit(t, "127.0.0.2")
	p.move("127.0.0.2", "127.0.0.3")
	p.look()
	goes := p.visit(t, "127.0.0.3")
	if goes == nil {
		t.Fatal("the new address is not listened on")
	}
	p.move("127.0.0.2")
	p.look()
	if p.visit(t, "127.0.0.3") != nil {
		t.Error("the address that is gone is listened on")
	}
	if _, err := goes.Read(make([]byte, 1)); err == nil {
		t.Error("who came by the address that is gone was not cut off")
	}
	if p.visit(t, "127.0.0.2") == nil {
		t.Error("the address that stayed is not listened on")
	}
	p.end()
	if _, err := stays.Write([]byte("x")); err != nil {
		t.Errorf("a connection was cut at the end (%v), which is for the HTTP server to do", err)
	}
}

func TestAnAddressThatIsTakenIsNamedUntilItIsFree(t *testing.T) {
	said := &bytes.Buffer{}
	p := newPlace(t, false, slog.New(slog.NewTextHandler(said, nil)), "127.0.0.2", "127.0.0.3")
	taken, err := net.Listen("tcp", net.JoinHostPort("127.0.0.3", p.port))
	if err != nil {
		t.Skip("the port is in use there:", err)
	}
	p.set(true)
	p.look()
	p.look()
	if _, wrong := p.state(); len(wrong) != 1 || !strings.HasPrefix(wrong[0], "127.0.0.3: port "+p.port+" is taken by ") {
		t.Errorf("got %q, want the address and that its port is taken", wrong)
	}
	if got := strings.Count(said.String(), "Address not listened on"); got != 1 {
		t.Errorf("got %d log lines, want one", got)
	}
	if p.visit(t, "127.0.0.2") == nil {
		t.Error("the other address is not listened on")
	}
	_ = taken.Close()
	p.look()
	if _, wrong := p.state(); len(wrong) != 0 || p.visit(t, "127.0.0.3") == nil {
		t.Errorf("the port is free: got %q, and it must be listened on", wrong)
	}
}

func TestAddressesThatCannotBeListedStayAsTheyAre(t *testing.T) {
	p := newPlace(t, true, quietLog(), "127.0.0.2")
	p.look()
	p.mu.Lock()
	p.err = errors.New("no such luck")
	p.mu.Unlock()
	p.look()
	if _, wrong := p.state(); len(wrong) != 1 || !strings.Contains(wrong[0], "no such luck") {
		t.Errorf("got %q, want the reason", wrong)
	}
	if p.visit(t, "127.0.0.2") == nil {
		t.Error("the address is not listened on any more")
	}
	p.set(false)
	if p.visit(t, "127.0.0.2") != nil {
		t.Error("the address is listened on though sharing is off")
	}
}

func TestAListenerThatBreaksIsOpenedAgain(t *testing.T) {
	p := newPlace(t, true, quietLog(), "127.0.0.2")
	broken := make(chan struct{})
	p.lan.mu.Lock()
	p.serve = func(l net.Listener) error {
		select {
		case <-broken:
			return greet(l)
		default:
			close(broken)
			return errors.New("broken")
		}
	}
	for addr, l := range p.open { // the one from the start
		p.part(addr, l)
	}
	p.lan.mu.Unlock()
	p.look()
	testkit.Eventually(t, func() bool {
		p.look()
		conn, err := net.Dial("tcp", net.JoinHostPort("127.0.0.2", p.port))
		if err != nil {
			return false
		}
		defer conn.Close()
		n, _ := conn.Read(make([]byte, 5))
		return n == 5
	}, "the address to be listened on again")
}

func TestNothingIsListenedOnOrSharedAfterTheEnd(t *testing.T) {
	testkit.NoLeaks(t)
	p := newPlace(t, true, quietLog(), "127.0.0.2")
	p.end()
	p.set(true)
	if p.visit(t, "127.0.0.2") != nil {
		t.Error("the address is listened on")
	}
}
