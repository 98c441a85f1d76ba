package access

import "net"

// Reachable returns the address at which other machines most likely reach this
// one: that of the interface by which it reaches them. It is empty on a machine
// without a network. No packet is sent.
func Reachable() string {
	conn, err := net.Dial("udp4", "192.0.2.1:9") // an address for examples: nobody has it
	if err != nil {
		return ""
	}
	defer func() { _ = conn.Close() }() // it has carried nothing
	host, _, err := net.SplitHostPort(conn.LocalAddr().String())
	if err != nil {
		return ""
	}
	return host
}
