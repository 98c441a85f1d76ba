package access

import (
	"errors"
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"
)

func hostsWith(t *testing.T, list func() ([]net.Addr, error)) *ownHosts {
	t.Helper()
	h, err := newOwnHosts(nil)
	if err != nil {
		t.Fatal(err)
	}
	h.list = list
	return h
}

func at(addr string) endpoint { return endpoint{addr: netip.MustParseAddr(addr), port: "8092"} }

func TestAddressesOfInterfacesAreThisMachine(t *testing.T) {
	h := hostsWith(t, func() ([]net.Addr, error) {
		_, lan, _ := net.ParseCIDR("192.0.2.5/32")
		return []net.Addr{lan, &net.IPNet{IP: net.ParseIP("2001:db8::5"), Mask: net.CIDRMask(64, 128)}}, nil
	})
	for addr, want := range map[string]bool{"192.0.2.5": true, "2001:db8::5": true, "192.0.2.6": false, "2001:db8::6": false} {
		if got := h.has(at(addr)); got != want {
			t.Errorf("%s: got %v, want %v", addr, got, want)
		}
	}
}

func TestANewAddressIsNoticedAfterThreeSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var now []net.Addr
		reads := 0
		h := hostsWith(t, func() ([]net.Addr, error) { reads++; return now, nil })
		for range 5 {
			if h.has(at("192.0.2.5")) {
				t.Fatal("192.0.2.5 is taken for ours before it is")
			}
		}
		if reads != 1 {
			t.Errorf("read the interfaces %d times for 5 requests, want once", reads)
		}
		now = []net.Addr{&net.IPNet{IP: net.ParseIP("192.0.2.5"), Mask: net.CIDRMask(24, 32)}}
		time.Sleep(rereadAfter)
		if !h.has(at("192.0.2.5")) {
			t.Error("192.0.2.5 is not noticed")
		}
	})
}

func TestKnownAddressesStayWhenTheInterfacesCannotBeRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var broken error
		h := hostsWith(t, func() ([]net.Addr, error) {
			return []net.Addr{&net.IPNet{IP: net.ParseIP("192.0.2.5"), Mask: net.CIDRMask(24, 32)}}, broken
		})
		h.has(at("192.0.2.5"))
		broken = errors.New("no")
		time.Sleep(rereadAfter)
		if !h.has(at("192.0.2.5")) {
			t.Error("192.0.2.5 is forgotten")
		}
	})
}

func TestRealInterfacesCanBeRead(t *testing.T) {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	h := hostsWith(t, net.InterfaceAddrs)
	for _, a := range addrs {
		prefix, err := netip.ParsePrefix(a.String())
		if err != nil {
			t.Fatalf("the system writes an address as %q: %v", a, err)
		}
		if !h.has(endpoint{addr: prefix.Addr().Unmap()}) {
			t.Errorf("%v is not taken for ours", prefix.Addr())
		}
	}
}

func TestTallyTellsOnlySoManyCallersApart(t *testing.T) {
	var c tally
	for i := range maxTallied {
		c.add(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}).String())
	}
	c.add("one more")
	if got := c.add("another"); got != 2 || len(c.counts) != maxTallied+1 {
		t.Errorf("got %d for the second stranger and %d entries, want 2 and %d", got, len(c.counts), maxTallied+1)
	}
}
