// Package mdns announces the hub on the local network by multicast DNS (RFC 6762)
// with DNS-SD (RFC 6763), and finds other hubs there.
//
// link.go owns the sockets, one for each network interface; speaker.go decides what
// is said and what is learned, without a socket or a goroutine; packet.go makes the
// packets.
package mdns

import (
	"context"
	"log/slog"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"emitscope/backend/msg"
)

// Options are what is announced.
type Options struct {
	Port    int
	TLS     bool
	Version string
	Log     *slog.Logger
	// Named is told the name under which the machine is announced from now on, as
	// Host returns it; nil: nobody is. It is to return soon.
	Named func(host string)
}

// Announcer announces the hub by multicast DNS over IPv4 while it is on, to whoever
// lists _http._tcp or _emitscope._tcp, and finds other hubs. All methods may be
// called from any goroutine.
type Announcer struct {
	o        Options
	list     func() ([]*link, error)
	group    net.UDPAddr   // whom multicast DNS is sent to
	switched chan struct{} // capacity 1: Set was called
	warned   bool          // that it cannot be announced

	mu     sync.Mutex
	on     bool
	host   string
	others []msg.OtherHub
}

// lookAgainEvery is how old the list of network interfaces may be.
const lookAgainEvery = 5 * time.Second

// New returns an Announcer that is off.
func New(o Options) *Announcer {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Named == nil {
		o.Named = func(string) {}
	}
	return &Announcer{
		o: o, switched: make(chan struct{}, 1), list: interfaces,
		group: net.UDPAddr{IP: net.IPv4(224, 0, 0, 251), Port: 5353},
	}
}

// Set switches it on or off.
func (m *Announcer) Set(on bool) {
	m.mu.Lock()
	m.on = on
	m.mu.Unlock()
	select {
	case m.switched <- struct{}{}:
	default: // Run has not come to the one before
	}
}

// Host returns the name by which others on the network reach this machine while it
// is announced, such as "studio.local"; else "".
func (m *Announcer) Host() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.host
}

// Others returns the other hubs that were heard of lately, by name.
func (m *Announcer) Others() []msg.OtherHub {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.others)
}

func (m *Announcer) isOn() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.on
}

// Run announces and listens whenever it is on. It returns nil when ctx ends, after
// it has said goodbye. A network without multicast is not an error.
func (m *Announcer) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		if m.isOn() {
			m.speak(ctx)
			continue
		}
		select {
		case <-m.switched:
		case <-ctx.Done():
		}
	}
	return nil
}

// speak announces and listens until it is switched off or ctx ends.
func (m *Announcer) speak(ctx context.Context) {
	hostname, err := os.Hostname()
	if err != nil {
		hostname = "" // then it is a name of our own
	}
	s := newSpeaker(hostname, m.o)
	air := links{list: m.list, group: m.group}
	defer func() {
		air.say(s.packetsOf(sayGoodbye))
		air.close()
		m.tell("", nil)
	}()
	look := time.NewTicker(lookAgainEvery)
	defer look.Stop()
	if m.open(&air) {
		s.begin(time.Now())
	}
	next := time.NewTimer(0)
	defer next.Stop()
	for {
		select {
		case <-next.C:
		case h := <-air.heard:
			air.answer(h, s.heard(time.Now(), h.from, h.link.mine(), air.isOwn, h.packet), s)
		case <-look.C:
			if m.open(&air) {
				s.begin(time.Now())
			}
		case <-m.switched:
			if !m.isOn() {
				return
			}
		case <-ctx.Done():
			return
		}
		now := time.Now()
		if len(air.all) > 0 {
			air.say(s.packetsOf(s.due(now)))
		} else {
			s.at, s.named = now.Add(lookAgainEvery), false
		}
		next.Reset(s.at.Sub(now))
		m.tell(strings.TrimSuffix(s.announced(), "."), s.known(now))
	}
}

// open makes the links those that there are now, and reports whether they changed.
func (m *Announcer) open(l *links) (changed bool) {
	changed, err := l.open()
	if err != nil && !m.warned {
		m.warned = true
		m.o.Log.Warn("Cannot announce the hub on the network", "error", err)
	}
	return changed
}

// tell makes known what is announced and what was heard.
func (m *Announcer) tell(host string, others []msg.OtherHub) {
	m.mu.Lock()
	renamed := host != m.host
	m.host, m.others = host, others
	m.mu.Unlock()
	if renamed {
		m.o.Log.Debug("Name on the network changed", "host", host)
		m.o.Named(host)
	}
}

// announced is the name that was found free; "" before that.
func (s *speaker) announced() string {
	if !s.named {
		return ""
	}
	return s.host()
}

// packetsOf returns what makes packets for a link.
func (s *speaker) packetsOf(what saying) func(l *link) [][]byte {
	return func(l *link) [][]byte {
		if what == 0 || what == sayGoodbye && !s.named {
			return nil
		}
		return s.packets(what, l.addrs())
	}
}
