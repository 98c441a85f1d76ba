package msg

import "time"

// Sharing is whether other machines can reach the hub, and how.
type Sharing struct {
	On       bool
	Fixed    bool // it cannot be switched off: the hub was told to listen where others reach it
	OpenView bool // other machines may view without a key
	Port     int
	TLS      bool // other machines are served by TLS
	// Fingerprint is the SHA-256 of the certificate in hex, in pairs with colons;
	// empty without TLS.
	Fingerprint string
	Addresses   []Address // at which others reach this machine, best first; also while sharing is off
	Unreachable []string  // why addresses are not listened on, for a person
	Others      []OtherHub
	// LastCaller is the last other machine that was let in; nil: none since the start.
	LastCaller *LastCaller
	System     string // as in runtime.GOOS: whose firewall may be in the way
}

// Address is one way to name this machine on its network.
type Address struct {
	Host string // an IP address, or a name
	Kind AddressKind
}

// AddressKind is what sort of network an address is in.
type AddressKind string

// The kinds of addresses.
const (
	WiFi     AddressKind = "wifi"
	Ethernet AddressKind = "ethernet"
	VPN      AddressKind = "vpn"
	Virtual  AddressKind = "virtual" // of containers and virtual machines on this machine
	ByName   AddressKind = "name"    // announced by multicast DNS
	Network  AddressKind = "network" // some other
)

// OtherHub is another Emitscope found on the network.
type OtherHub struct {
	Name string // of its machine
	URL  string
}

// LastCaller is another machine that was let in.
type LastCaller struct {
	Address string
	At      time.Time
}

// SharingPatch changes how the hub is shared; nil leaves it as it is.
type SharingPatch struct {
	On       *bool
	OpenView *bool
}

// Key is what is known of a key: never its secret.
type Key struct {
	Name     string
	Scopes   Scopes
	Created  time.Time
	LastUsed time.Time // zero: never
	Messages uint64    // accepted with it, since it was made
	Link     bool      // the view link carries it
}
