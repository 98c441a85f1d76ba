package access

import (
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"emitscope/backend/fault"
)

// rereadAfter is how old the list of this machine's addresses may be: a laptop
// changes its network, but not each request.
const rereadAfter = 3 * time.Second

// ownHosts knows what this machine is called.
type ownHosts struct {
	named map[endpoint]origin // never changed; ports are empty
	list  func() ([]net.Addr, error)
	// announced is a name of this machine besides; nil: none.
	announced atomic.Pointer[endpoint]

	mu    sync.Mutex
	addrs map[netip.Addr]bool // of the network interfaces, as of read
	read  time.Time
}

// origin is how we come by a name.
type origin uint8

const (
	guessed origin = iota // the system is called so: where the name leads to, the network says
	certain               // it can only be this machine, or the settings say so
)

// newOwnHosts returns the names of this machine, and the allowed ones.
func newOwnHosts(allowed []string) (*ownHosts, error) {
	named := map[endpoint]origin{{name: "localhost"}: certain}
	if hostname, err := os.Hostname(); err == nil { // without one there is one name less
		for _, name := range namesOf(hostname) {
			if e, ok := parseEndpoint(name); ok {
				named[e] = max(named[e], guessed)
			}
		}
	}
	for _, name := range allowed {
		bracketed := name
		if addr, err := netip.ParseAddr(name); err == nil && addr.Is6() {
			bracketed = "[" + name + "]"
		}
		e, ok := parseEndpoint(bracketed)
		if !ok || e.port != "" {
			return nil, fault.Newf(fault.Invalid, "allowed host %q is neither a host name nor an address", fault.Clip(name)).
				WithCode("invalid_config").WithHint("write it without scheme and port, such as emit.example")
		}
		named[e] = certain
	}
	return &ownHosts{named: named, list: net.InterfaceAddrs}, nil
}

// namesOf returns the names under which a machine with this host name is found:
// in full, its first part, and that in multicast DNS.
func namesOf(hostname string) []string {
	first, _, _ := strings.Cut(hostname, ".")
	return []string{hostname, first, first + ".local"}
}

func (h *ownHosts) setAnnounced(name string) {
	e, ok := parseEndpoint(name)
	if !ok || e.name == "" || e.port != "" { // an address is ours or is not, whatever is announced
		h.announced.Store(nil)
		return
	}
	h.announced.Store(&e)
}

func (h *ownHosts) has(e endpoint) bool {
	e.port = ""
	if _, known := h.named[e]; known || e.addr.IsLoopback() {
		return true
	}
	if also := h.announced.Load(); also != nil && *also == e {
		return true
	}
	return e.addr.IsValid() && h.isInterface(e.addr)
}

// isCertain reports whether nobody else can have a name of ours, so that it was
// this machine that somebody meant to ask. Addresses are what they are.
func (h *ownHosts) isCertain(e endpoint) bool {
	e.port = ""
	return e.addr.IsValid() || h.named[e] == certain
}

func (h *ownHosts) isInterface(addr netip.Addr) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if now := time.Now(); h.addrs == nil || now.Sub(h.read) >= rereadAfter {
		if list, err := h.list(); err == nil { // else the old list has to do
			h.addrs, h.read = make(map[netip.Addr]bool, len(list)), now
			for _, a := range list {
				if prefix, err := netip.ParsePrefix(a.String()); err == nil {
					h.addrs[prefix.Addr().Unmap().WithZone("")] = true
				}
			}
		}
	}
	return h.addrs[addr]
}
