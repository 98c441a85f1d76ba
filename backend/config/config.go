// Package config holds the settings of one hub: what they are by default, how
// the file writes them, and which values make sense.
//
// A flag wins over the environment, which wins over the file, which wins over
// the default. Flags and environment are read by package app and laid over
// the file's settings with Apply. The program never writes the file.
package config

import (
	"fmt"
	"log/slog"
	"net"
	"slices"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// Config is every setting of a hub. Each has a line in settings, which is where
// its name in the file, its bounds and its explanation stand.
type Config struct {
	File            string // where the settings are from; empty: there is no file. It is no setting
	Addr            string // host:port
	LAN             bool
	OpenView        bool
	AllowedHosts    []string
	AllowedOrigins  []string // pages of other machines' servers that may use the hub
	AllowNullOrigin bool
	MDNS            bool   // while it is shared, announce the hub and look for others
	TLS             bool   // serve other machines by TLS
	TLSCert         string // file; empty: the hub makes a certificate itself
	TLSKey          string // file
	DataDir         string
	LogFormat       string // "text" or "json"
	LogLevel        string // "debug", "info", "warn" or "error"
	EIO3            bool
	Recovery        time.Duration // 0: none
	PingInterval    time.Duration
	PingTimeout     time.Duration
	SlowPolicy      msg.SlowPolicy
	UDP             UDP
	Limits          Limits
	Recordings      Recordings
	Updates         Updates
	Late            msg.LateLimit
	// Lanes is what the file says of lanes; LaneSettings makes whole settings
	// of it.
	Lanes map[string]msg.LanePatch
	Rules []msg.Rule // reply rules, in their order
}

// UDP is the door for datagrams. They carry no key, so it is closed until somebody
// opens it, and others may only send from addresses that are named.
type UDP struct {
	Listen    string   // host:port; empty: closed
	From      []string // addresses and networks of other machines that may send
	Namespace string
	Event     string // of all messages; empty: the name in each line
}

// Recordings say how much is kept of what is recorded.
type Recordings struct {
	MaxAge   time.Duration // since one ended; 0: no limit
	MaxBytes int64         // of all; 0: no limit
	MaxCount int           // 0: no limit
	MinFree  int64         // bytes that the disk must have left

	Flight      msg.FlightWhere // where the flight recorder keeps messages
	FlightAge   time.Duration   // what is older it forgets
	FlightBytes int64           // beyond, it forgets the oldest
}

// Updates say where the program asks whether there is a newer version.
type Updates struct {
	URL       string // empty: nowhere
	Key       string // that what the address answers is signed with; Ed25519, in base64
	Automatic bool   // the window asks by itself, once a day
}

// Limits keep one caller from taking what all need.
type Limits struct {
	MaxConnections           int
	MaxConnectionsPerAddress int   // of each other machine
	MaxConnectionsPerSecond  int   // new ones of each other machine; 0: no limit
	MaxMessagesPerSecond     int   // handed in by each other machine; 0: no limit
	MaxBytesPerSecond        int64 // handed in by each other machine; 0: no limit
	MaxFailedKeys            int   // of each address, in a minute
	MaxBody                  int64 // bytes of one request's body
	MaxFrame                 int64 // bytes of one WebSocket message
	MaxFragments             int   // frames of one WebSocket message
	MaxJSONDepth             int
	MaxJSONKeys              int // of one message's objects together
	MaxAttachments           int // of one message
	MaxLanes                 int // that nobody configured, and those somebody did
	MaxNamespaces            int // with Socket.IO clients in them
	MaxNamespacesPerClient   int // of one Socket.IO client
	MaxRooms                 int // that one client may be in, of each namespace
	MaxSubscriptions         int // of one native client
	MaxWaitingReplies        int // of all rules together
	HeaderTimeout            time.Duration
	BodyTimeout              time.Duration
	IdleTimeout              time.Duration
	OutboxFrames             int   // frames that may wait for one client
	OutboxBytes              int   // bytes that may wait for one client
	Memory                   int64 // bytes of the whole process; 0: no limit
}

// Defaults returns the settings of a hub nobody configured. DataDir is empty
// when the system does not say where a program keeps its data.
func Defaults() Config {
	return Config{
		Addr:         "127.0.0.1:8092",
		MDNS:         true,
		DataDir:      defaultDataDir(),
		LogFormat:    "text",
		LogLevel:     "info",
		PingInterval: 25 * time.Second,
		PingTimeout:  30 * time.Second,
		SlowPolicy:   msg.SlowDropOldest,
		UDP:          UDP{Namespace: "/udp"},
		Limits: Limits{
			MaxConnections:           20_000,
			MaxConnectionsPerAddress: 512,
			MaxConnectionsPerSecond:  500,
			MaxMessagesPerSecond:     20_000,
			MaxBytesPerSecond:        64 << 20,
			MaxFailedKeys:            10,
			MaxBody:                  1 << 20,
			MaxFrame:                 1 << 20,
			MaxFragments:             1024,
			MaxJSONDepth:             64,
			MaxJSONKeys:              10_000,
			MaxAttachments:           64,
			MaxLanes:                 256,
			MaxNamespaces:            1024,
			MaxNamespacesPerClient:   64,
			MaxRooms:                 256,
			MaxSubscriptions:         256,
			MaxWaitingReplies:        10_000,
			HeaderTimeout:            10 * time.Second,
			BodyTimeout:              30 * time.Second,
			IdleTimeout:              120 * time.Second,
			OutboxFrames:             4096,
			OutboxBytes:              8 << 20,
		},
		Recordings: Recordings{
			MaxBytes: 10 << 30, MinFree: 512 << 20, Flight: msg.FlightOnDisk, FlightAge: 10 * time.Minute, FlightBytes: 256 << 20,
		},
		Late: msg.DefaultLateLimit(),
	}
}

// Check returns an Invalid error that names the first setting that makes no
// sense, and what it could be.
func (c Config) Check() error {
	for _, s := range settings(&c) {
		if err := s.check(); err != nil {
			return err
		}
	}
	if (c.TLSCert == "") != (c.TLSKey == "") {
		return invalid("tls_cert and tls_key go together, but only one of them is set").
			WithHint("set both, or neither: then tls = true makes a certificate")
	}
	if (c.Updates.URL == "") != (c.Updates.Key == "") {
		return invalid("updates.url and updates.key go together, but only one of them is set").
			WithHint("set both, or neither: then nobody is asked for updates")
	}
	for _, name := range laneNames(c.Lanes) {
		if _, err := checkLane(name, c.Lanes[name]); err != nil {
			return err
		}
	}
	if u := c.UDP; u.Listen != "" && len(u.From) == 0 && !isLoopbackAt(u.Listen) {
		return invalid("udp.listen is %q, which other machines can reach, but UDP has no keys, and udp.from names nobody", u.Listen).
			WithHint(`listen on 127.0.0.1, or name who may send with --udp-from (udp.from = ["192.168.1.0/24"])`)
	}
	if !c.LAN && !c.IsLoopback() {
		return invalid("addr is %q, which other machines can reach, but sharing on the LAN is off", c.Addr).
			WithHint("switch sharing on with --lan (lan = true), or listen on 127.0.0.1")
	}
	return nil
}

// IsLoopback reports whether the hub listens where only its own machine reaches
// it. Sharing on the LAN then listens on the other addresses besides.
func (c Config) IsLoopback() bool { return isLoopbackAt(c.Addr) }

func isLoopbackAt(addr string) bool {
	host, _, _ := net.SplitHostPort(addr)
	return isLoopback(host)
}

// ListLimits lists every limit with its value, in the order of the settings.
func (c Config) ListLimits() []msg.Limit {
	var all []msg.Limit
	for _, s := range inTable(settings(&c), "limits") {
		all = append(all, msg.Limit{Name: s.key, Value: fmt.Sprint(s.value()), About: s.about})
	}
	return all
}

// Level is LogLevel for log/slog; Info when LogLevel did not pass Check.
func (c Config) Level() slog.Level {
	var l slog.Level
	if err := l.UnmarshalText([]byte(c.LogLevel)); err != nil {
		return slog.LevelInfo
	}
	return l
}

// Overrides are the settings that flags and environment variables give. Nil, or
// an empty list, leaves what the file says. The tags are for package app, which
// reads them with kong.
type Overrides struct {
	Addr            *string  `help:"Listen on this address (default 127.0.0.1:8092)." placeholder:"HOST:PORT" env:"EMITSCOPE_ADDR"`
	LAN             *bool    `name:"lan" help:"Share on the LAN: listen on all of this machine's addresses." negatable:"" env:"EMITSCOPE_LAN"`
	OpenView        *bool    `help:"Let other machines view without a key." negatable:"" env:"EMITSCOPE_OPEN_VIEW"`
	AllowedHosts    []string `help:"More names this hub is called by." placeholder:"HOST" env:"EMITSCOPE_ALLOWED_HOSTS"`
	AllowNullOrigin *bool    `help:"Let pages opened from a file view and publish." negatable:"" env:"EMITSCOPE_ALLOW_NULL_ORIGIN"`
	AllowedOrigins  []string `help:"Origins of pages on other machines that may use the hub." placeholder:"ORIGIN" env:"EMITSCOPE_ALLOWED_ORIGINS"`
	MDNS            *bool    `name:"mdns" help:"While shared, announce the hub by multicast DNS and look for others (default)." negatable:"" env:"EMITSCOPE_MDNS"`
	TLS             *bool    `name:"tls" help:"Serve other machines by TLS, with a certificate of the hub's own." negatable:"" env:"EMITSCOPE_TLS"`
	TLSCert         *string  `name:"tls-cert" help:"Serve other machines by TLS, with this certificate (PEM)." placeholder:"FILE" env:"EMITSCOPE_TLS_CERT"`
	TLSKey          *string  `name:"tls-key" help:"The certificate's private key (PEM)." placeholder:"FILE" env:"EMITSCOPE_TLS_KEY"`
	DataDir         *string  `help:"Keep data in this folder." placeholder:"FOLDER" env:"EMITSCOPE_DATA_DIR"`
	LogFormat       *string  `help:"Log as text or json." placeholder:"FORMAT" env:"EMITSCOPE_LOG_FORMAT"`
	LogLevel        *string  `help:"Log from debug, info, warn or error up." placeholder:"LEVEL" env:"EMITSCOPE_LOG_LEVEL"`
	UDP             *string  `name:"udp" help:"Take datagrams of lines such as temp:23.4 at this address (127.0.0.1:47269 is Teleplot's)." placeholder:"HOST:PORT" env:"EMITSCOPE_UDP"`
	UDPFrom         []string `name:"udp-from" help:"Addresses and networks of other machines that may send datagrams." placeholder:"NETWORK" env:"EMITSCOPE_UDP_FROM"`
	EIO3            *bool    `name:"eio3" help:"Let Socket.IO clients of version 1 and 2 connect." negatable:"" env:"EMITSCOPE_EIO3"`
}

// Apply returns c with the overrides laid over it, checked.
func (c Config) Apply(o Overrides) (Config, error) {
	set(&c.Addr, o.Addr)
	set(&c.LAN, o.LAN)
	set(&c.OpenView, o.OpenView)
	set(&c.AllowNullOrigin, o.AllowNullOrigin)
	set(&c.MDNS, o.MDNS)
	set(&c.TLS, o.TLS)
	set(&c.TLSCert, o.TLSCert)
	set(&c.TLSKey, o.TLSKey)
	set(&c.DataDir, o.DataDir)
	set(&c.LogFormat, o.LogFormat)
	set(&c.LogLevel, o.LogLevel)
	set(&c.EIO3, o.EIO3)
	set(&c.UDP.Listen, o.UDP)
	if len(o.UDPFrom) > 0 {
		c.UDP.From = slices.Clone(o.UDPFrom)
	}
	if len(o.AllowedHosts) > 0 {
		c.AllowedHosts = slices.Clone(o.AllowedHosts)
	}
	if len(o.AllowedOrigins) > 0 {
		c.AllowedOrigins = slices.Clone(o.AllowedOrigins)
	}
	return c, c.Check()
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

func invalid(format string, args ...any) *fault.Error {
	return fault.Newf(fault.Invalid, format, args...).WithCode("invalid_config")
}
