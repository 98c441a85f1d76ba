package server

import (
	"context"
	"slices"
	"sync"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
	"emitscope/backend/scope/crowd"
)

// door is one way in and out, with the sockets that are connected through it.
type door interface {
	Send(e msg.Emission, giveWay func()) (sockets int)
	Client(id string) (msg.Client, bool)
	// Addressee describes a client as the only one a message in a namespace is for.
	Addressee(id, namespace string) (msg.Addressee, bool)
	// Pulses calls each for every client, in no order; crowd alone may ask.
	Pulses(each func(msg.Pulse))
	Disconnect(id string) bool
	SetSlowPolicy(id string, p msg.SlowPolicy) bool
	// Members, Break and SetDrain are for faults on purpose; see package chaos.
	Members(namespace string) []string
	Break(id string) bool
	SetDrain(id string, perSecond float64) bool
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

// Pulses calls each for everybody who is connected.
func (d doors) Pulses(each func(msg.Pulse)) {
	for _, one := range d {
		one.Pulses(each)
	}
}

// Client describes one client, and reports whether there is one.
func (d doors) Client(id string) (msg.Client, bool) {
	for _, one := range d {
		if c, ok := one.Client(id); ok {
			return c, true
		}
	}
	return msg.Client{}, false
}

// Addressee describes one client as the only one a message in a namespace is for,
// and reports whether there is one.
func (d doors) Addressee(id, namespace string) (msg.Addressee, bool) {
	for _, one := range d {
		if to, ok := one.Addressee(id, namespace); ok {
			return to, true
		}
	}
	return msg.Addressee{}, false
}

// Disconnect closes the connection with this id, and reports whether there was one.
func (d doors) Disconnect(id string) bool {
	return slices.ContainsFunc(d, func(one door) bool { return one.Disconnect(id) })
}

// SetSlowPolicy says what happens from now on when one client's outbox is full, and
// reports whether there is one.
func (d doors) SetSlowPolicy(id string, p msg.SlowPolicy) bool {
	return slices.ContainsFunc(d, func(one door) bool { return one.SetSlowPolicy(id, p) })
}

// Members are the ids of those who get a namespace's messages.
func (d doors) Members(namespace string) (ids []string) {
	for _, one := range d {
		ids = append(ids, one.Members(namespace)...)
	}
	return ids
}

// Break cuts one connection off without a word, and reports whether there was one.
func (d doors) Break(id string) bool {
	return slices.ContainsFunc(d, func(one door) bool { return one.Break(id) })
}

// SetDrain has one client get so many messages a second at most, and reports whether
// there is one; 0: as many as it reads.
func (d doors) SetDrain(id string, perSecond float64) bool {
	return slices.ContainsFunc(d, func(one door) bool { return one.SetDrain(id, perSecond) })
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

// everybody is who is connected through any door, and what watching them has shown.
type everybody struct {
	*crowd.Crowd
	doors // set before the first request
}
