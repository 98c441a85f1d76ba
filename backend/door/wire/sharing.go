package wire

// Sharing is whether other machines can reach the hub, and how.
type Sharing struct {
	On          bool           `json:"on" doc:"other machines can reach the hub"`
	Fixed       bool           `json:"fixed" doc:"it cannot be switched off: the hub was started to listen where others reach it"`
	OpenView    bool           `json:"open_view" doc:"other machines may view without a key"`
	Port        int            `json:"port" doc:"where it listens"`
	TLS         bool           `json:"tls" doc:"other machines are served by https and wss"`
	Fingerprint string         `json:"fingerprint,omitempty" doc:"SHA-256 of the certificate, in hex"`
	Addresses   []ShareAddress `json:"addresses" doc:"at which others reach this machine, best first"`
	Unreachable []string       `json:"unreachable,omitempty" doc:"which addresses are not listened on, and why"`
	Others      []OtherHub     `json:"others" doc:"other Emitscopes found on the network"`
	LastCaller  *LastCaller    `json:"last_caller,omitempty" doc:"the last other machine that was let in; absent: none since the start"`
	System      string         `json:"system" doc:"what the hub runs on" enum:"linux,windows,darwin,freebsd,openbsd,netbsd"`
}

// ShareAddress is one way to name the hub's machine on its network.
type ShareAddress struct {
	Host string `json:"host" doc:"an IP address or a name"`
	URL  string `json:"url" doc:"what to type into a browser"`
	Kind string `json:"kind" doc:"what sort of network it is in" enum:"wifi,ethernet,vpn,virtual,name,network"`
}

// OtherHub is another Emitscope on the network.
type OtherHub struct {
	Name string `json:"name" doc:"of its machine"`
	URL  string `json:"url" doc:"where it is"`
}

// LastCaller is another machine that was let in.
type LastCaller struct {
	Address string `json:"address" doc:"its host"`
	Time    string `json:"time" doc:"when"`
}

// SharingPatch changes how the hub is shared; what is absent stays.
type SharingPatch struct {
	On       *bool `json:"on,omitempty" doc:"let other machines reach the hub, until it ends"`
	OpenView *bool `json:"open_view,omitempty" doc:"let other machines view without a key, until the hub ends"`
}

// ViewLink is what other machines open to view.
type ViewLink struct {
	Key string `json:"key" doc:"goes behind the address: http://192.168.1.20:8092/#k=KEY"`
}

// Key is what is known of a key: never its secret.
type Key struct {
	Name     string `json:"name" doc:"unique"`
	Scopes   string `json:"scopes" doc:"what it allows, such as view publish"`
	Created  string `json:"created" doc:"when it was made"`
	LastUsed string `json:"last_used,omitempty" doc:"when it last let somebody in; absent: never"`
	Messages uint64 `json:"messages" doc:"accepted with it since it was made"`
	Link     bool   `json:"link,omitempty" doc:"the view link carries it"`
}

// KeyList is every key there is.
type KeyList struct {
	Keys []Key `json:"keys" doc:"oldest first"`
}

// NewKey asks for a key.
type NewKey struct {
	Name   string `json:"name" doc:"1 to 64 bytes, unique"`
	Scopes string `json:"scopes" doc:"what it allows: one or more of view, publish, admin"`
}

// MadeKey is a new key with its secret, which is shown to nobody again.
type MadeKey struct {
	Key    Key    `json:"key" doc:"what is known of it from now on"`
	Secret string `json:"secret" doc:"send it as Authorization: Bearer SECRET; it is not shown again"`
}

// NewSession swaps a key for a cookie that lets a browser view.
type NewSession struct {
	Key string `json:"key" doc:"one that may view; that of a view link stands behind #k= in its address"`
}

// Session is what the caller may do.
type Session struct {
	Scopes string `json:"scopes" doc:"what it may do: some of view publish admin; empty: nothing"`
	Local  bool   `json:"local" doc:"the caller is on the hub's machine"`
	Key    string `json:"key,omitempty" doc:"name of the key it showed, or its cookie came from"`
}

// AuditEntry is something that was done, or several alike that came close together.
type AuditEntry struct {
	ID      uint64 `json:"id" doc:"counts up from 1 with each start of the hub"`
	Time    string `json:"time" doc:"when; of several the first"`
	Last    string `json:"last_time,omitempty" doc:"when the last of several was"`
	Count   int    `json:"count" doc:"how many there were"`
	Kind    string `json:"kind" doc:"what was done" enum:"connected,refused,lane_changed,client_disconnected,client_changed,sharing_on,sharing_off,open_view_on,open_view_off,key_made,key_revoked,link_shown,lane_reset,rule_changed,rule_removed,messages_cleared,backup_made,data_deleted,experiment_started,simulator_started,simulator_stopped,faults_on,faults_off,alert_changed,alert_removed,recording_started,recording_stopped,recording_removed,replay_started,replay_stopped,recording_imported,recording_renamed,flight_kept"`
	Door    string `json:"door,omitempty" doc:"through which" enum:"rest,socketio,websocket"`
	Address string `json:"address,omitempty" doc:"host of who did it"`
	Local   bool   `json:"local,omitempty" doc:"who did it is on the hub's machine; absent with an address of it: behind a proxy there"`
	Key     string `json:"key,omitempty" doc:"name of the key of who did it"`
	Subject string `json:"subject,omitempty" doc:"what it was done to: a namespace, a client's id, a key's name; of a refusal the code"`
	Detail  string `json:"detail,omitempty" doc:"what about it, for a person"`
}

// AuditPage is a part of the last 1000 entries, newest first.
type AuditPage struct {
	Entries []AuditEntry `json:"entries" doc:"newest first"`
	Before  uint64       `json:"before,omitempty" doc:"ask with before= this for the next page; absent: there is none"`
}

// Limit is one bound on what callers may ask for.
type Limit struct {
	Name    string `json:"name" doc:"its setting, in the table limits"`
	Value   string `json:"value" doc:"as the settings have it, such as 512, 1 MiB or 10s; 0: none"`
	Reached uint64 `json:"reached" doc:"how often somebody was refused or missed messages because of it, since the start"`
	About   string `json:"about" doc:"what it bounds"`
}

// LimitList is every limit there is.
type LimitList struct {
	Limits []Limit `json:"limits" doc:"in the order of the settings"`
}
