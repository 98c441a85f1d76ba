package access

import (
	"net"
	"net/netip"
	"slices"
	"testing"

	"emitscope/backend/msg"
)

func TestWaysAreAddressesOfThisMachineThatOthersCanReach(t *testing.T) {
	ways, err := Ways()
	if err != nil {
		t.Fatal(err)
	}
	h := hostsWith(t, net.InterfaceAddrs)
	for _, way := range ways {
		if way.Addr.IsLoopback() || !h.isInterface(way.Addr.WithZone("")) {
			t.Errorf("got %v, want addresses of interfaces, and not loopback", way)
		}
		if (way.Addr.Zone() != "") != (way.Addr.Is6() && way.Addr.IsLinkLocalUnicast()) {
			t.Errorf("got %v, want a zone where it is link-local, and only there", way)
		}
	}
	if out := outwardAddr(); out.IsValid() && !slices.ContainsFunc(ways, func(w Way) bool { return w.Addr == out }) {
		t.Errorf("got %v without %v, by which this machine reaches others", ways, out)
	}
}

func TestTheAddressThatOthersMostLikelyReachIsFirst(t *testing.T) {
	way := func(addr string, kind msg.AddressKind) Way { return Way{Addr: netip.MustParseAddr(addr), Kind: kind} }
	want := []Way{
		way("192.168.1.5", msg.WiFi), // by which this machine reaches others
		way("192.168.7.5", msg.Ethernet),
		way("10.8.0.2", msg.VPN),
		way("172.17.0.1", msg.Virtual),
		way("2001:db8::5", msg.WiFi),
		way("fd00::2", msg.VPN),
		way("169.254.3.4", msg.Ethernet),
		way("fe80::1%eth0", msg.Ethernet),
	}
	for i := 1; i < len(want); i++ {
		if a, b := want[i-1].rank(want[0].Addr), want[i].rank(want[0].Addr); a >= b {
			t.Errorf("%v has rank %d, and %v has %d; want less", want[i-1], a, want[i], b)
		}
	}
}

func TestAVPNThatAllGoesOutByIsNotHowOthersComeIn(t *testing.T) {
	vpn, wifi := Way{netip.MustParseAddr("10.8.0.2"), msg.VPN}, Way{netip.MustParseAddr("192.168.1.5"), msg.WiFi}
	if vpn.rank(vpn.Addr) <= wifi.rank(vpn.Addr) {
		t.Error("the VPN's address comes first, want that of the network")
	}
}

func TestTheKindOfAnInterfaceIsToldByItsName(t *testing.T) {
	for name, want := range map[string]msg.AddressKind{
		"wlan0": msg.WiFi, "wlp3s0": msg.WiFi, "Wi-Fi": msg.WiFi, "WLAN 2": msg.WiFi,
		"no-eth0": msg.Network, "enp3s0-none": msg.Ethernet, "eth99": msg.Ethernet, "Ethernet 2": msg.Ethernet,
		"docker0": msg.Virtual, "br-3f2a": msg.Virtual, "veth12ab": msg.Virtual, "vEthernet (WSL)": msg.Virtual, "virbr0": msg.Virtual,
		"bridge100": msg.Virtual, "vmnet8": msg.Virtual,
		"tun0": msg.VPN, "utun3": msg.VPN, "wg0": msg.VPN, "tailscale0": msg.VPN, "ppp0": msg.VPN,
		"br0": msg.Network, "usb0": msg.Network,
	} {
		if got := kindOf(net.Interface{Name: name}); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}
