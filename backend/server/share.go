package server

import (
	"encoding/json"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// Sharing returns how other machines reach the hub now. Before Listen, that is
// nohow.
func (s *Server) Sharing() msg.Sharing {
	on, wrong := s.lan.state()
	port, _ := strconv.Atoi(s.lan.port)
	return msg.Sharing{
		On: on || s.fixed, Fixed: s.fixed, OpenView: s.guard.OpenView(), Port: port,
		TLS: s.certificate.config != nil, Fingerprint: s.certificate.fingerprint,
		Addresses: s.addresses(), Unreachable: wrong, Others: s.neighbours.Others(), LastCaller: s.guard.LastCaller(), System: runtime.GOOS,
	}
}

// addresses returns those at which others reach this machine, best first: also
// those at which they would if the hub were shared. An address that holds on one
// link only is left out, for it works in no browser.
func (s *Server) addresses() []msg.Address {
	ways, _ := s.lan.ways() // none are shown then; state says why
	var all []msg.Address
	for _, way := range ways {
		if way.Addr.IsLinkLocalUnicast() && way.Addr.Is6() || s.fixed && !s.own.IsUnspecified() && way.Addr.WithZone("") != s.own.WithZone("") {
			continue
		}
		all = append(all, msg.Address{Host: way.Addr.String(), Kind: way.Kind})
	}
	if name := s.neighbours.Host(); name != "" {
		after := slices.IndexFunc(all, func(a msg.Address) bool { return !strings.Contains(a.Host, ":") }) + 1 // the best of IPv4
		all = slices.Insert(all, after, msg.Address{Host: name, Kind: msg.ByName})
	}
	return all
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
			s.doors.expel(func(c msg.Caller) bool { return !c.Local && !s.mayView(c.Key) }, errNeedsKey())
		}
		s.audit.Note(msg.Act{Kind: kind, By: by, Door: msg.DoorREST})
	}
	if on, _ := s.lan.state(); p.On != nil && *p.On != on && !s.fixed {
		s.lan.set(*p.On)
		s.neighbours.Set(*p.On)
		kind := msg.SharingOn
		if !*p.On {
			kind = msg.SharingOff
			s.doors.expel(isBeyond, errNotShared())
		}
		s.audit.Note(msg.Act{Kind: kind, By: by, Door: msg.DoorREST})
	}
	state := s.Sharing()
	s.inform(wire.FeedSharing{Type: "sharing", Sharing: s.shared()})
	return state, nil
}

// mayView reports whether there is a key of this name, and it allows to view.
func (s *Server) mayView(key string) bool {
	scopes, _ := s.keys.Scopes(key)
	return scopes.Has(msg.MayView)
}

// welcome says why a caller that was let in a moment ago would not be any more.
func (s *Server) welcome(c msg.Caller) error {
	if _, known := s.keys.Scopes(c.Key); c.Key != "" && !known {
		return errRevoked()
	}
	if on, _ := s.lan.state(); isBeyond(c) && !on && !s.fixed {
		return errNotShared()
	}
	if !c.Local && c.Scopes.Has(msg.MayView) && !s.guard.OpenView() && !s.mayView(c.Key) {
		return errNeedsKey()
	}
	return nil
}

// isBeyond reports whether a caller came by an address that is listened on only
// while the hub is shared. A proxy on this machine asks for others, but by loopback.
func isBeyond(c msg.Caller) bool { return !c.Local && !c.Address.IsLoopback() }

// whileShared has a door answer that looks at nobody twice: who was let in by a
// connection that is about to be cut off may still ask by it.
func (s *Server) whileShared(door http.Handler, w http.ResponseWriter, r *http.Request) {
	if c := msg.CallerOf(r.Context()); c.Address.IsValid() && isBeyond(c) && !s.fixed {
		if on, _ := s.lan.state(); !on {
			w.Header().Set("Content-Type", "application/json; charset=utf-8")
			w.Header().Set("Connection", "close")
			w.WriteHeader(http.StatusForbidden)
			_ = json.NewEncoder(w).Encode(wire.ErrorOf(errNotShared())) // whoever asked may be gone
			return
		}
	}
	door.ServeHTTP(w, r)
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
	return wire.Shared{On: s.isShared(), OpenView: s.guard.OpenView(), Address: s.reachedAt()}
}

// reachedAt is where a person should connect to: on this machine, or, while it is
// shared, from others.
func (s *Server) reachedAt() string {
	if s.isShared() {
		if all := s.addresses(); len(all) > 0 {
			return net.JoinHostPort(all[0].Host, s.lan.port)
		}
	}
	return s.listener.Addr().String()
}
