package rest

import (
	"context"
	"net/http"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// alerts are conditions that are watched. Put has one begin anew, and reports whether
// the name is new; History is newest first, from before on, 0: from the newest.
type alerts interface {
	States() []msg.AlertState
	Put(a msg.Alert) (made bool, err error)
	Remove(name string) error
	Acknowledge(name, by string) error
	History(before uint64, limit int) (page []msg.AlertEvent, more bool)
	// Test says what went wrong with telling an alert's webhook something.
	Test(ctx context.Context, name string) (wrong string, err error)
}

// Bounds of a page of what happened.
const (
	alertEventsDefault = 100
	alertEventsMost    = 1000
)

// CheckAlert says why a value cannot be one of the alerts.
func CheckAlert(value []byte) error {
	var n wire.NewAlert
	if err := wire.DecodeStrict(value, &n); err != nil {
		return err
	}
	_, err := n.Alert("")
	return err
}

// getAlerts lists the alerts. The addresses of webhooks, which may have secrets in
// them, are for admins.
func (d *Door) getAlerts(w http.ResponseWriter, r *http.Request) error {
	isAdmin := msg.CallerOf(r.Context()).Scopes.Has(msg.MayAdmin)
	d.sendJSON(w, r, wire.AlertListOf(d.o.Alerts.States(), isAdmin))
	return nil
}

// putAlert keeps an alert under the name in the path.
func (d *Door) putAlert(w http.ResponseWriter, r *http.Request) error {
	var body wire.NewAlert
	if err := d.readJSON(w, r, &body); err != nil {
		return err
	}
	one, err := body.Alert(r.PathValue("name"))
	if err != nil {
		return err
	}
	made, err := d.o.Alerts.Put(one)
	if err != nil {
		return err
	}
	d.note(r, msg.AlertChanged, one.Name)
	for _, s := range d.o.Alerts.States() {
		if s.Name == one.Name {
			return sendPut(w, made, wire.AlertOf(s, true))
		}
	}
	return fault.Newf(fault.Conflict, "the alert %q was removed meanwhile", fault.Clip(one.Name))
}

// deleteAlert forgets an alert.
func (d *Door) deleteAlert(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("name")
	if err := d.o.Alerts.Remove(name); err != nil {
		return err
	}
	d.note(r, msg.AlertRemoved, name)
	reply{status: http.StatusNoContent}.send(w)
	return nil
}

// postAcknowledge notes that somebody knows of a raised alert.
func (d *Door) postAcknowledge(w http.ResponseWriter, r *http.Request) error {
	if err := d.o.Alerts.Acknowledge(r.PathValue("name"), msg.CallerOf(r.Context()).Key); err != nil {
		return err
	}
	reply{status: http.StatusNoContent}.send(w)
	return nil
}

// postWebhookTest tells an alert's webhook that this is a test.
func (d *Door) postWebhookTest(w http.ResponseWriter, r *http.Request) error {
	wrong, err := d.o.Alerts.Test(r.Context(), r.PathValue("name"))
	if err != nil {
		return err
	}
	d.sendJSON(w, r, wire.WebhookTest{OK: wrong == "", Error: wrong})
	return nil
}

// getAlertHistory tells when alerts were raised and cleared.
func (d *Door) getAlertHistory(w http.ResponseWriter, r *http.Request) error {
	before, err := uintParam(r, "before")
	if err != nil {
		return err
	}
	limit, err := countParam(r, "limit", alertEventsDefault, 1, alertEventsMost)
	if err != nil {
		return err
	}
	found, more := d.o.Alerts.History(before, limit)
	page := wire.AlertHistory{Events: wire.AlertEventsOf(found)}
	if more {
		page.Before = found[len(found)-1].ID
	}
	d.sendJSON(w, r, page)
	return nil
}
