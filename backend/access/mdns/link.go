package mdns

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"reflect"
	"slices"
	"sync"
	"time"

	"golang.org/x/net/ipv4"
)

// link is one network interface.
type link struct {
	face     net.Interface
	prefixes []netip.Prefix
	conn     *net.UDPConn
	group    net.UDPAddr
	said     map[saying]time.Time // when each answer was given last
}

// heard is a packet that came by a link.
type heard struct {
	link   *link
	from   netip.Addr
	packet []byte
}

// links are the network interfaces that are used now.
type links struct {
	list    func() ([]*link, error)
	group   net.UDPAddr
	own     []netip.Addr // of this machine, on whichever link
	all     []*link
	heard   chan heard
	done    chan struct{}
	readers sync.WaitGroup
}

// interfaces returns those with an IPv4 address that are up and know multicast.
func interfaces() ([]*link, error) {
	faces, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	var all []*link
	for _, face := range faces {
		if face.Flags&net.FlagUp == 0 || face.Flags&net.FlagMulticast == 0 || face.Flags&net.FlagLoopback != 0 {
			continue
		}
		addrs, err := face.Addrs()
		if err != nil {
			continue // it has gone meanwhile
		}
		l := &link{face: face, said: make(map[saying]time.Time)}
		for _, a := range addrs {
			if prefix, err := netip.ParsePrefix(a.String()); err == nil && (prefix.Addr().Is4() || !prefix.Addr().IsLinkLocalUnicast()) {
				l.prefixes = append(l.prefixes, prefix)
			}
		}
		if l.mine().IsValid() {
			all = append(all, l)
		}
	}
	return all, nil
}

// mine is this machine's IPv4 address on the link.
func (l *link) mine() netip.Addr {
	for _, p := range l.prefixes {
		if p.Addr().Is4() {
			return p.Addr()
		}
	}
	return netip.Addr{}
}

func (l *link) addrs() []netip.Addr {
	addrs := make([]netip.Addr, len(l.prefixes))
	for i, p := range l.prefixes {
		addrs[i] = p.Addr()
	}
	return addrs
}

// has reports whether an address is on the link: others have no business here.
func (l *link) has(from netip.Addr) bool {
	return slices.ContainsFunc(l.prefixes, func(p netip.Prefix) bool { return p.Contains(from) })
}

// open makes the links those that there are now. When they are others than before
// it opens them all anew.
func (n *links) open() (changed bool, err error) {
	now, err := n.list()
	if err != nil {
		return false, fmt.Errorf("list network interfaces: %w", err)
	}
	n.own = ownAddrs()
	same := func(a, b *link) bool {
		return a.face.Index == b.face.Index && reflect.DeepEqual(a.prefixes, b.prefixes)
	}
	if len(n.all) > 0 && slices.EqualFunc(n.all, now, same) {
		return false, nil
	}
	n.close()
	n.heard, n.done = make(chan heard), make(chan struct{})
	err = errors.New("no network interface that is up knows multicast")
	for _, l := range now {
		if failed := l.listen(n.group); failed != nil {
			err = fmt.Errorf("listen on %s: %w", l.face.Name, failed)
			continue
		}
		n.all = append(n.all, l)
		n.readers.Go(func() { l.read(n.heard, n.done) })
	}
	if len(n.all) > 0 {
		return true, nil
	}
	return false, err
}

func (l *link) listen(group net.UDPAddr) error {
	conn, err := net.ListenMulticastUDP("udp4", &l.face, &group)
	if err != nil {
		return err
	}
	out := ipv4.NewPacketConn(conn)
	// Others on this machine listen too. Some take only what has come with 255 hops
	// to go, and so from this link.
	if err := errors.Join(out.SetMulticastInterface(&l.face), out.SetMulticastLoopback(true), out.SetMulticastTTL(255)); err != nil {
		return errors.Join(err, conn.Close())
	}
	l.conn, l.group = conn, group
	return nil
}

// read hands on what comes by the link, until that is closed.
func (l *link) read(to chan<- heard, done <-chan struct{}) {
	buffer := make([]byte, maxPacket)
	for {
		n, from, err := l.conn.ReadFromUDPAddrPort(buffer)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // such as a packet that is too long for Windows
			select {
			case <-time.After(probeEvery): // rather miss something than turn in circles
				continue
			case <-done:
				return
			}
		}
		addr := from.Addr().Unmap().WithZone("")
		if from.Port() != uint16(l.group.Port) || !l.has(addr) {
			continue
		}
		select {
		case to <- heard{l, addr, slices.Clone(buffer[:n])}:
		case <-done:
			return
		}
	}
}

// isOwn reports whether an address is this machine's.
func (n *links) isOwn(addr netip.Addr) bool { return slices.Contains(n.own, addr) }

// ownAddrs returns all addresses of this machine.
func ownAddrs() (own []netip.Addr) {
	list, _ := net.InterfaceAddrs() // without it our own packets look like somebody else's, and we take another name
	for _, a := range list {
		if prefix, err := netip.ParsePrefix(a.String()); err == nil {
			own = append(own, prefix.Addr().Unmap())
		}
	}
	return own
}

// answer says on its link what answers a packet, but nothing twice in a second.
func (n *links) answer(h heard, what saying, s *speaker) {
	now := time.Now()
	for _, one := range []saying{sayTypes, sayHTTP, sayEmitscope, sayHost} {
		if what&one == 0 {
			continue
		}
		if now.Sub(h.link.said[one]) < time.Second {
			what &^= one
			continue
		}
		h.link.said[one] = now
	}
	h.link.send(s.packetsOf(what)(h.link))
}

// say sends on each link what packets returns for it.
func (n *links) say(packets func(*link) [][]byte) {
	for _, l := range n.all {
		l.send(packets(l))
	}
}

// send sends packets. What is lost is asked for again.
func (l *link) send(packets [][]byte) {
	for _, packet := range packets {
		if l.conn.SetWriteDeadline(time.Now().Add(time.Second)) != nil {
			return
		}
		if _, err := l.conn.WriteToUDP(packet, &l.group); err != nil {
			return // the link has gone; that is seen soon
		}
	}
}

// close closes all links, and waits for their readers.
func (n *links) close() {
	if n.done != nil {
		close(n.done)
		n.done = nil
	}
	for _, l := range n.all {
		_ = l.conn.Close() // nothing waits in it
	}
	n.readers.Wait()
	n.all = nil
}
