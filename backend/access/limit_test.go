package access

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"emitscope/backend/internal/testkit"
)

// queue is a listener to which the test brings the connections.
type queue struct {
	net.Listener
	waiting []net.Conn
}

func (q *queue) Close() error { return nil }
func (q *queue) Accept() (net.Conn, error) {
	if len(q.waiting) == 0 {
		return nil, net.ErrClosed
	}
	c := q.waiting[0]
	q.waiting = q.waiting[1:]
	return c, nil
}

// from is a connection from an address, over a pipe.
type from struct {
	net.Conn
	addr string
}

func (c *from) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.ParseIP(c.addr), Port: 5000} }

// entrance brings connections to a limited listener.
type entrance struct {
	*Listener
	queue *queue
}

func enter(c *Conns) entrance {
	q := &queue{}
	return entrance{c.Limit(q), q}
}

// connect brings one connection and returns what comes out, or nil when it was
// refused in words.
func (e entrance) connect(t *testing.T, addr string) net.Conn {
	t.Helper()
	client, server := net.Pipe()
	e.queue.waiting = append(e.queue.waiting, &from{server, addr})
	out, err := e.Accept()
	if err == nil {
		t.Cleanup(func() { _ = errors.Join(client.Close(), server.Close()) })
		return out
	}
	if !errors.Is(err, net.ErrClosed) {
		t.Fatal(err)
	}
	if _, err := io.WriteString(client, "G"); err != nil {
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(client), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Close(); err != nil {
		t.Fatal(err)
	}
	if answer.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("got %s for a refused connection, want 503", answer.Status)
	}
	return nil
}

// lets reports whether one more connection is let in.
func (e entrance) lets(t *testing.T, addr string) bool {
	t.Helper()
	return e.connect(t, addr) != nil
}

func TestConnectionsBeyondTheLimitOfOneAddressAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		var reached []string
		e := enter(NewConns(ConnLimits{
			Max: 100, MaxPerAddress: 2, Audit: NewAudit(slog.New(slog.NewTextHandler(&log, nil))),
			Reached: func(limit string) { reached = append(reached, limit) },
		}))
		first := e.connect(t, "192.0.2.7")
		if !e.lets(t, "::ffff:192.0.2.7") {
			t.Fatal("the second of 192.0.2.7 was refused, want it let in")
		}
		if e.lets(t, "192.0.2.7") {
			t.Error("the third of 192.0.2.7 was let in")
		}
		if want := []string{"max_connections_per_address"}; !slices.Equal(reached, want) {
			t.Errorf("told of %v, want %v", reached, want)
		}
		if !strings.Contains(log.String(), "act=refused address=192.0.2.7 subject=max_connections_per_address") {
			t.Errorf("got log %q, want the address and the limit", log.String())
		}
		if !e.lets(t, "192.0.2.8") {
			t.Error("the first of 192.0.2.8 was refused, want it let in")
		}
		for range 2 {
			if err := first.Close(); err != nil { // the second time frees nothing
				t.Fatal(err)
			}
		}
		if !e.lets(t, "192.0.2.7") {
			t.Error("one was refused after another had gone, want it let in")
		}
		if e.lets(t, "192.0.2.7") {
			t.Error("one too many was let in after a connection was closed twice")
		}
	})
}

func TestOnlyTheLimitInAllHoldsForLoopback(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := enter(NewConns(ConnLimits{Max: 3, MaxPerAddress: 1, MaxPerSecond: 1}))
		for range 3 {
			if !e.lets(t, "127.0.0.1") {
				t.Fatal("one of the first three was refused")
			}
		}
		if e.lets(t, "127.0.0.1") || e.lets(t, "192.0.2.7") {
			t.Error("a fourth connection was let in, want 3 in all")
		}
	})
}

func TestTheLimitsHoldOverAllListeners(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conns := NewConns(ConnLimits{Max: 2, MaxPerAddress: 1})
		one, other := enter(conns), enter(conns)
		if !one.lets(t, "192.0.2.7") || other.lets(t, "192.0.2.7") || !other.lets(t, "192.0.2.8") || one.lets(t, "192.0.2.9") {
			t.Error("want one of each address and two in all, whichever listener they come by")
		}
	})
}

