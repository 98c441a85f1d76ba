package rest

import (
	"net/http"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// replayer plays one recording at a time into the hub. What it returns is how the replay
// stands.
type replayer interface {
	State() msg.Replay
	Start(n msg.NewReplay) (msg.Replay, error)
	Change(c msg.ReplayPatch) (msg.Replay, error)
	Stop() (msg.Replay, error)
}

// getReplay tells how the last one stands.
func (d *Door) getReplay(w http.ResponseWriter, r *http.Request) error {
	d.sendJSON(w, r, wire.ReplayOf(d.o.Replay.State()))
	return nil
}

// putReplay starts one.
func (d *Door) putReplay(w http.ResponseWriter, r *http.Request) error {
	var body wire.NewReplay
	if err := d.readJSON(w, r, &body); err != nil {
		return err
	}
	wanted, err := body.Replay()
	if err != nil {
		return err
	}
	one, err := d.o.Replay.Start(wanted)
	if err != nil {
		return err
	}
	d.note(r, msg.ReplayStarted, one.Recording)
	return sendAs(w, http.StatusCreated, wire.ReplayOf(one))
}

// patchReplay changes the one that goes on.
func (d *Door) patchReplay(w http.ResponseWriter, r *http.Request) error {
	var body wire.ReplayPatch
	if err := d.readJSON(w, r, &body); err != nil {
		return err
	}
	change, err := body.Patch()
	if err != nil {
		return err
	}
	one, err := d.o.Replay.Change(change)
	if err != nil {
		return err
	}
	d.sendJSON(w, r, wire.ReplayOf(one))
	return nil
}

// deleteReplay stops it.
func (d *Door) deleteReplay(w http.ResponseWriter, r *http.Request) error {
	one, err := d.o.Replay.Stop()
	if err != nil {
		return err
	}
	d.note(r, msg.ReplayStopped, one.Recording)
	d.sendJSON(w, r, wire.ReplayOf(one))
	return nil
}

func docGetReplay() *operation {
	return about("getReplay", "recordings", "The replay", "The recording that is being played, or was last.").
		givesJSON("How it stands.", ref[wire.Replay](), exampleReplay())
}

func docPutReplay() *operation {
	return about("startReplay", "recordings", "Play a recording into the hub",
		"What it has that was emitted goes through intake, the lanes and the emitter again, to whoever listens now, and is marked as replayed: its origin is `replay`. "+
			"What was for one client alone is left out. One recording is played at a time.\n\n"+
			"With the spacing `kept`, each message leaves at its own time, whatever the pace of the lane and whatever waits there: as far apart as they were, times the speed. "+
			"With `even`, one leaves each `interval` (at speed 1), or, without one, they are handed to the lane, and its pace says when they leave. "+
			"At the end, a loop begins again after the mean time between two messages. What the hub refuses is counted, and not sent again.").
		takes(jsonType, ref[wire.NewReplay](), map[string]example{
			"as it was":                     {wire.NewReplay{Recording: exampleRecording().Name}},
			"a minute of it, twice as fast": {wire.NewReplay{Recording: exampleRecording().Name, From: "2026-01-02T14:10:00Z", To: "2026-01-02T14:11:00Z", Speed: 2}},
			"one each 10ms, for ever":       {wire.NewReplay{Recording: exampleRecording().Name, Query: "event:tick", Spacing: "even", Interval: "10ms", Namespace: "/try", Loop: true}},
		}).
		gives(http.StatusCreated, "It is played.", jsonType, ref[wire.Replay](), exampleReplay()).
		failsWith(http.StatusBadRequest, fault.Newf(fault.Invalid, "the speed is 50").WithCode("invalid_replay").WithField("speed").
			WithHint("it is 0.1 to 20 times that of the recording")).
		failsWith(http.StatusNotFound, errNoRecording()).
		failsWith(http.StatusConflict, fault.Newf(fault.Conflict, "the recording %q is being played", exampleRecording().Name).WithCode("replay_runs").
			WithHint("stop it first, with DELETE /api/v1/replay; one is played at a time"), errDamaged()).
		fails(http.StatusRequestTimeout, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusServiceUnavailable)
}

func docPatchReplay() *operation {
	return about("changeReplay", "recordings", "Pause the replay, or change how it is played",
		"When it has paused, nothing of it is sent any more; when it goes on, nothing is missing and nothing is sent twice. Another speed begins where it is, without a jump. "+
			"A step sends the next messages at once, and pauses behind them.").
		takes(jsonType, ref[wire.ReplayPatch](), map[string]example{
			"pause": {object{"paused": true}}, "half as fast": {object{"speed": 0.5}}, "go on from there": {object{"position": "2026-01-02T14:10:00Z"}}, "the next message": {object{"step": 1}},
		}).
		givesJSON("How it stands.", ref[wire.Replay](), exampleReplay()).
		failsWith(http.StatusNotFound, errNoReplay()).
		fails(http.StatusBadRequest, http.StatusConflict, http.StatusRequestTimeout, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
}

func docDeleteReplay() *operation {
	return about("stopReplay", "recordings", "Stop the replay", "Nothing of it is sent any more.").
		givesJSON("How far it came.", ref[wire.Replay](), exampleReplay()).
		failsWith(http.StatusNotFound, errNoReplay())
}

func errNoReplay() error {
	return fault.Newf(fault.NotFound, "no recording is being played").WithCode("no_replay").WithHint("PUT /api/v1/replay plays one")
}

func exampleReplay() wire.Replay {
	return wire.Replay{
		State: "playing", NewReplay: wire.NewReplay{Recording: exampleRecording().Name, Speed: 1, Spacing: "kept"},
		Started: "2026-01-02T15:04:05.000000000Z", Position: "2026-01-02T14:00:12.340000000Z", Sent: 1234,
	}
}
