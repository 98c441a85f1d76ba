package access

import (
	"net"
	"net/netip"
	"testing"
)

func TestReachableIsAnAddressOfThisMachine(t *testing.T) {
	host := Reachable()
	conn, err := net.Dial("udp4", "198.51.100.1:9") // nobody's address, too; nothing is sent
	if err != nil {                                 // no network
		if host != "" {
			t.Errorf("got %s without a network, want nothing", host)
		}
		return
	}
	_ = conn.Close()
	addr, err := netip.ParseAddr(host)
	if err != nil {
		t.Fatal(err)
	}
	if h := hostsWith(t, net.InterfaceAddrs); !h.isInterface(addr) {
		t.Errorf("got %s, want the address of an interface", addr)
	}
}
