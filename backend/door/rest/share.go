package rest

import (
	"errors"
	"net/http"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// sharing is how other machines reach the hub.
type sharing interface {
	Sharing() msg.Sharing
	Share(by msg.Caller, p msg.SharingPatch) (msg.Sharing, error)
	ViewLink(by msg.Caller) (secret string, err error)
}

// keys are what callers show. Revoking one shows out who came in with it.
type keys interface {
	Keys() []msg.Key
	MakeKey(by msg.Caller, name string, scopes msg.Scopes) (made msg.Key, secret string, err error)
	RevokeKey(by msg.Caller, name string) error
}

// entrance swaps a key for a cookie that lets a browser view.
type entrance interface {
	Enter(r *http.Request, secret string) (*http.Cookie, msg.Caller, error)
	Leave(r *http.Request) *http.Cookie
}

// audit remembers what was done. Entries are newest first; before 0 means from the
// newest.
type audit interface {
	Note(act msg.Act)
	Page(before uint64, limit int) []msg.AuditEntry
}

// getSharing tells how the hub is shared.
func (d *Door) getSharing(w http.ResponseWriter, r *http.Request) error {
	d.sendJSON(w, r, wire.SharingOf(d.o.Sharing.Sharing()))
	return nil
}

// patchSharing changes it.
func (d *Door) patchSharing(w http.ResponseWriter, r *http.Request) error {
	var body wire.SharingPatch
	if err := d.readJSON(w, r, &body); err != nil {
		return err
	}
	state, err := d.o.Sharing.Share(msg.CallerOf(r.Context()), body.Patch())
	if err != nil {
		return err
	}
	d.sendJSON(w, r, wire.SharingOf(state))
	return nil
}

// postLink tells the key that the view link carries.
func (d *Door) postLink(w http.ResponseWriter, r *http.Request) error {
	secret, err := d.o.Sharing.ViewLink(msg.CallerOf(r.Context()))
	if err != nil {
		return err
	}
	d.sendJSON(w, r, wire.ViewLink{Key: secret})
	return nil
}

// getKeys lists the keys, oldest first.
func (d *Door) getKeys(w http.ResponseWriter, r *http.Request) error {
	d.sendJSON(w, r, wire.KeyListOf(d.o.Keys.Keys()))
	return nil
}

// postKey makes a key, and tells its secret this once.
func (d *Door) postKey(w http.ResponseWriter, r *http.Request) error {
	var body wire.NewKey
	if err := d.readJSON(w, r, &body); err != nil {
		return err
	}
	scopes, err := msg.ParseScopes(body.Scopes)
	if err != nil {
		return err
	}
	made, secret, err := d.o.Keys.MakeKey(msg.CallerOf(r.Context()), body.Name, scopes)
	if err != nil {
		return err
	}
	return sendAs(w, http.StatusCreated, wire.MadeKey{Key: wire.KeyOf(made), Secret: secret})
}

// deleteKey revokes a key.
func (d *Door) deleteKey(w http.ResponseWriter, r *http.Request) error {
	if err := d.o.Keys.RevokeKey(msg.CallerOf(r.Context()), r.PathValue("name")); err != nil {
		return err
	}
	reply{status: http.StatusNoContent}.send(w)
	return nil
}

// getSession tells what the caller may do.
func (d *Door) getSession(w http.ResponseWriter, r *http.Request) error {
	d.sendJSON(w, r, sessionOf(msg.CallerOf(r.Context())))
	return nil
}

// tiredSeconds is how long wrong keys are counted: after that they are told to be
// wrong again.
const tiredSeconds = "60"

// postSession swaps a key for a cookie.
func (d *Door) postSession(w http.ResponseWriter, r *http.Request) error {
	var body wire.NewSession
	if err := d.readJSON(w, r, &body); err != nil {
		return err
	}
	cookie, caller, err := d.o.Entrance.Enter(r, body.Key)
	if errors.Is(err, fault.TooMany) {
		w.Header().Set("Retry-After", tiredSeconds)
	}
	if err != nil {
		return err
	}
	http.SetCookie(w, cookie)
	d.sendJSON(w, r, sessionOf(caller))
	return nil
}

// deleteSession takes the cookie back.
func (d *Door) deleteSession(w http.ResponseWriter, r *http.Request) error {
	http.SetCookie(w, d.o.Entrance.Leave(r))
	reply{status: http.StatusNoContent}.send(w)
	return nil
}

func sessionOf(c msg.Caller) wire.Session {
	return wire.Session{Scopes: c.Scopes.String(), Local: c.Local, Key: c.Key}
}

// Bounds of a page of the audit.
const (
	auditDefault = 100
	auditMost    = 1000
)

// getAudit tells what was done.
func (d *Door) getAudit(w http.ResponseWriter, r *http.Request) error {
	before, err := uintParam(r, "before")
	if err != nil {
		return err
	}
	limit, err := countParam(r, "limit", auditDefault, 1, auditMost)
	if err != nil {
		return err
	}
	found := d.o.Audit.Page(before, limit+1) // one more tells whether there is a next page
	page := wire.AuditPage{Entries: []wire.AuditEntry{}}
	for i, e := range found {
		if i == limit {
			page.Before = found[i-1].ID
			break
		}
		page.Entries = append(page.Entries, wire.AuditEntryOf(e))
	}
	d.sendJSON(w, r, page)
	return nil
}

// getLimits tells every limit, and how often it was reached.
func (d *Door) getLimits(w http.ResponseWriter, r *http.Request) error {
	d.sendJSON(w, r, wire.LimitListOf(d.o.Limits()))
	return nil
}
