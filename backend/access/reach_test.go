package access

import (
	"net"
	"net/netip"
	"testing"
)

func TestReachableIsAnAddressOfThisMachine(t *testing.T) {
	host := Reachable()
	if host == "" {
		t.Skip("this machine has no network")
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		t.Fatal(err)
	}
	if h := hostsWith(t, net.InterfaceAddrs); !h.isInterface(addr) {
		t.Errorf("got %s, want the address of an interface", addr)
	}
}
