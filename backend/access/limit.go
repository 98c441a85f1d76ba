package access

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"emitscope/backend/msg"
)

// ConnLimits bound how many connections there are at a time, and how fast they
// come. Programs on this machine only count for Max, and the last sixteenth of it is
// for them: who sits here gets in whoever else has come.
type ConnLimits struct {
	Max           int                // in all
	MaxPerAddress int                // of each other machine
	MaxPerSecond  int                // new ones of each other machine
	Audit         *Audit             // nil: nothing is noted
	Reached       func(limit string) // told of each refusal, by the setting's name; nil: nobody is
	Log           *slog.Logger       // nil: nothing is logged
}

// Conns keeps the connections of all listeners within the limits. All methods
// may be called from any goroutine.
type Conns struct {
	o      ConnLimits
	polite atomic.Int32 // refused connections that are being told why

	mu        sync.Mutex
	open      int
	others    int                // those of open that other machines have
	byAddress map[netip.Addr]int // without loopback
	coming    tally              // of other machines, in this second
	short     time.Time          // when it was last logged that the system gives no more files
}

// NewConns returns limits that nothing counts for yet.
func NewConns(o ConnLimits) *Conns {
	if o.Audit == nil {
		o.Audit = NewAudit(slog.New(slog.DiscardHandler))
	}
	if o.Reached == nil {
		o.Reached = func(string) {}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Conns{o: o, byAddress: make(map[netip.Addr]int), coming: tally{period: time.Second}}
}

// Listener is a listener whose connections are within the limits. Those over TCP
// still write many buffers with one system call.
type Listener struct {
	net.Listener
	conns *Conns

	mu      sync.Mutex
	open    map[net.Conn]struct{}
	refused map[net.Conn]struct{} // that are being told why
	cut     bool
	closed  bool
	telling sync.WaitGroup // one for each of refused
}

// Limit returns l within the limits.
func (c *Conns) Limit(l net.Listener) *Listener {
	return &Listener{Listener: l, conns: c, open: make(map[net.Conn]struct{}), refused: make(map[net.Conn]struct{})}
}

// Accept waits for the next connection within the limits. Where the system gives no
// more files, that is an error after which http.Server tries again, up to a second
// later; those who come meanwhile wait.
func (l *Listener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			if errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) {
				l.conns.tellShort(err)
			}
			return nil, err
		}
		who := remote(conn)
		if limit := l.conns.enter(who); limit != "" {
			l.refuse(conn, who, limit)
			continue
		}
		return l.counted(conn, who), nil
	}
}

// Close closes the listener. Connections that came by it stay, but for those that
// were refused.
func (l *Listener) Close() error {
	err := l.Listener.Close()
	l.mu.Lock()
	l.closed = true
	for conn := range l.refused {
		_ = conn.Close() // it was going to be closed in any case
	}
	l.mu.Unlock()
	l.telling.Wait()
	return err
}

// Cut closes the listener, and every connection that came by it.
func (l *Listener) Cut() {
	_ = l.Close() // it may be closed already
	l.mu.Lock()
	l.cut = true
	var open []net.Conn
	for conn := range l.open {
		open = append(open, conn)
	}
	l.mu.Unlock()
	for _, conn := range open {
		_ = conn.Close() // whoever is at its end will see
	}
}

// enter counts one more connection of who, or returns the limit it is beyond.
func (c *Conns) enter(who netip.Addr) (limit string) {
	other := !who.IsLoopback()
	if other && c.o.MaxPerSecond > 0 && c.coming.add(who.String()) > c.o.MaxPerSecond {
		return "max_connections_per_second"
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.open >= c.o.Max || other && c.others >= c.o.Max-c.o.Max/16:
		return "max_connections"
	case other && c.byAddress[who] >= c.o.MaxPerAddress:
		return "max_connections_per_address"
	}
	c.open++
	if other {
		c.others++
		c.byAddress[who]++
	}
	return ""
}

// shortEvery is how often it is logged that the system gives no more files.
const shortEvery = time.Minute

// tellShort logs, once in a while, that connections wait because of err.
func (c *Conns) tellShort(err error) {
	c.mu.Lock()
	now, open := time.Now(), c.open
	tell := now.Sub(c.short) >= shortEvery
	if tell {
		c.short = now
	}
	c.mu.Unlock()
	if tell {
		c.o.Log.Warn("No new connections, all files that may be open are (ulimit -n, LimitNOFILE)", "connections", open, "error", err)
	}
}

func (c *Conns) leave(who netip.Addr) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open--
	if who.IsLoopback() {
		return
	}
	c.others--
	if c.byAddress[who]--; c.byAddress[who] == 0 {
		delete(c.byAddress, who)
	}
}

// How a connection is refused: so many at a time are told why, within this time.
const (
	maxPolite    = 64
	politeWithin = time.Second
)

// refuse closes a connection that is beyond a limit. What it says before is HTTP,
// which all doors begin with; who began TLS will only see that it is closed.
func (l *Listener) refuse(conn net.Conn, who netip.Addr, limit string) {
	c := l.conns
	c.o.Reached(limit)
	c.o.Audit.Note(msg.Act{Kind: msg.Refused, By: msg.Caller{Address: who, Local: who.IsLoopback()}, Subject: limit})
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || c.polite.Load() >= maxPolite { // with several listeners it may be one more
		_ = conn.Close() // nothing was said yet
		return
	}
	c.polite.Add(1)
	l.refused[conn] = struct{}{}
	l.telling.Go(func() {
		defer c.polite.Add(-1)
		tellRefused(conn, limit)
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.refused, conn)
	})
}

// tellRefused says why a connection is refused, and closes it.
func tellRefused(conn net.Conn, limit string) {
	defer func() { _ = conn.Close() }() // all was said that could be
	if conn.SetDeadline(time.Now().Add(politeWithin)) != nil {
		return
	}
	// Clients take an answer that comes before they have asked for a broken connection.
	if _, err := conn.Read(make([]byte, 1)); err != nil {
		return
	}
	if _, err := io.WriteString(conn, refusal(limit)); err != nil {
		return
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.CloseWrite() // the client has gone then
	}
	// Closing with bytes unread would take the answer from the client.
	_, _ = io.Copy(io.Discard, io.LimitReader(conn, 64<<10))
}

func refusal(limit string) string {
	body := fmt.Sprintf(`{"code":"limit_exceeded","message":"there are too many connections","hint":"close some, or raise limits.%s"}`+"\n", limit)
	return "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json; charset=utf-8\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: " +
		strconv.Itoa(len(body)) + "\r\n\r\n" + body
}

// counted returns conn such that closing it, once or more, makes room for another.
func (l *Listener) counted(conn net.Conn, who netip.Addr) net.Conn {
	var wrapped net.Conn
	leave := sync.OnceFunc(func() {
		l.conns.leave(who)
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.open, wrapped)
	})
	if tcp, ok := conn.(*net.TCPConn); ok {
		wrapped = &tcpConn{tcp, leave}
	} else {
		wrapped = &otherConn{conn, leave}
	}
	l.mu.Lock()
	l.open[wrapped] = struct{}{}
	cut := l.cut
	l.mu.Unlock()
	if cut {
		_ = wrapped.Close() // it came while the others were closed
	}
	return wrapped
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
