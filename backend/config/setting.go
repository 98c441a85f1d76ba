package config

import (
	"strconv"
	"time"

	"emitscope/backend/msg"
)

// setting ties a name in the file to where its value is kept.
type setting struct {
	table string // empty: at the top of the file
	key   string
	about string
	set   func(value any) error // takes what the TOML reader made of it, and checks it
	check func() error
	value func() any // for the file; nil: not set
}

// settings lists every setting that is not a lane's, in the order they are
// shown, tied to the fields of c.
func settings(c *Config) []setting {
	const second, minute, hour = time.Second, time.Minute, time.Hour
	return []setting{
		bind("", "addr", "Where the hub listens.", &c.Addr, hostPort()),
		bind("", "lan", "Share on the LAN: listen on all of this machine's addresses, at the port of addr.", &c.LAN, yesNo()),
		bind("", "open_view", "Let other machines view without a key.", &c.OpenView, yesNo()),
		bind("", "allowed_hosts", "Names this hub is called by, besides those of this machine.", &c.AllowedHosts, hosts()),
		bind("", "allowed_origins", "Origins of pages on other machines that may use the hub, with a key.", &c.AllowedOrigins, origins()),
		bind("", "allow_null_origin", "Let pages opened from a file, and sandboxed frames, view and publish.", &c.AllowNullOrigin, yesNo()),
		bind("", "mdns", "While it is shared, announce the hub on the network by multicast DNS, and look for others.", &c.MDNS, yesNo()),
		bind("", "tls", "Serve other machines by TLS; without tls_cert, with a certificate of the hub's own.", &c.TLS, yesNo()),
		bind("", "tls_cert", "File with the certificate, in PEM.", &c.TLSCert, file()),
		bind("", "tls_key", "File with its private key, in PEM.", &c.TLSKey, file()),
		bind("", "data_dir", "Where message numbers, keys and changed lane settings are kept.", &c.DataDir, folder()),
		bind("", "log_format", "text or json.", &c.LogFormat, choice("text", "json")),
		bind("", "log_level", "debug, info, warn or error.", &c.LogLevel, choice("debug", "info", "warn", "error")),
		bind("", "eio3", "Let Socket.IO clients of version 1 and 2 connect (Engine.IO 3).", &c.EIO3, yesNo()),
		bind("", "recovery", "How long a Socket.IO client whose connection broke may take to come back as who it was, and get what it missed; 0s: it does not. Events have one more argument then.", &c.Recovery, period(0, hour)),
		bind("", "ping_interval", "How often a Socket.IO client is asked whether it is there.", &c.PingInterval, period(second/10, hour)),
		bind("", "ping_timeout", "How long it may take to answer.", &c.PingTimeout, period(second/10, hour)),
		bind("", "slow_policy", "What happens to a client that reads too slowly: drop-oldest or disconnect.", &c.SlowPolicy,
			choice(msg.SlowDropOldest, msg.SlowDisconnect)),

		bind("udp", "listen", "Take datagrams of lines such as temp:23.4 here (Teleplot's own place is 127.0.0.1:47269); empty: do not.", &c.UDP.Listen, orNone(hostPort())),
		bind("udp", "from", "Addresses and networks of other machines that may send, while the hub is shared. UDP has no keys: they can be forged.", &c.UDP.From, networks()),
		bind("udp", "namespace", "Where what is sent goes.", &c.UDP.Namespace, named("a namespace such as \"/udp\"", msg.CheckNamespace)),
		bind("udp", "event", "Event of all that is sent; empty: the name in each line.", &c.UDP.Event, orNone(named("an event's name", msg.CheckEvent))),

		bind("limits", "max_connections", "Connections in all.", &c.Limits.MaxConnections, count("connections", 1, 1_000_000)),
		bind("limits", "max_connections_per_address", "Connections of one other machine.", &c.Limits.MaxConnectionsPerAddress,
			count("connections", 1, 1_000_000)),
		bind("limits", "max_connections_per_second", "New connections of one other machine in a second; 0: no limit.", &c.Limits.MaxConnectionsPerSecond,
			count("connections", 0, 1_000_000)),
		bind("limits", "max_messages_per_second", "Messages that one other machine may hand in each second; 0: no limit.", &c.Limits.MaxMessagesPerSecond,
			count("messages", 0, 100_000_000)),
		bind("limits", "max_bytes_per_second", "Bytes of messages that one other machine may hand in each second; 0: no limit.", &c.Limits.MaxBytesPerSecond,
			sizeBetween[int64](0, 1<<40)),
		bind("limits", "max_failed_keys", "Wrong keys from one address in a minute.", &c.Limits.MaxFailedKeys, count("keys", 1, 1_000_000)),
		bind("limits", "max_body", "Bytes of one request's body.", &c.Limits.MaxBody, sizeBetween[int64](1<<10, 64<<20)),
		bind("limits", "max_frame", "Bytes of one WebSocket message.", &c.Limits.MaxFrame, sizeBetween[int64](1<<10, 64<<20)),
		bind("limits", "max_fragments", "Frames of one WebSocket message.", &c.Limits.MaxFragments, count("frames", 1, 1_000_000)),
		bind("limits", "max_json_depth", "Levels of arrays and objects in one message.", &c.Limits.MaxJSONDepth, count("levels", 1, 1000)),
		bind("limits", "max_json_keys", "Keys in all objects of one message.", &c.Limits.MaxJSONKeys, count("keys", 1, 10_000_000)),
		bind("limits", "max_attachments", "Binary attachments of one message.", &c.Limits.MaxAttachments, count("attachments", 1, 1000)),
		bind("limits", "max_lanes", "Lanes.", &c.Limits.MaxLanes, count("lanes", 1, 4096)),
		bind("limits", "max_namespaces", "Namespaces with Socket.IO clients in them.", &c.Limits.MaxNamespaces, count("namespaces", 1, 100_000)),
		bind("limits", "max_namespaces_per_client", "Namespaces that one Socket.IO client may be in.", &c.Limits.MaxNamespacesPerClient,
			count("namespaces", 1, 100_000)),
		bind("limits", "max_rooms", "Rooms that one client may be in, in each namespace.", &c.Limits.MaxRooms, count("rooms", 1, 100_000)),
		bind("limits", "max_subscriptions", "Namespaces that one native client may subscribe to.", &c.Limits.MaxSubscriptions, count("subscriptions", 1, 4096)),
		bind("limits", "max_waiting_replies", "Replies of rules that may wait for their delay.", &c.Limits.MaxWaitingReplies, count("replies", 1, 1_000_000)),
		bind("limits", "header_timeout", "How long a request's header may take to arrive.", &c.Limits.HeaderTimeout, period(second, 10*minute)),
		bind("limits", "body_timeout", "How long a request's body may pause.", &c.Limits.BodyTimeout, period(second, 10*minute)),
		bind("limits", "idle_timeout", "How long a connection may wait for its next request.", &c.Limits.IdleTimeout, period(second, 24*hour)),
		bind("limits", "outbox_frames", "Frames that may wait for one client.", &c.Limits.OutboxFrames, count("frames", 16, 1_000_000)),
		bind("limits", "outbox_bytes", "Bytes that may wait for one client.", &c.Limits.OutboxBytes, sizeBetween(64<<10, 1<<30)),
		bind("limits", "memory", "Bytes of memory of the whole hub; near it, what is remembered goes first, and new messages are refused last. 0: no limit.",
			&c.Limits.Memory, memory()),

		bind("recordings", "max_age", "How long a recording is kept after it ended; then it is deleted. 0s: until somebody deletes it.", &c.Recordings.MaxAge, period(0, 100*366*24*hour)),
		bind("recordings", "max_bytes", "Bytes of all recordings. Beyond them the oldest are deleted, and one that runs ends. 0: no limit.", &c.Recordings.MaxBytes,
			sizeBetween[int64](0, 1<<50)),
		bind("recordings", "max_count", "How many recordings are kept; beyond, the oldest are deleted. 0: no limit.", &c.Recordings.MaxCount, count("recordings", 0, 1_000_000)),
		bind("recordings", "min_free", "Bytes that the disk must have left; with less, nothing is recorded.", &c.Recordings.MinFree, sizeBetween[int64](0, 1<<50)),
		bind("recordings", "flight", "Where the flight recorder keeps the last minutes, of which a recording can be made when something has happened: disk, memory or off.", &c.Recordings.Flight,
			choice(msg.FlightOnDisk, msg.FlightInMemory, msg.FlightOff)),
		bind("recordings", "flight_age", "What is older the flight recorder forgets.", &c.Recordings.FlightAge, period(10*second, 24*hour)),
		bind("recordings", "flight_bytes", "Bytes of the flight recorder, on the disk or in memory. Beyond them it forgets the oldest.", &c.Recordings.FlightBytes,
			sizeBetween[int64](8<<20, 1<<40)),

		bind("updates", "url", "Address that says which version is the newest; empty: nobody is asked. It is asked only when somebody wants to know.", &c.Updates.URL, orNone(secureAddress())),
		bind("updates", "key", "Ed25519 key, in base64, that its answers are signed with.", &c.Updates.Key, orNone(publicKey())),
		bind("updates", "automatic", "The window asks by itself, once a day, and tells of a newer version. It installs nothing.", &c.Updates.Automatic, yesNo()),

		bind("late", "floor", "An emit is late over this, or over the share of its lane's interval, whichever is more.", &c.Late.Floor,
			period(0, hour)),
		bind("late", "share", "0.05 means 5 %.", &c.Late.Share, fraction()),
	}
}

