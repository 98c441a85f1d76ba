package access

import (
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
)

// ConnLimits bound how many connections there are at a time.
type ConnLimits struct {
	Max           int // in all
	MaxPerAddress int // for each address that is not loopback
	Log           *slog.Logger
}

// Listener closes connections beyond the limits as soon as they come.
type Listener struct {
	net.Listener
	o       ConnLimits
	refused atomic.Uint64
	logged  gate

	mu        sync.Mutex
	open      int
	byAddress map[netip.Addr]int // without loopback
}

// LimitListener returns l with limits. Its connections can do what those of l
// can: those over TCP still write many buffers with one system call.
func LimitListener(l net.Listener, o ConnLimits) *Listener {
	return &Listener{Listener: l, o: o, byAddress: make(map[netip.Addr]int)}
}

// Refused counts the connections that were closed because of a limit.
func (l *Listener) Refused() uint64 { return l.refused.Load() }

// Accept waits for the next connection within the limits.
func (l *Listener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		who := remote(c)
		limit := l.enter(who)
		if limit == "" {
			return l.counted(c, who), nil
		}
		_ = c.Close() // nothing was said yet
		total := l.refused.Add(1)
		if suppressed, ok := l.logged.pass(); ok {
			l.o.Log.Warn("Connection refused", "address", who.String(), "limit", limit, "refused_total", total, "suppressed", suppressed)
		}
	}
}

// enter counts one more connection of who, or returns the limit it is beyond.
func (l *Listener) enter(who netip.Addr) (limit string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.open >= l.o.Max:
		return "max_connections"
	case !who.IsLoopback() && l.byAddress[who] >= l.o.MaxPerAddress:
		return "max_connections_per_address"
	}
	l.open++
	if !who.IsLoopback() {
		l.byAddress[who]++
	}
	return ""
}

func (l *Listener) leave(who netip.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open--
	if who.IsLoopback() {
		return
	}
	if l.byAddress[who]--; l.byAddress[who] == 0 {
		delete(l.byAddress, who)
	}
}

// counted returns c such that closing it, once or more, makes room for another.
func (l *Listener) counted(c net.Conn, who netip.Addr) net.Conn {
	leave := sync.OnceFunc(func() { l.leave(who) })
	if tcp, ok := c.(*net.TCPConn); ok {
		return &tcpConn{tcp, leave}
	}
	return &otherConn{c, leave}
}

// tcpConn embeds the concrete type: net.Buffers asks a connection for a method
// that only package net can name, and only with it uses writev.
type tcpConn struct {
	*net.TCPConn
	leave func()
}

// Close closes the connection and makes room for another.
func (c *tcpConn) Close() error {
	defer c.leave()
	return c.TCPConn.Close()
}

type otherConn struct {
	net.Conn
	leave func()
}

// Close closes the connection and makes room for another.
func (c *otherConn) Close() error {
	defer c.leave()
	return c.Conn.Close()
}

// remote is who is at the other end; the zero Addr when there is no address.
func remote(c net.Conn) netip.Addr {
	if tcp, ok := c.RemoteAddr().(*net.TCPAddr); ok {
		return tcp.AddrPort().Addr().Unmap().WithZone("")
	}
	return netip.Addr{}
}