func TestAnotherMachineMayConnectOnlySoOftenASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var reached []string
		e := enter(NewConns(ConnLimits{Max: 100, MaxPerAddress: 100, MaxPerSecond: 2, Reached: func(limit string) { reached = append(reached, limit) }}))
		for i, want := range []bool{true, true, false, false} {
			if got := e.lets(t, "192.0.2.7"); got != want {
				t.Errorf("connection %d: let in %v, want %v", i+1, got, want)
			}
		}
		if want := []string{"max_connections_per_second", "max_connections_per_second"}; !slices.Equal(reached, want) {
			t.Errorf("told of %v, want %v", reached, want)
		}
		if !e.lets(t, "192.0.2.8") {
			t.Error("another machine was refused, want it let in")
		}
		time.Sleep(time.Second)
		if !e.lets(t, "192.0.2.7") {
			t.Error("one was refused a second later, want it let in")
		}
	})
}

func TestWhoIsRefusedCanReadWhy(t *testing.T) {
	testkit.NoLeaks(t)
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := NewConns(ConnLimits{Max: 0}).Limit(inner)
	ended := make(chan error)
	go func() { _, err := l.Accept(); ended <- err }()
	transport := &http.Transport{}
	answer, err := (&http.Client{Transport: transport}).Post("http://"+l.Addr().String()+"/api/v1/messages", "application/json", strings.NewReader(strings.Repeat(" ", 30_000)))
	if err != nil {
		t.Fatal(err)
	}
	var told struct{ Code, Message, Hint string }
	if err := errors.Join(json.NewDecoder(answer.Body).Decode(&told), answer.Body.Close()); err != nil {
		t.Fatal(err)
	}
	if answer.StatusCode != http.StatusServiceUnavailable || answer.Header.Get("Retry-After") == "" || told.Code != "limit_exceeded" || told.Hint != "close some, or raise limits.max_connections" {
		t.Errorf("got %d %+v, want 503, when to come again, and the setting", answer.StatusCode, told)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, net.ErrClosed) {
		t.Errorf("got %v, want ErrClosed", err)
	}
	transport.CloseIdleConnections()
}

func TestWhoIsRefusedAndSaysNothingIsClosedAfterASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := enter(NewConns(ConnLimits{Max: 0}))
		client, server := net.Pipe()
		e.queue.waiting = append(e.queue.waiting, &from{server, "192.0.2.7"})
		if _, err := e.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Fatalf("got %v, want ErrClosed", err)
		}
		time.Sleep(politeWithin)
		synctest.Wait()
		if _, err := client.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Errorf("got %v, want the end", err)
		}
	})
}

func TestOnlySoManyAreToldWhyAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := enter(NewConns(ConnLimits{Max: 0}))
		var last net.Conn
		for range maxPolite + 1 {
			client, server := net.Pipe()
			last = client
			e.queue.waiting = append(e.queue.waiting, &from{server, "192.0.2.7"})
		}
		if _, err := e.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Fatalf("got %v, want ErrClosed", err)
		}
		start := time.Now()
		if got, err := io.ReadAll(last); len(got) != 0 || err != nil || time.Since(start) != 0 {
			t.Errorf("got %q, %v after %v, want it closed at once without a word", got, err, time.Since(start))
		}
		if err := e.Close(); err != nil || time.Since(start) != 0 {
			t.Errorf("closing took %v, %v, want it at once: nobody waits for the refused", time.Since(start), err)
		}
	})
}

func TestCutClosesWhatCameByThatListenerOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conns := NewConns(ConnLimits{Max: 10, MaxPerAddress: 10})
		lan, own := enter(conns), enter(conns)
		cut := lan.connect(t, "192.0.2.7")
		stays := own.connect(t, "127.0.0.1")
		lan.Cut()
		if _, err := cut.Write([]byte("x")); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("got %v, want what came by it closed", err)
		}
		if err := stays.SetWriteDeadline(time.Now().Add(time.Second)); err != nil {
			t.Errorf("got %v, want what came by another left alone", err)
		}
		if conns.open != 1 || len(conns.byAddress) != 0 {
			t.Errorf("got %d open, %v, want only the one that stays", conns.open, conns.byAddress)
		}
		if late := lan.connect(t, "192.0.2.8"); late != nil {
			if _, err := late.Write([]byte("x")); !errors.Is(err, io.ErrClosedPipe) {
				t.Errorf("got %v from a connection that came while the others were cut, want it closed", err)
			}
		}
	})
}

func TestCloseLeavesWhatCameByTheListenerOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := enter(NewConns(ConnLimits{Max: 10, MaxPerAddress: 10}))
		c := e.connect(t, "192.0.2.7")
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
		if err := c.SetWriteDeadline(time.Now().Add(time.Second)); err != nil {
			t.Errorf("got %v, want it open", err)
		}
	})
}

func TestClosedConnectionsLeaveNoTrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conns := NewConns(ConnLimits{Max: 3, MaxPerAddress: 3})
		e := enter(conns)
		for _, addr := range []string{"192.0.2.7", "192.0.2.8", "127.0.0.1"} {
			c := e.connect(t, addr)
			if err := c.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if conns.open != 0 || len(conns.byAddress) != 0 || len(e.open) != 0 {
			t.Errorf("got %d open, %v and %d, want nothing", conns.open, conns.byAddress, len(e.open))
		}
	})
}

// oneByOne counts the buffers that net.Buffers writes singly, which it does
// with a connection that hides what package net can do.
type oneByOne struct {
	*tcpConn
	writes int
}

func (c *oneByOne) Write(p []byte) (int, error) {
	c.writes++
	return c.tcpConn.Write(p)
}

func TestLimitedConnectionsStillWriteManyBuffersAtOnce(t *testing.T) {
	testkit.NoLeaks(t)
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := NewConns(ConnLimits{Max: 1, MaxPerAddress: 1}).Limit(inner)
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	accepted, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	server := &oneByOne{tcpConn: accepted.(*tcpConn)}
	if _, err := (&net.Buffers{[]byte("one "), []byte("two "), []byte("three")}).WriteTo(server); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(server.Close(), l.Close()); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(client)
	if err != nil || string(got) != "one two three" {
		t.Errorf("got %q, %v, want one two three", got, err)
	}
	if server.writes != 0 {
		t.Errorf("got %d single writes, want one system call for all", server.writes)
	}
	if err := client.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestOtherMachinesLeaveRoomForThisOne(t *testing.T) {
	conns := NewConns(ConnLimits{Max: 32, MaxPerAddress: 1})
	other := func(i int) netip.Addr { return netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}) }
	for i := range 30 {
		if got := conns.enter(other(i)); got != "" {
			t.Fatalf("other machine %d: got %s, want it let in", i+1, got)
		}
	}
	if got := conns.enter(other(30)); got != "max_connections" {
		t.Errorf("other machine 31: got %q, want max_connections", got)
	}
	here := netip.MustParseAddr("127.0.0.1")
	for i, want := range []string{"", "", "max_connections"} {
		if got := conns.enter(here); got != want {
			t.Errorf("connection %d of this machine: got %q, want %q", i+1, got, want)
		}
	}
	conns.leave(other(0))
	conns.leave(here)
	if got := conns.enter(other(30)); got != "" {
		t.Errorf("when one has left: got %s, want another let in", got)
	}
}

// full is a listener of a process that may open no more files.
type full struct{ net.Listener }

func (full) Accept() (net.Conn, error) {
	return nil, &net.OpError{Op: "accept", Err: os.NewSyscallError("accept4", syscall.EMFILE)}
}

func TestThatNoMoreFilesMayBeOpenedIsLoggedOnceAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var said bytes.Buffer
		l := NewConns(ConnLimits{Max: 1, Log: slog.New(slog.NewTextHandler(&said, nil))}).Limit(full{})
		for second := range 150 {
			_, err := l.Accept()
			if again, ok := errors.AsType[net.Error](err); !ok || !again.Temporary() { //nolint:staticcheck // what http.Server asks
				t.Fatalf("got %v, want what http.Server tries again after", err)
			}
			if got, want := strings.Count(said.String(), "No new connections"), 1+second/60; got != want {
				t.Fatalf("after %d s: %d lines, want %d:\n%s", second, got, want, &said)
			}
			time.Sleep(time.Second)
		}
	})
}
