package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"emitscope/backend/client"
	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
)

type experimentCommand struct {
	hubFlags
	Interval  time.Duration `default:"10ms" help:"Between two messages."`
	Producers int           `short:"p" default:"4" help:"How many make the messages in turn."`
	Clients   int           `short:"c" default:"20" help:"How many get every message, over real sockets."`
	Size      int           `default:"200" help:"Bytes of each message's padding."`
	Length    time.Duration `short:"l" default:"3s" help:"Of each run."`
	Warmup    time.Duration `default:"500ms" help:"Of each run, before it is measured."`
	Rounds    int           `short:"r" default:"5" help:"Runs of each way, at least 3."`
	Flask     bool          `help:"Have Python with Flask-SocketIO take part, where it is installed."`

	JSON bool   `help:"As JSON."`
	CSV  string `placeholder:"FILE" help:"Write every interval into this file, too."`
}

// Help is shown below the flags' list.
func (*experimentCommand) Help() string {
	return `A running hub emits the same load in several ways, one after the other, each with a server of its own: producers that each sleep and emit; one loop that takes a
message from a queue, emits it and sleeps; and a lane of Emitscope. A control, which only waits, shows what this machine itself is late by. What is compared is the interval
error: how far the gap between two messages was from the interval.`
}

// lookEvery is how often the hub is asked how far it is.
const lookEvery = 500 * time.Millisecond

// Run starts the experiment, waits for its end, and prints what was found. An
// interrupt cancels it.
func (c *experimentCommand) Run(ctx context.Context, p Process) error {
	return c.with(func(hub *client.Client) error {
		interval, warmup, length := c.Interval.String(), c.Warmup.String(), c.Length.String()
		e, err := hub.StartExperiment(ctx, wire.NewExperiment{
			Interval: &interval, Producers: &c.Producers, Clients: &c.Clients, Size: &c.Size,
			Warmup: &warmup, Length: &length, Rounds: &c.Rounds, Flask: c.Flask,
		})
		if err != nil {
			return err
		}
		if e, err = follow(ctx, hub, p.Stderr); err != nil {
			return err
		}
		if c.CSV != "" && len(e.Ways) > 0 {
			if err := c.keep(ctx, hub); err != nil {
				return err
			}
		}
		if c.JSON {
			err = writeJSON(p.Stdout, e)
		} else {
			err = writeExperiment(p.Stdout, e)
		}
		if e.Error != nil {
			return (&fault.Error{Kind: fault.Internal, Code: e.Error.Code, Message: e.Error.Message}).WithHint("%s", e.Error.Hint)
		}
		return err
	})
}

// follow says what goes on, and returns what was found in the end.
func follow(ctx context.Context, hub *client.Client, says io.Writer) (wire.Experiment, error) {
	done := -1
	for {
		e, err := hub.Experiment(ctx)
		if ctx.Err() != nil {
			return cancelled(context.WithoutCancel(ctx), hub)
		}
		if err != nil || e.State != "running" {
			return e, err
		}
		if e.Run != nil && e.Done != done {
			done = e.Done
			fmt.Fprintf(says, "%d of %d: %s, round %d\n", done+1, e.Runs, e.Run.Way, e.Run.Round)
		}
		select {
		case <-time.After(lookEvery):
		case <-ctx.Done():
		}
	}
}

// cancelled ends the experiment, and returns what was found; also where it has ended
// by itself meanwhile.
func cancelled(ctx context.Context, hub *client.Client) (wire.Experiment, error) {
	e, err := hub.CancelExperiment(ctx)
	if errors.Is(err, fault.NotFound) {
		return hub.Experiment(ctx)
	}
	return e, err
}

// keep writes every interval into the file.
func (c *experimentCommand) keep(ctx context.Context, hub *client.Client) error {
	raw, err := hub.ExperimentRaw(context.WithoutCancel(ctx), "csv") // also after an interrupt
	if err != nil {
		return err
	}
	defer raw.Close()
	_, err = writeWhole(c.CSV, raw)
	return err
}

// writeExperiment writes what was found for a person.
func writeExperiment(to io.Writer, e wire.Experiment) error {
	if len(e.Ways) == 0 {
		_, err := fmt.Fprintln(to, "Nothing was measured.")
		return err
	}
	p, m := e.Plan, e.Machine
	fmt.Fprintf(to, "A message each %s by %d producers to %d clients, %d runs of %s each; %s.\n", p.Interval, p.Producers, p.Clients, p.Rounds, p.Length, e.State)
	load := ""
	if m.Load != nil {
		load = fmt.Sprintf(", load %.1f at the start", *m.Load)
	}
	fmt.Fprintf(to, "%s, %d cores, %s%s; %s\n\n", m.Processor, m.Cores, m.System, load, versionsOf(m.Versions))
	table := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "interval error\tp50\tp99\tmax\treceived p99\tmean interval\tGET /api p99\tp99 / lane's\t")
	for _, w := range e.Ways {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", w.Way, microsText(w.Emitted.P50), microsText(w.Emitted.P99), microsText(w.Emitted.Max),
			p99Text(w.Received), microsText(w.MeanInterval), p99Text(w.Answers), beside(w))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(to, "\n%s\n", verdictOf(e))
	return err
}

func beside(w wire.WayResult) string {
	switch {
	case w.Against == nil && w.Way == "lane":
		return "1"
	case w.Against == nil:
		return "-"
	case !w.Against.Apart:
		return "within noise"
	}
	return fmt.Sprintf("%.2g", w.Against.Times)
}

// verdictOf says in a sentence how the lane did beside the loop.
func verdictOf(e wire.Experiment) string {
	of := func(way string) wire.WayResult {
		at := slices.IndexFunc(e.Ways, func(w wire.WayResult) bool { return w.Way == way })
		if at < 0 {
			return wire.WayResult{}
		}
		return e.Ways[at]
	}
	against := of("loop").Against
	if against == nil || against.Times <= 0 {
		return "No verdict: too few runs are over."
	}
	times := against.Times
	switch {
	case !against.Apart:
		return fmt.Sprintf("No verdict: the runs of the loop and of Emitscope overlap. A clock that only waits was itself off by %s at p99 here. Try again when this machine is quieter.",
			p99Text(of("control").Emitted))
	case times > 1:
		return fmt.Sprintf("Emitscope's interval error at p99 was %s times smaller than the loop's.", timesText(times))
	}
	return fmt.Sprintf("The loop's interval error at p99 was %s times smaller than Emitscope's.", timesText(1/times))
}

// timesText has a digit behind the point where it tells something.
func timesText(times float64) string {
	if times < 9.95 {
		return fmt.Sprintf("%.1f", times)
	}
	return fmt.Sprintf("%.0f", times)
}

func microsText(us float64) string {
	if us < 1000 {
		return fmt.Sprintf("%.1f µs", us)
	}
	return fmt.Sprintf("%.2f ms", us/1000)
}

// p99Text has a dash where nothing was measured.
func p99Text(q wire.Quantiles) string {
	if q.Count == 0 {
		return "-"
	}
	return microsText(q.P99)
}

func versionsOf(all map[string]string) string {
	var parts []string
	for name, version := range all {
		parts = append(parts, name+" "+version)
	}
	slices.SortFunc(parts, cmp.Compare)
	return strings.Join(parts, ", ")
}
