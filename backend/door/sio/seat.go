package sio

import (
	"net"
	"net/netip"
	"time"

	"emitscope/backend/fault"
)

// maxStrangers is how many sessions of one host may be without a namespace at a
// time: a stranger needs no key until then, nor by polling a connection. Clients
// join at once, so it is enough for many behind one proxy.
const maxStrangers = 64

// joinTime is how long a session may be without a namespace; the library would
// give it 45 s.
const joinTime = 10 * time.Second

// seat is the place that a session takes up, from before its handshake on.
type seat struct {
	door *Door
	host string

	counted bool // for its host, which is another machine

	known bool // the session has joined a namespace, or is gone; the door's lock guards it
}

// takeSeat returns a seat for the session of a client at this address.
func (d *Door) takeSeat(address string) (*seat, error) {
	st := &seat{door: d, host: hostOf(address)}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.seats >= d.opts.MaxSessions {
		d.opts.Reached("max_connections")
		return nil, fault.Newf(fault.TooMany, "there are %d sessions; more are not allowed", d.opts.MaxSessions).
			WithCode("too_many_sessions").WithHint("connect again later, or raise limits.max_connections")
	}
	if d.strangers[st.host] >= maxStrangers {
		return nil, fault.Newf(fault.TooMany, "%d sessions of this host have joined no namespace; more are not allowed", maxStrangers).
			WithCode("too_many_sessions").WithHint("join a namespace after connecting, or connect again later")
	}
	if addr, err := netip.ParseAddr(st.host); err == nil && !addr.Unmap().IsLoopback() {
		if most := d.opts.MaxSessionsPerHost; d.guests[st.host] >= most {
			d.opts.Reached("max_connections_per_address")
			return nil, fault.Newf(fault.TooMany, "this host has %d sessions; more are not allowed", most).
				WithCode("too_many_sessions").WithHint("end some, or raise limits.max_connections_per_address")
		}
		d.guests[st.host]++
		st.counted = true
	}
	d.seats++
	d.strangers[st.host]++
	return st, nil
}

// know notes that the session has joined a namespace.
func (st *seat) know() {
	st.door.mu.Lock()
	defer st.door.mu.Unlock()
	st.noStranger()
}

// leave gives the seat back, once.
func (st *seat) leave() {
	st.door.mu.Lock()
	defer st.door.mu.Unlock()
	st.noStranger()
	d := st.door
	d.seats--
	if !st.counted {
		return
	}
	if d.guests[st.host]--; d.guests[st.host] == 0 {
		delete(d.guests, st.host)
	}
}

// noStranger is called with the lock held.
func (st *seat) noStranger() {
	if st.known {
		return
	}
	st.known = true
	d := st.door
	if d.strangers[st.host]--; d.strangers[st.host] == 0 {
		delete(d.strangers, st.host)
	}
}

// hostOf returns address without the port.
func hostOf(address string) string {
	if host, _, err := net.SplitHostPort(address); err == nil {
		return host
	}
	return address
}
