package rest_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// reels plays nothing, and remembers what it was asked for.
type reels struct {
	now    msg.Replay
	change msg.ReplayPatch
}

func (p *reels) State() msg.Replay { return p.now }

func (p *reels) Start(n msg.NewReplay) (msg.Replay, error) {
	if err := n.Check(); err != nil {
		return msg.Replay{}, err
	}
	if p.now.State == msg.ReplayPlaying && n.Recording != p.now.Recording { // the examples are all of one
		return msg.Replay{}, fault.Newf(fault.Conflict, "the recording %q is being played", p.now.Recording).WithCode("replay_runs")
	}
	p.now = msg.Replay{State: msg.ReplayPlaying, NewReplay: n, Started: time.Unix(60, 0), Position: time.Unix(1, 0), Rounds: 1, Sent: 2, Waiting: 4, Refused: 3, Problem: "the lane is full"}
	return p.now, nil
}

func (p *reels) Change(c msg.ReplayPatch) (msg.Replay, error) {
	p.change = c
	return p.now, c.Check()
}

func (p *reels) Stop() (msg.Replay, error) {
	if p.now.State != msg.ReplayPlaying {
		return msg.Replay{}, fault.Newf(fault.NotFound, "no recording is being played").WithCode("no_replay")
	}
	p.now.State = msg.ReplayEnded
	return p.now, nil
}

func TestAReplayIsStartedChangedAndStopped(t *testing.T) {
	h := startHub(t)
	if diff := cmp.Diff(wire.Replay{State: "none"}, decode[wire.Replay](t, h.get("/api/v1/replay"), http.StatusOK)); diff != "" {
		t.Errorf("before (-want +got):\n%s", diff)
	}
	body := `{"recording":"a b","query":"event:tick","from":"2026-01-02T14:10:00Z","to":"2026-01-02T15:11:00.5+01:00","speed":2,"spacing":"even","interval":"10ms","namespace":"/try","loop":true,"record":true}`
	got := decode[wire.Replay](t, h.ask(http.MethodPut, "/api/v1/replay", body), http.StatusCreated)
	want := wire.Replay{
		State: "playing", Started: "1970-01-01T00:01:00.000000000Z", Position: "1970-01-01T00:00:01.000000000Z", Rounds: 1, Sent: 2, Waiting: 4, Refused: 3, Problem: "the lane is full",
		NewReplay: wire.NewReplay{
			Recording: "a b", Query: "event:tick", From: "2026-01-02T14:10:00.000000000Z", To: "2026-01-02T14:11:00.500000000Z", Speed: 2,
			Spacing: "even", Interval: "10ms", Namespace: "/try", Loop: true, Record: true,
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("started (-want +got):\n%s", diff)
	}
	wantError(t, h.ask(http.MethodPut, "/api/v1/replay", `{"recording":"b"}`), http.StatusConflict, "replay_runs")
	decode[wire.Replay](t, h.ask(http.MethodPatch, "/api/v1/replay", `{"paused":true,"speed":0.5,"loop":false,"position":"2026-01-02T14:10:01Z","step":3}`), http.StatusOK)
	at, three, half, yes, no := time.Date(2026, 1, 2, 14, 10, 1, 0, time.UTC), 3, 0.5, true, false
	if diff := cmp.Diff(msg.ReplayPatch{Paused: &yes, Speed: &half, Loop: &no, Position: &at, Step: &three}, h.reels.change); diff != "" {
		t.Errorf("changed (-want +got):\n%s", diff)
	}
	want.State = "ended"
	if diff := cmp.Diff(want, decode[wire.Replay](t, h.do(http.MethodDelete, "/api/v1/replay", nil), http.StatusOK)); diff != "" {
		t.Errorf("stopped (-want +got):\n%s", diff)
	}
	wantError(t, h.do(http.MethodDelete, "/api/v1/replay", nil), http.StatusNotFound, "no_replay")
	var acts []string
	for _, a := range h.gate.acts {
		acts = append(acts, string(a.Kind)+" "+a.Subject)
	}
	if want := []string{"replay_started a b", "replay_stopped a b"}; !slices.Equal(acts, want) {
		t.Errorf("noted %v, want %v", acts, want)
	}
}

func TestAReplayIsTakenAsItWasUnlessSaidOtherwise(t *testing.T) {
	h := startHub(t)
	got := decode[wire.Replay](t, h.ask(http.MethodPut, "/api/v1/replay", `{"recording":"a"}`), http.StatusCreated).NewReplay
	if diff := cmp.Diff(wire.NewReplay{Recording: "a", Speed: 1, Spacing: "kept"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAReplayThatMakesNoSenseIsRefused(t *testing.T) {
	h := startHub(t)
	for body, code := range map[string]string{
		`{}`: "invalid_replay", `{"recording":"a","speed":21}`: "invalid_replay", `{"recording":"a","from":"soon"}`: "invalid_replay",
		`{"recording":"a","spacing":"even","interval":"x"}`: "invalid_replay", `{"recording":"a","spacing":"even","interval":"0s"}`: "invalid_replay",
		`{"recording":"a","interval":"10ms"}`: "invalid_replay", `{"recording":"a","namespace":"ws"}`: "invalid_namespace", `{"recordin":"a"}`: "unknown_field",
	} {
		wantError(t, h.ask(http.MethodPut, "/api/v1/replay", body), http.StatusBadRequest, code)
	}
	for _, body := range []string{`{}`, `{"step":0}`, `{"position":""}`, `{"position":"now"}`, `{"speed":0}`} {
		wantError(t, h.ask(http.MethodPatch, "/api/v1/replay", body), http.StatusBadRequest, "invalid_replay")
	}
}

func TestReplaysAreForAdminsAlone(t *testing.T) {
	h := startHub(t)
	h.scopes = msg.MayView | msg.MayPublish
	for _, method := range []string{http.MethodPut, http.MethodPatch, http.MethodDelete} {
		wantError(t, h.ask(method, "/api/v1/replay", `{"recording":"a"}`), http.StatusForbidden, "forbidden")
	}
	h.scopes = msg.MayPublish
	wantError(t, h.get("/api/v1/replay"), http.StatusForbidden, "forbidden")
}
