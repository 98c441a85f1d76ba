// Package udp is the door for datagrams in Teleplot's text form: a name and a value
// a line, as a sensor or a shell can send without any library.
//
// It is a way in alone. Nobody is answered, so nobody learns what was refused: that
// is counted. UDP has no keys and no origin; who may send is decided by the address
// alone, which on a network others can forge.
package udp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// intake takes each draft that it can, in order, and tells of every other one why. It
// keeps no payload.
type intake interface {
	AcceptEach(drafts []msg.Draft, refused func(i int, why error)) msg.Receipt
}

// Options are what a Door needs.
type Options struct {
	Intake    intake
	Namespace string
	Event     string         // empty: each line's name
	From      []netip.Prefix // who may send, besides this machine
	Shared    func() bool    // whether other machines may reach the hub now
	Log       *slog.Logger
}

const (
	largest = 64 << 10 // a datagram cannot be longer
	atOnce  = 256      // drafts that go to intake together
	// bufferBytes is what the system is asked to hold until it is read. It may give
	// less. What it has no room for is lost, and counted where it says so: on Linux.
	bufferBytes = 4 << 20
	logEvery    = time.Minute
)

// Door reads datagrams. Counts may be called from any goroutine.
type Door struct {
	o      Options
	conn   *net.UDPConn
	reader reader
	counts counts

	logged time.Time // when refusals were told last
	told   msg.UDPCounts
	gone   uint32 // what the system said last that was lost
}

type counts struct{ datagrams, lost, accepted, wrongSource, invalid, refused atomic.Uint64 }

// Listen opens a port, such as "127.0.0.1:47269". The caller runs the door, or
// closes it.
func Listen(addr string, o Options) (*Door, error) {
	at, err := net.ResolveUDPAddr("udp", addr)
	if err != nil {
		return nil, fmt.Errorf("read the address %s: %w", addr, err)
	}
	conn, err := net.ListenUDP("udp", at)
	if err != nil {
		return nil, err
	}
	_ = conn.SetReadBuffer(bufferBytes) // it has a smaller one then
	askForLost(conn)
	return &Door{o: o, conn: conn, reader: reader{namespace: o.Namespace, event: o.Event}}, nil
}

// Addr is where it listens.
func (d *Door) Addr() string { return d.conn.LocalAddr().String() }

// Close closes the port. Run does the same at its end.
func (d *Door) Close() { _ = d.conn.Close() } // it may be closed already

// Run takes datagrams until ctx ends.
func (d *Door) Run(ctx context.Context) error {
	defer d.Close()
	defer context.AfterFunc(ctx, d.Close)()
	buf, beside := make([]byte, largest), newBeside()
	for {
		n, said, _, from, err := d.conn.ReadMsgUDPAddrPort(buf, beside)
		if err == nil {
			d.noteLost(beside[:said], from.Addr().Unmap())
			d.take(buf[:n], from.Addr().Unmap())
			continue
		}
		if ctx.Err() != nil {
			return nil
		}
		// Some systems tell by a read of what became of something else. That ends
		// nothing, but must not keep a core busy.
		d.o.Log.Warn("Datagram not read", "error", err)
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
		}
	}
}

// Counts returns what became of datagrams and lines since the start.
func (d *Door) Counts() msg.UDPCounts {
	return msg.UDPCounts{
		Datagrams: d.counts.datagrams.Load(), Lost: d.counts.lost.Load(), Accepted: d.counts.accepted.Load(),
		WrongSource: d.counts.wrongSource.Load(), Invalid: d.counts.invalid.Load(), Refused: d.counts.refused.Load(),
	}
}

// noteLost counts what was lost since the datagram before.
func (d *Door) noteLost(beside []byte, from netip.Addr) {
	if now, isSaid := lostIn(beside); isSaid && now != d.gone {
		d.counts.lost.Add(uint64(now - d.gone)) // it begins anew after 2³²
		d.gone = now
		d.tell(from)
	}
}

// take hands in what a datagram says.
func (d *Door) take(text []byte, from netip.Addr) {
	d.counts.datagrams.Add(1)
	if !d.allows(from) {
		d.counts.wrongSource.Add(1)
		d.tell(from)
		return
	}
	// What is not UTF-8 is some other protocol, and none of it is meant for us.
	if !utf8.Valid(text) {
		d.counts.invalid.Add(1)
		d.tell(from)
		return
	}
	d.reader.reset(msg.Origin{Door: msg.DoorUDP, Address: from.String(), Local: from.IsLoopback()})
	refused := false
	for line := range bytes.SplitSeq(text, []byte("\n")) {
		if line = bytes.TrimRight(line, "\r\x00"); len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if !d.reader.line(line) {
			d.counts.invalid.Add(1)
			refused = true
		}
		if len(d.reader.drafts) >= atOnce || len(d.reader.text) >= maxText {
			refused = !d.handIn() || refused
			d.reader.reset(d.reader.origin)
		}
	}
	if refused = !d.handIn() || refused; refused {
		d.tell(from)
	}
}

// allows reports whether an address may send: this machine, and while the hub is
// shared those that the settings name.
func (d *Door) allows(from netip.Addr) bool {
	if from.IsLoopback() {
		return true
	}
	from = from.WithZone("")
	return d.o.Shared() && slices.ContainsFunc(d.o.From, func(p netip.Prefix) bool { return p.Contains(from) })
}

// handIn hands in the drafts, each whatever became of those before, and reports
// whether all were taken.
func (d *Door) handIn() (all bool) {
	got := d.o.Intake.AcceptEach(d.reader.drafts, func(_ int, why error) {
		if errors.Is(why, fault.Invalid) || errors.Is(why, fault.TooLarge) {
			d.counts.invalid.Add(1)
		} else {
			d.counts.refused.Add(1)
		}
	})
	d.counts.accepted.Add(uint64(got.Accepted))
	return got.Accepted == len(d.reader.drafts)
}

// tell logs what was lost or refused, at most once a minute: who sends wrong datagrams
// sends many.
func (d *Door) tell(from netip.Addr) {
	now := time.Now()
	if now.Sub(d.logged) < logEvery {
		return
	}
	was, is := d.told, d.Counts()
	d.logged, d.told = now, is
	d.o.Log.Warn("Not taken over UDP", "last_address", from.String(), "lost_datagrams", is.Lost-was.Lost, "wrong_source_datagrams", is.WrongSource-was.WrongSource,
		"invalid_lines", is.Invalid-was.Invalid, "refused_messages", is.Refused-was.Refused)
}
