package figure

import (
	"context"
	"time"

	"emitscope/backend/trial"
	"emitscope/bench/peer"
)

// How often, and for how long, a client tries to connect.
const (
	dialTries = 5
	dialWait  = 3 * time.Second
)

// dialler connects clients of c to s, and again where there is no answer: the
// stock library forgets the one or other client that is quick to join (up to two
// of a thousand), which would end every trial of 200. How often that was needed is
// said below the table.
func (b *bench) dialler(s *peer.Peer, c contestant, p trial.Plan) func(context.Context, int) (trial.Receiver, error) {
	p.As = c.as
	dial := Dialler(s.URL, p)
	return func(ctx context.Context, i int) (r trial.Receiver, err error) {
		for try := range dialTries {
			if try > 0 {
				b.mu.Lock()
				b.redials[s.Kind]++
				b.mu.Unlock()
			}
			if r, err = within(ctx, i, dial); err == nil || ctx.Err() != nil {
				break
			}
		}
		return r, err
	}
}

// Dialler connects a plan's clients to the server at url; where the plan does not
// say how, they speak centrifuge's protocol.
func Dialler(url string, p trial.Plan) func(context.Context, int) (trial.Receiver, error) {
	if p.As == "" {
		return dialCentrifuge(url)
	}
	return func(ctx context.Context, _ int) (trial.Receiver, error) { return p.Subscribe(ctx) }
}

func within(ctx context.Context, i int, dial func(context.Context, int) (trial.Receiver, error)) (trial.Receiver, error) {
	ctx, cancel := context.WithTimeout(ctx, dialWait)
	defer cancel()
	return dial(ctx, i)
}
