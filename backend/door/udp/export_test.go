package udp

import "net/netip"

// Take is take, as for a datagram that came from an address.
func (d *Door) Take(text []byte, from netip.Addr) { d.take(text, from.Unmap()) }
