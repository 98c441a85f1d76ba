package server

import (
	"emitscope/backend/door/rest"
	"emitscope/backend/msg"
	"emitscope/backend/replay"
	"emitscope/backend/scope/feed"
	"emitscope/backend/scope/meter"
	"emitscope/backend/scope/recent"
	"emitscope/backend/scope/tape"
)

// watchers see every message's end. They never block.
type watchers struct {
	*meter.Meter
	recent *recent.Recent
	tape   *tape.Tape
	feed   *feed.Feed
	alerts *alerts
	rest   *rest.Door     // set before the first message
	replay *replay.Player // the same
}

// Sending tells recent, the only one that must know before the first socket does.
func (w *watchers) Sending(e msg.Emission) { w.recent.Sending(e) }

// Observe hands the record to everything that watches.
func (w *watchers) Observe(r *msg.Record) {
	w.Meter.Observe(r)
	w.recent.Observe(r)
	w.tape.Observe(r)
	w.feed.Observe(r)
	w.alerts.Observe(r)
	w.replay.Observe(r)
	w.rest.Observe(r) // after recent: who begins to wait asks for what was before
}
