package experiment

import (
	"context"
	"fmt"
	"time"

	"emitscope/backend/client"
	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
	"emitscope/backend/trial"
)

// OpenHub starts a hub with nobody's settings but the defaults, on a free port of
// loopback, and returns where it is. end ends it, and returns when it has ended.
type OpenHub func() (url string, end func(), err error)

// paced is a hub with a lane that has the interval. Its producers come in by
// WebSocket, as programs do, and so have more to do than those of the other ways.
type paced struct {
	plan msg.ExperimentPlan
	url  string
	hub  *client.Client
	end  func()
}

func newLane(ctx context.Context, p msg.ExperimentPlan, open OpenHub) (subject, error) {
	url, end, err := open()
	if err != nil {
		return nil, fmt.Errorf("start a hub for the experiment: %w", err)
	}
	hub, err := client.New(url, "")
	if err != nil {
		end()
		return nil, err
	}
	l := &paced{plan: p, url: url, hub: hub, end: end}
	if err := l.pace(ctx, p.Interval); err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

func (l *paced) address() string { return l.url }
func (l *paced) clients() string { return trial.AsNative }

// pace gives the lane an interval; 0: messages leave as they come.
func (l *paced) pace(ctx context.Context, interval time.Duration) error {
	text := interval.String()
	_, err := l.hub.PatchLane(ctx, namespace, wire.LanePatch{Interval: &text})
	return err
}

func (l *paced) emit(ctx context.Context, start time.Time) error {
	plan := trial.Plan{Target: l.url, Namespace: namespace, Event: event, Producers: 1, Via: trial.ViaWebSocket}
	return produce(ctx, l.plan, start, func() (giver, error) {
		p := &publisher{refused: make(chan string, 1)}
		var err error
		p.sender, err = plan.Sender(ctx, func(code string, _ int64) {
			select {
			case p.refused <- code:
			default: // the first says enough
			}
		})
		return p, err
	})
}

// publisher is a producer with a WebSocket of its own.
type publisher struct {
	sender  trial.Sender
	refused chan string // capacity 1
}

func (p *publisher) give(n int, data []byte) error {
	select {
	case code := <-p.refused:
		return fault.Newf(fault.Internal, "the lane refused a message: %s", code).WithCode("experiment_failed")
	default:
		return p.sender.Send([]trial.Item{{N: int64(n), Data: data}})
	}
}

func (p *publisher) close() { _ = p.sender.Close() } // what was sent is sent

// close ends the hub. What waits in the lane has nobody who wants it, and leaves at
// once.
func (l *paced) close() {
	ctx, cancel := context.WithTimeout(context.Background(), takeWait)
	defer cancel()
	_ = l.pace(ctx, 0) // otherwise it takes a little longer
	l.hub.Close()
	l.end()
}
