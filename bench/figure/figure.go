// Package figure is what is measured: each figure starts the servers it needs,
// has the load generator connect to them, and notes what came out on a Sheet.
//
// The load generator runs in this process and the servers in others, all on one
// machine. Servers that are compared take turns within each run, so that a noisy
// neighbour hits all of them, and ratios are taken within a run.
package figure

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"emitscope/bench/peer"
)

// What most figures use unless they say otherwise.
const (
	subscribers  = 200
	payloadBytes = 200
	busy         = 100_000 / subscribers // messages a second that make 100,000 deliveries a second
)

// Options of Run.
type Options struct {
	Places  peer.Places
	Runs    int
	Only    []peer.Kind   // servers; empty: all
	Figures []string      // by name; empty: all
	Step    time.Duration // how long each step of the search for a rate measures
	Long    time.Duration // how long the figure slow lasts; the others are shorter in proportion
	Results string        // folder
	Out     io.Writer     // for a person
}

// bench is one call of Run.
type bench struct {
	Options
	sheet *Sheet
	run   int                  // counted from 1
	hints map[string][]float64 // by contestant: the rates found in earlier runs, in messages a second

	mu      sync.Mutex
	redials map[peer.Kind]int // connections that had to be made again
}

// one is a figure: its name, what it is called in the table, and how it is
// measured once.
type one struct {
	name, title string
	measure     func(b *bench, ctx context.Context) error
}

func figures() []one {
	return []one{
		{"rate", "deliveries a second sustained, 200 clients, 200 bytes", (*bench).rate},
		{"emitter", "interval error at the emitter, one lane of 10 ms", (*bench).emitter},
		{"subscriber", "interval error at the subscriber, 8 producers, 12.5 ms, 20 clients", (*bench).subscriber},
		{"answer", "GET /api while 100,000 deliveries a second go out", (*bench).answer},
		{"memory", "memory of an idle WebSocket client, 1000 of them", (*bench).memory},
		{"slow", "three clients that do not read, among 200 at 2000 × 1 KB a second", (*bench).slow},
		{"intake", "messages taken in a second, no subscriber", (*bench).intake},
		{"viewers", "what open viewers cost the hub", (*bench).viewers},
		{"recording", "what it costs the hub to record", (*bench).recording},
		{"many", "10,000 clients, 10 messages a second", (*bench).many},
	}
}

// Names is every figure, in the order of the table.
func Names() []string {
	var names []string
	for _, f := range figures() {
		names = append(names, f.name)
	}
	return names
}

func title(name string) string {
	for _, f := range figures() {
		if f.name == name {
			return f.title
		}
	}
	return name
}

// Run measures, prints the table, and keeps the results. When ctx ends it prints
// what there is until then.
func Run(ctx context.Context, o Options) error {
	for _, name := range o.Figures {
		if !slices.Contains(Names(), name) {
			return fmt.Errorf("there is no figure %q; there are %s", name, strings.Join(Names(), ", "))
		}
	}
	b := &bench{Options: o, sheet: &Sheet{about: about(o)}, hints: map[string][]float64{}, redials: map[peer.Kind]int{}}
	for b.run = 1; b.run <= o.Runs && ctx.Err() == nil; b.run++ {
		for _, f := range figures() {
			if len(o.Figures) > 0 && !slices.Contains(o.Figures, f.name) || ctx.Err() != nil {
				continue
			}
			began := time.Now()
			fmt.Fprintf(o.Out, "run %d of %d: %s\n", b.run, o.Runs, f.title)
			if err := f.measure(b, ctx); err != nil {
				b.missed(ctx, f.name, err)
			}
			fmt.Fprintf(o.Out, "  %.0f s\n", time.Since(began).Seconds())
		}
	}
	for k, n := range b.redials {
		b.sheet.Note("%s left %d clients without an answer when they connected; they connected again, and nothing is measured of that", k, n)
	}
	name, err := b.sheet.Save(o.Results)
	if err == nil {
		fmt.Fprintf(o.Out, "\nkept in %s\n", name)
	}
	return errors.Join(b.sheet.Print(o.Out), err)
}

// takesPart reports whether a server is to be measured and can be. If it should
// and cannot, the table says why.
func (b *bench) takesPart(k peer.Kind) bool {
	if len(b.Only) > 0 && !slices.Contains(b.Only, k) {
		return false
	}
	if err := b.Places.Missing(k); err != nil {
		b.sheet.Note("left out: %s, for %v", k, err)
		return false
	}
	return true
}

func (b *bench) start(ctx context.Context, k peer.Kind) (*peer.Peer, error) {
	return peer.Start(ctx, b.Places, k)
}

// missed notes that something could not be measured, which is no reason to lose
// the rest.
func (b *bench) missed(ctx context.Context, what string, err error) {
	if ctx.Err() == nil {
		b.sheet.Note("%s, run %d: %v", what, b.run, err)
		b.say("%s: %v", what, err)
	}
}

// say tells a person what came out just now.
func (b *bench) say(format string, args ...any) { fmt.Fprintf(b.Out, "  "+format+"\n", args...) }

func inMS(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func inMB(bytes int64) float64 { return float64(bytes) / 1e6 }

// pause waits, or returns ctx's error when it ends before.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
