package access

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"

	"emitscope/backend/internal/testkit"
)

// queue is a listener to which the test brings the connections.
type queue struct {
	net.Listener
	waiting []net.Conn
}

func (q *queue) Accept() (net.Conn, error) {
	if len(q.waiting) == 0 {
		return nil, net.ErrClosed
	}
	c := q.waiting[0]
	q.waiting = q.waiting[1:]
	return c, nil
}

// from is a connection of which only the other end's address is known.
type from struct {
	net.Conn
	addr   string
	closed int
}

func (c *from) Close() error { c.closed++; return nil }
func (c *from) RemoteAddr() net.Addr {
	return &net.TCPAddr{IP: net.ParseIP(c.addr), Port: 5000}
}

// accept brings one connection and returns what comes out, or nil when it was closed.
func accept(t *testing.T, l *Listener, q *queue, c *from) net.Conn {
	t.Helper()
	q.waiting = append(q.waiting, c)
	out, err := l.Accept()
	if errors.Is(err, net.ErrClosed) {
		if c.closed != 1 {
			t.Errorf("a refused connection was closed %d times, want once", c.closed)
		}
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestConnectionsBeyondTheLimitOfOneAddressAreClosed(t *testing.T) {
	var log bytes.Buffer
	q := &queue{}
	l := LimitListener(q, ConnLimits{Max: 100, MaxPerAddress: 2, Log: slog.New(slog.NewTextHandler(&log, nil))})
	first := accept(t, l, q, &from{addr: "192.0.2.7"})
	if accept(t, l, q, &from{addr: "::ffff:192.0.2.7"}) == nil {
		t.Fatal("the second of 192.0.2.7 was refused, want it let in")
	}
	if accept(t, l, q, &from{addr: "192.0.2.7"}) != nil || l.Refused() != 1 {
		t.Errorf("the third of 192.0.2.7 was let in, and %d were refused; want one refused", l.Refused())
	}
	if !strings.Contains(log.String(), "address=192.0.2.7 limit=max_connections_per_address refused_total=1") {
		t.Errorf("got log %q, want the address and the limit", log.String())
	}
	if accept(t, l, q, &from{addr: "192.0.2.8"}) == nil {
		t.Error("the first of 192.0.2.8 was refused, want it let in")
	}
	for range 2 {
		if err := first.Close(); err != nil { // the second time frees nothing
			t.Fatal(err)
		}
	}
	if accept(t, l, q, &from{addr: "192.0.2.7"}) == nil {
		t.Error("one was refused after another had gone, want it let in")
	}
	if accept(t, l, q, &from{addr: "192.0.2.7"}) != nil {
		t.Error("one too many was let in after a connection was closed twice")
	}
}

func TestOnlyTheLimitInAllHoldsForLoopback(t *testing.T) {
	q := &queue{}
	l := LimitListener(q, ConnLimits{Max: 3, MaxPerAddress: 1, Log: slog.New(slog.DiscardHandler)})
	for range 3 {
		if accept(t, l, q, &from{addr: "127.0.0.1"}) == nil {
			t.Fatal("one of the first three was refused")
		}
	}
	if accept(t, l, q, &from{addr: "127.0.0.1"}) != nil || accept(t, l, q, &from{addr: "192.0.2.7"}) != nil {
		t.Error("a fourth connection was let in, want 3 in all")
	}
}

func TestClosedConnectionsLeaveNoTrace(t *testing.T) {
	q := &queue{}
	l := LimitListener(q, ConnLimits{Max: 3, MaxPerAddress: 3, Log: slog.New(slog.DiscardHandler)})
	for _, addr := range []string{"192.0.2.7", "192.0.2.8", "127.0.0.1"} {
		if err := accept(t, l, q, &from{addr: addr}).Close(); err != nil {
			t.Fatal(err)
		}
	}
	if l.open != 0 || len(l.byAddress) != 0 {
		t.Errorf("got %d open and %v, want nothing", l.open, l.byAddress)
	}
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
	l := LimitListener(inner, ConnLimits{Max: 1, MaxPerAddress: 1, Log: slog.New(slog.DiscardHandler)})
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
