package access

import (
	"net/netip"
	"strconv"
	"strings"
)

// endpoint is a host, by name or by address, and a port.
type endpoint struct {
	name string     // lower case, without a dot at its end; empty when addr is set
	addr netip.Addr // unmapped, without zone
	port string     // empty: not said
}

// maxHostName is how long a name in the DNS can be, in bytes.
const maxHostName = 253

// parseEndpoint reads a Host header: a name or an IPv4 address, or an IPv6
// address in brackets, and maybe a port.
func parseEndpoint(s string) (endpoint, bool) {
	var e endpoint
	var rest string
	if inside, bracketed := strings.CutPrefix(s, "["); bracketed {
		var closed bool
		inside, rest, closed = strings.Cut(inside, "]")
		addr, err := netip.ParseAddr(inside)
		if !closed || err != nil || !addr.Is6() {
			return endpoint{}, false
		}
		e.addr = addr.Unmap().WithZone("")
	} else {
		host := s
		if i := strings.IndexByte(s, ':'); i >= 0 {
			host, rest = s[:i], s[i:]
		}
		e.name = strings.ToLower(strings.TrimSuffix(host, "."))
		if !isHostName(e.name) {
			return endpoint{}, false
		}
		if addr, err := netip.ParseAddr(e.name); err == nil {
			e.name, e.addr = "", addr
		}
	}
	if rest == "" {
		return e, true
	}
	port, ok := strings.CutPrefix(rest, ":")
	n, err := strconv.ParseUint(port, 10, 16)
	if e.port = port; strings.HasPrefix(port, "0") { // else it is spelled as we would
		e.port = strconv.FormatUint(n, 10)
	}
	return e, ok && err == nil
}

// isHostName reports whether s has only what names and IPv4 addresses consist
// of, and no part of it is empty.
func isHostName(s string) bool {
	if len(s) > maxHostName {
		return false
	}
	for part := range strings.SplitSeq(s, ".") {
		if part == "" || strings.Trim(part, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return false
		}
	}
	return true
}

// originEndpoint is where a page was served from. Its port is always said.
type originEndpoint struct {
	endpoint
	defaultPort string // of its scheme
}

// parseOrigin reads the Origin header of a page that came over http or https.
func parseOrigin(s string) (originEndpoint, bool) {
	scheme, host, _ := strings.Cut(s, "://")
	o := originEndpoint{}
	switch scheme {
	case "http":
		o.defaultPort = "80"
	case "https":
		o.defaultPort = "443"
	default:
		return originEndpoint{}, false
	}
	var ok bool
	o.endpoint, ok = parseEndpoint(host)
	if o.port == "" {
		o.port = o.defaultPort
	}
	return o, ok
}

// sameAs reports whether the page came from where the request went.
func (o originEndpoint) sameAs(host endpoint) bool {
	if host.port == "" {
		host.port = o.defaultPort
	}
	return o.endpoint == host
}

// isLoopback reports whether only this machine can be meant.
func (e endpoint) isLoopback() bool { return e.name == "localhost" || e.addr.IsLoopback() }
