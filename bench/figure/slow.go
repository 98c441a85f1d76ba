package figure

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"emitscope/backend/trial"
	"emitscope/bench/peer"
	"emitscope/bench/serve"
)

// The load of the figure slow.
const (
	slowRate  = 2000 // messages a second
	slowBytes = 1000 // of each
)

// slow measures what three clients that do not read cost: one that is stalled, one
// that is but answers pings, and one on polling that never polls. Each is compared
// with a run without them, for a hub under load grows a little by itself.
func (b *bench) slow(ctx context.Context) error {
	if !b.takesPart(peer.Hub) {
		return nil
	}
	without, err := b.underLoad(ctx, false)
	if err != nil {
		return err
	}
	with, err := b.underLoad(ctx, true)
	if err != nil {
		return err
	}
	b.sheet.Add("slow", "memory gained without them", "MB", without.gained, nil)
	b.sheet.Add("slow", "memory gained with them", "MB", with.gained, nil)
	b.sheet.Add("slow", "difference", "MB", with.gained-without.gained, atMost(10))
	b.sheet.Add("slow", "p99 of the healthy without them", "ms", without.p99, nil)
	b.sheet.Add("slow", "p99 of the healthy with them", "ms", with.p99, nil)
	b.sheet.Add("slow", "with ÷ without", "×", with.p99/without.p99, atMost(1.2))
	b.sheet.Add("slow", "arrived at the healthy with them", "%", with.arrived*100, nil)
	b.say("gained %s MB without them, %s with; p99 %s ms and %s ms", number(without.gained), number(with.gained), number(without.p99), number(with.p99))
	return nil
}

// endurance is what became of a hub under load.
type endurance struct {
	gained  float64 // MB: the most it had in the second half, less what it had when everybody was connected
	p99     float64 // ms
	arrived float64 // share
}

func (b *bench) underLoad(ctx context.Context, withSlow bool) (endurance, error) {
	hub, err := b.start(ctx, peer.Hub)
	if err != nil {
		return endurance{}, err
	}
	defer hub.Stop()
	if withSlow {
		end, err := connectSlow(ctx, hub.URL)
		if err != nil {
			return endurance{}, err
		}
		defer end()
	}
	watching, stop := context.WithCancel(ctx)
	defer stop()
	var before, most int64
	var sampler sync.WaitGroup
	report, err := b.broadcast(ctx, hub, contestant{as: trial.AsWebSocket, producer: true}, trial.Plan{
		Clients: subscribers, Rate: slowRate, Size: slowBytes, Warmup: time.Second, Length: b.Long, Settle: settle,
		Joined: func(_, measured time.Time) {
			before, _ = hub.RSS() // where the system does not say it, memory above has noted that
			half := measured.Add(b.Long / 2)
			sampler.Go(func() {
				for pause(watching, 200*time.Millisecond) == nil {
					if now, err := hub.RSS(); err == nil && time.Now().After(half) {
						most = max(most, now)
					}
				}
			})
		},
	})
	stop()
	sampler.Wait()
	if err != nil {
		return endurance{}, err
	}
	return endurance{gained: inMB(most - before), p99: inMS(report.Latency.P99), arrived: arrived(report, slowRate)}, nil
}

// connectSlow connects the three.
func connectSlow(ctx context.Context, url string) (end func(), err error) {
	stalled, err := stall(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("connect a stalled client: %w", err)
	}
	answering, err := stall(ctx, url)
	if err != nil {
		_ = stalled.Close()
		return nil, fmt.Errorf("connect a stalled client that answers pings: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	var pongs sync.WaitGroup
	pongs.Go(func() {
		// It cannot know when a ping has come, and a pong too many does no harm.
		for pause(ctx, 10*time.Second) == nil {
			if answering.Send([]byte("3")) != nil {
				return // it was disconnected
			}
		}
	})
	end = func() {
		cancel()
		pongs.Wait()
		_, _ = stalled.Close(), answering.Close() // they may be gone
	}
	if err := joinByPolling(ctx, url); err != nil {
		end()
		return nil, fmt.Errorf("connect a client that never polls: %w", err)
	}
	return end, nil
}

// stall connects a client by WebSocket that reads no more after it has joined.
func stall(ctx context.Context, url string) (*trial.Socket, error) {
	s, err := trial.DialSocket(ctx, url+"/socket.io/?EIO=4&transport=websocket")
	if err != nil {
		return nil, err
	}
	joined := "40" + serve.Namespace + ","
	for sent := false; ; {
		packet, err := s.Next(ctx)
		if err == nil && !sent {
			sent = true
			err = s.Send([]byte(joined))
		}
		if err != nil {
			_ = s.Close()
			return nil, err
		}
		if strings.HasPrefix(string(packet), joined) {
			return s, nil
		}
	}
}

// joinByPolling joins the namespace by polling, and never polls again.
func joinByPolling(ctx context.Context, url string) error {
	path := url + "/socket.io/?EIO=4&transport=polling"
	ask := func(method, path, body string) (string, error) {
		req, err := http.NewRequestWithContext(ctx, method, path, strings.NewReader(body))
		if err != nil {
			return "", err
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return "", err
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		if err == nil && res.StatusCode != http.StatusOK {
			err = fmt.Errorf("got %s: %s", res.Status, text)
		}
		return string(text), err
	}
	opened, err := ask(http.MethodGet, path, "")
	if err != nil {
		return err
	}
	_, rest, found := strings.Cut(opened, `"sid":"`)
	sid, _, closed := strings.Cut(rest, `"`)
	if !found || !closed {
		return fmt.Errorf("no session in %q", opened)
	}
	_, err = ask(http.MethodPost, path+"&sid="+sid, "40"+serve.Namespace+",")
	return err
}
