package app

import (
	"context"
	"fmt"
	"time"

	"emitscope/backend/client"
	"emitscope/backend/door/wire"
)

// compareCommand compares how steady two spans of recordings were.
type compareCommand struct {
	hubFlags
	A          string `arg:"" help:"Name of a recording."`
	B          string `arg:"" optional:"" help:"Name of the other one; without it, the same."`
	AFrom      string `placeholder:"TIME" help:"Of A only what was emitted from this moment on, such as 2026-01-02T15:04:05Z."`
	ATo        string `placeholder:"TIME" help:"Of A only what was emitted before this moment."`
	BFrom      string `placeholder:"TIME" help:"The same of B."`
	BTo        string `placeholder:"TIME" help:"The same of B."`
	Namespace  string `placeholder:"NS" help:"Whose emits; without it, those of the loudest."`
	Event      string `placeholder:"NAME" help:"Only this event."`
	BNamespace string `name:"b-namespace" placeholder:"NS" help:"Whose emits of B, where they differ."`
	BEvent     string `name:"b-event" placeholder:"NAME" help:"Which event of B, where it differs."`
	JSON       bool   `help:"Print everything, as the hub says it."`
}

// Run prints a table and a sentence.
func (c *compareCommand) Run(ctx context.Context, p Process) error {
	return c.with(func(hub *client.Client) error {
		found, err := hub.Compare(ctx,
			client.Compared{Recording: c.A, Namespace: c.Namespace, Event: c.Event, From: c.AFrom, To: c.ATo},
			client.Compared{Recording: c.B, Namespace: c.BNamespace, Event: c.BEvent, From: c.BFrom, To: c.BTo})
		if err != nil {
			return err
		}
		if c.JSON {
			return jsonLines(p.Stdout).Encode(found)
		}
		return printComparison(p, found)
	})
}

func printComparison(p Process, c wire.SpanComparison) error {
	a, b := c.A, c.B
	table := newTable(p.Stdout)
	row := func(what, ofA, ofB string, r wire.Ratio) {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", what, ofA, ofB, ratioText(r))
	}
	none := wire.Ratio{}
	row("", "A", "B", none)
	row("recording", a.Recording, b.Recording, none)
	row("namespace", a.Namespace, b.Namespace, none)
	row("emitted", fmt.Sprint(a.Emitted), fmt.Sprint(b.Emitted), none)
	row("asked for", asked(a), asked(b), none)
	row("kept, mean", micro(a.MeanUS), micro(b.MeanUS), none)
	row("p50", micro(a.IntervalError.P50), micro(b.IntervalError.P50), c.P50)
	row("p99", micro(a.IntervalError.P99), micro(b.IntervalError.P99), c.P99)
	row("max", micro(a.IntervalError.Max), micro(b.IntervalError.Max), none)
	row("lateness, p99", micro(a.Lateness.P99), micro(b.Lateness.P99), c.Lateness)
	row("late", fmt.Sprint(a.Late), fmt.Sprint(b.Late), none)
	row("drift", micro(a.DriftUS), micro(b.DriftUS), none)
	row("lost", fmt.Sprint(a.Lost), fmt.Sprint(b.Lost), none)
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(p.Stdout, c.Sentence)
	if c.Cut && err == nil {
		_, err = fmt.Fprintln(p.Stdout, "Only the first messages of a span are compared: it has too many. Choose a shorter one.")
	}
	return err
}

// asked says which interval was asked for, and when nobody did.
func asked(f wire.SpanFigures) string {
	if f.Paced {
		return micro(f.AskedUS)
	}
	return micro(f.AskedUS) + ", without a pace"
}

// ratioText says how many times one figure the other is, and how sure that is.
func ratioText(r wire.Ratio) string {
	switch {
	case r.Times == 0:
		return ""
	case r.Low == 0:
		return fmt.Sprintf("%.3g×", r.Times)
	}
	return fmt.Sprintf("%.3g× (%.3g to %.3g)", r.Times, r.Low, r.High)
}

// micro writes microseconds as a duration with few digits.
func micro(us float64) string {
	d := time.Duration(us * float64(time.Microsecond))
	for unit := time.Microsecond; unit >= 1; unit /= 1000 {
		if d.Abs() >= 1000*unit {
			return d.Round(unit).String()
		}
	}
	return d.String()
}
