package access

import (
	"cmp"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"

	"emitscope/backend/msg"
)

// Way is an address of this machine, and the network interface that has it.
type Way struct {
	Addr netip.Addr // with zone where it is link-local
	Kind msg.AddressKind
}

// Ways returns the addresses of this machine that are not loopback, those first
// by which others most likely reach it: IPv4 before IPv6; then wires and Wi-Fi
// before what is made up; among those the interface by which this machine reaches
// others; and last what holds on one link only.
func Ways() ([]Way, error) {
	interfaces, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	var ways []Way
	for _, i := range interfaces {
		if i.Flags&net.FlagUp == 0 || i.Flags&net.FlagLoopback != 0 {
			continue
		}
		addrs, err := i.Addrs()
		if err != nil {
			continue // it has gone meanwhile
		}
		for _, a := range addrs {
			prefix, err := netip.ParsePrefix(a.String())
			if err != nil {
				continue
			}
			addr := prefix.Addr().Unmap()
			if addr.Is6() && addr.IsLinkLocalUnicast() {
				addr = addr.WithZone(i.Name)
			}
			ways = append(ways, Way{Addr: addr, Kind: kindOf(i)})
		}
	}
	outward := outwardAddr()
	slices.SortStableFunc(ways, func(a, b Way) int { return cmp.Compare(a.rank(outward), b.rank(outward)) })
	return ways, nil
}

// rank is lower the likelier others reach this machine by the way.
func (w Way) rank(outward netip.Addr) int {
	rank := 1
	switch w.Kind {
	case msg.VPN: // also when all goes out by it: those beside us do not come in by it
		rank = 3
	case msg.Virtual:
		rank = 5
	}
	if w.Addr.Is6() {
		rank += 10
	}
	if w.Addr.IsLinkLocalUnicast() {
		rank += 20
	}
	if w.Addr == outward {
		rank--
	}
	return rank
}

// kindOf tells by its name what an interface is: systems have no common way to ask.
func kindOf(i net.Interface) msg.AddressKind {
	name := strings.ToLower(i.Name)
	has := func(prefixes ...string) bool {
		return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(name, p) })
	}
	switch {
	case has("docker", "br-", "veth", "virbr", "vmnet", "vboxnet", "vethernet", "bridge", "cni", "lxc", "lxd", "podman"):
		return msg.Virtual
	case has("tun", "tap", "wg", "utun", "ppp", "tailscale", "zt", "ipsec"):
		return msg.VPN
	case has("wl", "wi-fi", "wlan"):
		return msg.WiFi
	case has("en", "eth"):
		if _, err := os.Stat("/sys/class/net/" + i.Name + "/wireless"); err == nil { // Linux alone has this folder
			return msg.WiFi
		}
		return msg.Ethernet
	}
	return msg.Network
}

// outwardAddr is the address of the interface by which this machine reaches
// others; the zero Addr on a machine without a network. No packet is sent.
func outwardAddr() netip.Addr {
	conn, err := net.Dial("udp4", "192.0.2.1:9") // an address for examples: nobody has it
	if err != nil {
		return netip.Addr{}
	}
	defer func() { _ = conn.Close() }() // it has carried nothing
	ap, err := netip.ParseAddrPort(conn.LocalAddr().String())
	if err != nil {
		return netip.Addr{}
	}
	return ap.Addr().Unmap()
}
