package figure

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"emitscope/backend/client"
	"emitscope/backend/trial"
	"emitscope/bench/peer"
)

// posters is how many connections post messages, each the next one as soon as the
// last was answered.
const posters = 8

// intake measures how many messages a second are taken in.
func (b *bench) intake(ctx context.Context) error {
	if !b.takesPart(peer.Hub) {
		return nil
	}
	found := map[peer.Kind]float64{}
	for _, c := range []struct {
		kind  peer.Kind
		title string
	}{
		{peer.Hub, "Emitscope, one REST message a request"},
		{peer.NetHTTP, "bare net/http handler that reads the body"},
	} {
		if !b.takesPart(c.kind) {
			continue
		}
		perSecond, err := b.posted(ctx, c.kind)
		if err != nil {
			return err
		}
		found[c.kind] = perSecond
		b.sheet.Add("intake", c.title, "/s", perSecond, nil)
		b.say("%-38s %s /s", c.title, number(perSecond))
	}
	if found[peer.NetHTTP] > 0 {
		b.sheet.Add("intake", "REST ÷ bare handler", "×", found[peer.Hub]/found[peer.NetHTTP], atLeast(0.7))
	}
	taken, refused, err := b.pushed(ctx)
	if err != nil {
		return err
	}
	b.sheet.Add("intake", "Emitscope, native WebSocket, accepted", "/s", taken, atLeast(200_000))
	b.sheet.Add("intake", "Emitscope, native WebSocket, refused: lane full", "/s", refused, nil)
	b.say("%-38s %s /s, refused %s /s", "Emitscope, native WebSocket", number(taken), number(refused))
	return nil
}

// posted is how many POSTs a second are answered with 202.
func (b *bench) posted(ctx context.Context, k peer.Kind) (perSecond float64, err error) {
	s, err := b.start(ctx, k)
	if err != nil {
		return 0, err
	}
	defer s.Stop()
	at, err := url.Parse(s.URL)
	if err != nil {
		return 0, fmt.Errorf("read the address of %s: %w", k, err)
	}
	body := `{"namespace":"/intake","event":"tick","data":{"due":1700000000000000000,"pad":"` + strings.Repeat("x", payloadBytes-36) + `"}}`
	request := fmt.Sprintf("POST /api/v1/messages HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		at.Host, len(body), body)
	var counted atomic.Int64
	var mu sync.Mutex
	var failed error
	length := b.Long / 12
	begin := time.Now().Add(lead)
	var wg sync.WaitGroup
	for range posters {
		wg.Go(func() {
			if err := post(ctx, at.Host, request, begin, begin.Add(length), &counted); err != nil {
				mu.Lock()
				failed = err
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if failed != nil {
		return 0, fmt.Errorf("post to %s: %w", k, failed)
	}
	return float64(counted.Load()) / length.Seconds(), nil
}

// post posts the same request on one connection until end, and counts the answers
// that come after begin. It does as little as it can, for what it does the server
// cannot.
func post(ctx context.Context, host, request string, begin, end time.Time, counted *atomic.Int64) error {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", host)
	if err != nil {
		return err
	}
	defer conn.Close()
	in := bufio.NewReader(conn)
	ask := []byte(request)
	for ctx.Err() == nil {
		if _, err := conn.Write(ask); err != nil {
			return err
		}
		res, err := http.ReadResponse(in, nil)
		if err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, res.Body); err != nil {
			return err
		}
		_ = res.Body.Close() // it is read
		if res.StatusCode != http.StatusAccepted {
			return fmt.Errorf("got %s", res.Status)
		}
		switch now := time.Now(); {
		case now.After(end):
			return nil
		case now.After(begin):
			counted.Add(1)
		}
	}
	return ctx.Err()
}

// pushed is how many messages a second the hub takes from four native producers
// that send as fast as it reads, and how many it refuses because its lane is full.
func (b *bench) pushed(ctx context.Context) (taken, refused float64, err error) {
	hub, err := b.start(ctx, peer.Hub)
	if err != nil {
		return 0, 0, err
	}
	defer hub.Stop()
	c, err := client.New(hub.URL, "")
	if err != nil {
		return 0, 0, err
	}
	defer c.Close()
	report, err := trial.Run(ctx, trial.Plan{
		Target: hub.URL, Namespace: "/intake", Producers: 4, Via: trial.ViaWebSocket, Size: payloadBytes, Length: b.Long / 12, Settle: settle,
	})
	if err != nil {
		return 0, 0, fmt.Errorf("send to the hub: %w", err)
	}
	stats, err := c.Stats(ctx)
	if err != nil {
		return 0, 0, err
	}
	accepted, rejected := float64(stats.Counters.Accepted), float64(stats.Counters.Rejected)
	if accepted+rejected == 0 {
		return 0, 0, fmt.Errorf("the hub has taken nothing in")
	}
	return report.TakenPerSecond * accepted / (accepted + rejected), report.TakenPerSecond * rejected / (accepted + rejected), nil
}
