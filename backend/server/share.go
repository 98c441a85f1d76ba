package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"time"

	"emitscope/backend/access"
	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// lookEvery is how often a shared hub looks whether its machine's addresses have
// changed: a laptop comes into another network.
const lookEvery = 3 * time.Second

// lan lets other machines reach the hub. The hub always listens on its own
// address, which is loopback; sharing listens on every other address of the
// machine besides, so that switching it touches nobody on this machine.
type lan struct {
	port        string
	conns       *access.Conns
	certificate certificate

	mu      sync.Mutex
	on      bool
	serve   func(net.Listener) // answers those who come by a listener; nil: run has not begun, or has ended
	open    map[netip.Addr]*access.Listener
	trouble map[netip.Addr]string
}

func newLAN(port string, conns *access.Conns, c certificate) *lan {
	return &lan{port: port, conns: conns, certificate: c, open: make(map[netip.Addr]*access.Listener)}
}

// look makes the open listeners those of the addresses there are now; none when
// sharing is off.
func (l *lan) look() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.serve == nil {
		return nil
	}
	wanted := map[netip.Addr]bool{}
	if l.on {
		ways, err := access.Ways()
		if err != nil {
			return fmt.Errorf("list this machine's addresses: %w", err)
		}
		for _, way := range ways {
			wanted[way.Addr] = true
		}
	}
	for addr, listener := range l.open {
		if !wanted[addr] {
			listener.Cut()
			delete(l.open, addr)
		}
	}
	l.trouble = map[netip.Addr]string{}
	for addr := range wanted {
		if l.open[addr] != nil {
			continue
		}
		at := net.JoinHostPort(addr.String(), l.port)
		tcp, err := net.Listen("tcp", at)
		if err != nil {
			l.trouble[addr] = fault.From(cannotListen(at, err)).Message
			continue
		}
		limited := l.conns.Limit(tcp)
		l.open[addr] = limited
		l.serve(l.certificate.listener(limited))
	}
	return nil
}

// set switches sharing on or off.
func (l *lan) set(on bool) error {
	l.mu.Lock()
	l.on = on
	l.mu.Unlock()
	return l.look()
}

// run lets other machines in from now on, if on, and looks at the addresses again
// and again until ctx ends. Then it lets go of them; connections stay, and the
// HTTP server closes them.
func (l *lan) run(ctx context.Context, on bool, serve func(net.Listener)) error {
	l.mu.Lock()
	l.on, l.serve = on, serve
	l.mu.Unlock()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		if err := l.look(); err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			l.mu.Lock()
			defer l.mu.Unlock()
			l.serve = nil
			for _, listener := range l.open {
				_ = listener.Close() // it may be closed already
			}
			return nil
		}
	}
}

// state returns whether sharing is on, and what is wrong with addresses.
func (l *lan) state() (on bool, trouble []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, text := range l.trouble {
		trouble = append(trouble, text)
	}
	slices.Sort(trouble)
	return l.on, trouble
}

// Sharing returns how other machines reach the hub now.
func (s *Server) Sharing() msg.Sharing {
	on, trouble := s.lan.state()
	port, _ := strconv.Atoi(s.lan.port)
	state := msg.Sharing{
		On: on || s.fixed, Fixed: s.fixed, OpenView: s.guard.OpenView(), Port: port,
		TLS: s.certificate.config != nil, Fingerprint: s.certificate.fingerprint,
		Unreachable: trouble, LastCaller: s.guard.LastCaller(), System: runtime.GOOS,
	}
	ways, _ := access.Ways() // none are shown then
	for _, way := range ways {
		if !way.Addr.IsLinkLocalUnicast() {
			state.Addresses = append(state.Addresses, msg.Address{Host: way.Addr.String(), Kind: way.Kind})
		}
	}
	return state
}

// Share changes how the hub is shared, until it ends or somebody changes it
// again: the settings file decides how it starts. It is a Conflict to switch
// sharing off where the hub was started to listen on an address that others reach.
func (s *Server) Share(by msg.Caller, p msg.SharingPatch) (msg.Sharing, error) {
	s.sharing.Lock()
	defer s.sharing.Unlock()
	if p.On != nil && !*p.On && s.fixed {
		return msg.Sharing{}, fault.Newf(fault.Conflict, "the hub was started to listen on %s, which others reach", s.cfg.Addr).
			WithHint("start it with an address of this machine alone, such as 127.0.0.1:8092")
	}
	if p.OpenView != nil && *p.OpenView != s.guard.OpenView() {
		s.guard.SetOpenView(*p.OpenView)
		kind := msg.OpenViewOn
		if !*p.OpenView {
			kind = msg.OpenViewOff
			s.doors.expel(func(c msg.Caller) bool { return !c.Local && c.Key == "" }, errNeedsKey())
		}
		s.audit.Note(msg.Act{Kind: kind, By: by, Door: msg.DoorREST})
	}
	if on, _ := s.lan.state(); p.On != nil && *p.On != on && !s.fixed {
		kind := msg.SharingOn
		if !*p.On {
			kind = msg.SharingOff
			s.doors.expel(func(c msg.Caller) bool { return !c.Local }, errNotShared())
		}
		if err := s.lan.set(*p.On); err != nil {
			return msg.Sharing{}, err
		}
		s.audit.Note(msg.Act{Kind: kind, By: by, Door: msg.DoorREST})
	}
	state := s.Sharing()
	s.inform(wire.FeedSharing{Type: "sharing", Sharing: s.shared()})
	return state, nil
}

func errNeedsKey() *fault.Error {
	return fault.Newf(fault.Unauthorized, "viewing needs a key from now on").WithHint("open the hub by its view link")
}

func errNotShared() *fault.Error {
	return fault.Newf(fault.Forbidden, "the hub is not shared any more")
}

func errRevoked() *fault.Error {
	return fault.Newf(fault.Unauthorized, "the key was revoked").WithCode("unknown_key").
		WithHint("make a new one on the machine Emitscope runs on")
}

// shared is what every viewer may know of the sharing.
func (s *Server) shared() wire.Shared {
	on, _ := s.lan.state()
	return wire.Shared{On: on || s.fixed, OpenView: s.guard.OpenView(), Address: s.reachedAt()}
}

// reachedAt is where a person should connect to: on this machine, or, while it is
// shared, from others.
func (s *Server) reachedAt() string {
	if on, _ := s.lan.state(); on {
		if ways, err := access.Ways(); err == nil && len(ways) > 0 {
			return net.JoinHostPort(ways[0].Addr.String(), s.lan.port)
		}
	}
	return s.listener.Addr().String()
}

// serveOn answers those who come by a listener, until it is closed.
func (s *Server) serveOn(l net.Listener) error {
	if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}
