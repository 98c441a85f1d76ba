package server

import (
	"context"
	"slices"
	"sync"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// door is one way in and out, with the sockets that are connected through it.
type door interface {
	Send(e msg.Emission, giveWay func()) (sockets int)
	Clients() []msg.Client
	Disconnect(id string) bool
	// Expel closes the connections of all callers that match, and tells them why.
	Expel(match func(c msg.Caller) bool, why *fault.Error)
	// Announce tells the clients that the hub will stop; they stay connected.
	Announce()
	// Stop flushes what waits, closes every connection, and returns when all of the
	// door's goroutines have ended; when ctx ends it cuts them off.
	Stop(ctx context.Context)
}

// doors is all of them as one.
type doors []door

// Clients returns everybody who is connected.
func (d doors) Clients() []msg.Client {
	var all []msg.Client
	for _, one := range d {
		all = append(all, one.Clients()...)
	}
	return all
}

// Disconnect closes the connection with this id, and reports whether there was one.
func (d doors) Disconnect(id string) bool {
	return slices.ContainsFunc(d, func(one door) bool { return one.Disconnect(id) })
}

func (d doors) expel(match func(c msg.Caller) bool, why *fault.Error) {
	for _, one := range d {
		one.Expel(match, why)
	}
}

func (d doors) announce() {
	for _, one := range d {
		one.Announce()
	}
}

func (d doors) stop(ctx context.Context) {
	var wg sync.WaitGroup
	for _, one := range d {
		wg.Go(func() { one.Stop(ctx) })
	}
	wg.Wait()
}

// census is all doors, and counts their clients now and then for the viewers:
// asking every outbox for each frame of each viewer would cost more than the
// answer is worth.
type census struct {
	doors // set before the first request

	mu     sync.Mutex
	at     time.Time
	missed map[string]uint64 // of each client, when last counted
	slowAt map[string]time.Time
	total  int
}

// censusEvery is how old the answer may be.
const censusEvery = time.Second

// slowFor is how long a client that missed a message counts as slow.
const slowFor = 10 * time.Second

// count returns how many clients there are, and how many of them missed
// messages in the last ten seconds.
func (c *census) count() (total, slow int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := time.Now(); now.Sub(c.at) >= censusEvery {
		c.take(now)
	}
	return c.total, len(c.slowAt)
}

func (c *census) take(now time.Time) {
	clients := c.Clients()
	missed := make(map[string]uint64)
	slowAt := make(map[string]time.Time)
	for _, client := range clients {
		if client.Missed == 0 {
			continue
		}
		missed[client.ID] = client.Missed
		if client.Missed > c.missed[client.ID] {
			slowAt[client.ID] = now
		} else if at, ok := c.slowAt[client.ID]; ok && now.Sub(at) < slowFor {
			slowAt[client.ID] = at
		}
	}
	c.at, c.total, c.missed, c.slowAt = now, len(clients), missed, slowAt
}
