package wire

import (
	"net"
	"strconv"

	"emitscope/backend/msg"
)

// SharingOf returns how the hub is shared for the wire.
func SharingOf(s msg.Sharing) Sharing {
	out := Sharing{
		On: s.On, Fixed: s.Fixed, OpenView: s.OpenView, Port: s.Port, TLS: s.TLS, Fingerprint: s.Fingerprint,
		Unreachable: s.Unreachable, System: s.System,
		Addresses: make([]ShareAddress, len(s.Addresses)), Others: make([]OtherHub, len(s.Others)),
	}
	scheme := "http://"
	if s.TLS {
		scheme = "https://"
	}
	for i, a := range s.Addresses {
		out.Addresses[i] = ShareAddress{Host: a.Host, URL: scheme + net.JoinHostPort(a.Host, strconv.Itoa(s.Port)), Kind: string(a.Kind)}
	}
	for i, o := range s.Others {
		out.Others[i] = OtherHub(o)
	}
	if s.LastCaller != nil {
		out.LastCaller = &LastCaller{Address: s.LastCaller.Address, Time: Time(s.LastCaller.At)}
	}
	return out
}

// Patch returns p as the hub takes it.
func (p SharingPatch) Patch() msg.SharingPatch { return msg.SharingPatch(p) }

// KeyOf returns what is known of a key for the wire.
func KeyOf(k msg.Key) Key {
	return Key{
		Name: k.Name, Scopes: k.Scopes.String(), Created: Time(k.Created), LastUsed: Time(k.LastUsed), Messages: k.Messages, Link: k.Link,
	}
}

// AuditEntryOf returns an entry for the wire.
func AuditEntryOf(e msg.AuditEntry) AuditEntry {
	out := AuditEntry{
		ID: e.ID, Time: Time(e.First), Count: e.Count, Kind: string(e.Kind), Door: string(e.Door), Local: e.By.Local, Key: e.By.Key,
		Subject: e.Subject, Detail: e.Detail,
	}
	if e.By.Address.IsValid() {
		out.Address = e.By.Address.String()
	}
	if e.Count > 1 {
		out.Last = Time(e.Last)
	}
	return out
}

// LimitOf returns a limit for the wire.
func LimitOf(l msg.Limit) Limit { return Limit(l) }
