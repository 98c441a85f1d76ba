package rest_test

import (
	"fmt"
	"net/http"
	"slices"
	"sync"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// gate is what stands behind sharing, keys and the audit, made up.
type gate struct {
	mu      sync.Mutex
	state   msg.Sharing
	secrets map[string]string // by the name of the key
	keys    []msg.Key
	acts    []msg.Act // in the order they were noted
	entries int       // in the audit
	asked   int       // for the last page of it
}

// linkSecret is what the view link carries, as in the document's examples.
const linkSecret = "es_…"

func newGate() *gate {
	return &gate{
		secrets: map[string]string{"View link": linkSecret, "a/b": "es_ab"},
		keys:    []msg.Key{{Name: "View link", Scopes: msg.MayView, Link: true}, {Name: "a/b", Scopes: msg.MayPublish}},
	}
}

func (g *gate) Sharing() msg.Sharing {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.state
}

func (g *gate) Share(by msg.Caller, p msg.SharingPatch) (msg.Sharing, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.state.Fixed {
		return msg.Sharing{}, fault.Newf(fault.Conflict, "the hub was started so")
	}
	if p.On != nil {
		g.state.On = *p.On
		g.acts = append(g.acts, msg.Act{Kind: msg.SharingOn, By: by})
	}
	if p.OpenView != nil {
		g.state.OpenView = *p.OpenView
	}
	return g.state, nil
}

func (g *gate) ViewLink(by msg.Caller) (string, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.acts = append(g.acts, msg.Act{Kind: msg.LinkShown, By: by})
	return linkSecret, nil
}

func (g *gate) Keys() []msg.Key {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.keys)
}

func (g *gate) MakeKey(by msg.Caller, name string, scopes msg.Scopes) (msg.Key, string, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.secrets[name] != "" {
		return msg.Key{}, "", fault.Newf(fault.Conflict, "there is a key named %q already", name)
	}
	made := msg.Key{Name: name, Scopes: scopes}
	g.secrets[name] = fmt.Sprintf("es_secret%d", len(g.keys))
	g.keys = append(g.keys, made)
	g.acts = append(g.acts, msg.Act{Kind: msg.KeyMade, By: by, Subject: name})
	return made, g.secrets[name], nil
}

func (g *gate) RevokeKey(by msg.Caller, name string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.secrets[name] == "" {
		return fault.Newf(fault.NotFound, "there is no key named %q", name)
	}
	delete(g.secrets, name)
	g.keys = slices.DeleteFunc(g.keys, func(k msg.Key) bool { return k.Name == name })
	g.acts = append(g.acts, msg.Act{Kind: msg.KeyRevoked, By: by, Subject: name})
	return nil
}

// Enter knows the secrets of the keys; one that is wrong too often is "es_tired".
func (g *gate) Enter(r *http.Request, secret string) (*http.Cookie, msg.Caller, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	c := msg.CallerOf(r.Context())
	for _, k := range g.keys {
		if g.secrets[k.Name] != secret {
			continue
		}
		c.Scopes, c.Key = c.Scopes|k.Scopes, k.Name
		if !k.Scopes.Has(msg.MayView) {
			return nil, c, fault.Newf(fault.Forbidden, "this key may not view")
		}
		return &http.Cookie{Name: "emitscope_1", Value: "hash", Path: "/", MaxAge: 60, HttpOnly: true, SameSite: http.SameSiteStrictMode}, c, nil
	}
	if secret == "es_tired" {
		return nil, c, fault.Newf(fault.TooMany, "too many wrong keys")
	}
	return nil, c, fault.Newf(fault.Unauthorized, "the key is unknown").WithCode("unknown_key")
}

func (g *gate) Leave(*http.Request) *http.Cookie {
	return &http.Cookie{Name: "emitscope_1", Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteStrictMode}
}

func (g *gate) Note(act msg.Act) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.acts = append(g.acts, act)
}

func (g *gate) Page(before uint64, limit int) []msg.AuditEntry {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.asked = limit
	var page []msg.AuditEntry
	for id := g.entries; id > 0 && len(page) < limit; id-- {
		if before == 0 || uint64(id) < before {
			page = append(page, msg.AuditEntry{ID: uint64(id), Count: 1, Act: msg.Act{Kind: msg.Refused}})
		}
	}
	return page
}

// noted returns what was done, without who did it.
func (g *gate) noted() []msg.Act {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.acts)
}