// laneSettings lists the settings of one lane, tied to the fields of p. Package
// msg knows their bounds, which depend on one another.
func laneSettings(namespace string, p *msg.LanePatch) []setting {
	table := laneTable(namespace)
	return []setting{
		bindOptional(table, "interval", &p.Interval, duration()),
		bindOptional(table, "rate", &p.Rate, decimal("a number of messages a second")),
		bindOptional(table, "catch_up", &p.CatchUp, text[msg.CatchUp](`"skip" or "burst"`)),
		bindOptional(table, "capacity", &p.Capacity, whole[int]("a whole number of messages")),
		bindOptional(table, "max_bytes", &p.MaxBytes, size[int64]()),
		bindOptional(table, "full", &p.Full, text[msg.FullPolicy](`"reject", "drop-oldest", "drop-newest" or "latest"`)),
		bindOptional(table, "key", &p.Key, text[string](`a JSON pointer such as "/symbol"`)),
		bindOptional(table, "relay", &p.Relay, yesNo()),
	}
}

// laneTable is the name of a lane's table in the file.
func laneTable(namespace string) string { return "lanes." + strconv.Quote(namespace) }

func bind[T any](table, key, about string, to *T, k kind[T]) setting {
	wrong := func(value any) error {
		name := key
		if table != "" {
			name = table + "." + key
		}
		return invalid("%s is %s; want %s", name, describe(value), k.want)
	}
	check := func() error {
		if k.fits != nil && !k.fits(*to) {
			return wrong(k.write(*to))
		}
		return nil
	}
	return setting{
		table: table,
		key:   key,
		about: about,
		set: func(value any) error {
			v, ok := k.read(value)
			if !ok {
				return wrong(value)
			}
			*to = v
			return check()
		},
		check: check,
		value: func() any { return k.write(*to) },
	}
}

// bindOptional is bind for a field that is nil when the file does not say it.
func bindOptional[T any](table, key string, to **T, k kind[T]) setting {
	var v T
	s := bind(table, key, "", &v, k)
	read := s.set
	s.set = func(value any) error {
		if err := read(value); err != nil {
			return err
		}
		*to = &v
		return nil
	}
	s.value = func() any {
		if *to == nil {
			return nil
		}
		return k.write(**to)
	}
	return s
}
