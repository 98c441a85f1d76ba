package wire

import (
	"net"
	"strconv"

	"emitscope/backend/msg"
)

// SharingOf returns how the hub is shared for the wire.
func SharingOf(s msg.Sharing) Sharing {
	scheme := "http://"
	if s.TLS {
		scheme = "https://"
	}
	out := Sharing{
		On: s.On, Fixed: s.Fixed, OpenView: s.OpenView, Port: s.Port, TLS: s.TLS, Fingerprint: s.Fingerprint,
		Unreachable: s.Unreachable, System: s.System,
		Addresses: each(s.Addresses, func(a msg.Address) ShareAddress {
			return ShareAddress{Host: a.Host, URL: scheme + net.JoinHostPort(a.Host, strconv.Itoa(s.Port)), Kind: string(a.Kind)}
		}),
		Others: each(s.Others, func(o msg.OtherHub) OtherHub { return OtherHub(o) }),
	}
	if s.LastCaller != nil {
		out.LastCaller = &LastCaller{Address: s.LastCaller.Address, Time: Time(s.LastCaller.At)}
	}
	return out
}

// Patch returns p as the hub takes it.
func (p SharingPatch) Patch() msg.SharingPatch { return msg.SharingPatch(p) }

// KeyListOf returns what is known of keys for the wire.
func KeyListOf(all []msg.Key) KeyList { return KeyList{Keys: each(all, KeyOf)} }

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

// LimitListOf returns limits for the wire.
func LimitListOf(all []msg.Limit) LimitList {
	return LimitList{Limits: each(all, func(l msg.Limit) Limit { return Limit(l) })}
}
