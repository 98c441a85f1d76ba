package app

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"emitscope/backend/client"
	"emitscope/backend/door/wire"
)

// faultsCommands make a running hub misbehave on purpose.
type faultsCommands struct {
	List  faultsList  `cmd:"" default:"withargs" help:"Show which faults are on, and how often each has happened."`
	Set   faultsSet   `cmd:"" help:"Make a namespace misbehave for a while; what is not named is off."`
	Clear faultsClear `cmd:"" help:"Have one namespace, or all, behave again."`
}

type faultsList struct{ hubFlags }

// Run prints a table.
func (c *faultsList) Run(ctx context.Context, p Process) error {
	return c.with(func(hub *client.Client) error {
		all, err := hub.Faults(ctx)
		if err != nil {
			return err
		}
		if len(all) == 0 {
			_, err := fmt.Fprintf(p.Stdout, "No faults are on. %s faults set NAMESPACE --drop 0.05 switches one on.\n", p.Name)
			return err
		}
		table := newTable(p.Stdout)
		fmt.Fprintln(table, "NAMESPACE\tLEFT\tFAULTS\tSO FAR\tSEED")
		for _, f := range all {
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%d\n", f.Namespace, timeLeft(f.Ends), describe(f.NewFaults), soFar(f.Counts), f.Seed)
		}
		return table.Flush()
	})
}

type faultsSet struct {
	hubFlags
	Namespace string `arg:"" help:"Namespace, such as /ws."`

	For        time.Duration `default:"5m" help:"Then they end by themselves; at most 1h."`
	Delay      time.Duration `help:"Hold messages back for so long, such as 200ms."`
	Jitter     time.Duration `help:"And up to so much longer, by chance."`
	DelayShare float64       `placeholder:"0..1" help:"Which share of the messages; all where nothing is said. The others keep their place behind them."`
	Drop       float64       `placeholder:"0..1" help:"Send this share of the messages to nobody."`
	Duplicate  float64       `placeholder:"0..1" help:"Send this share of the messages twice."`
	Reorder    float64       `placeholder:"0..1" help:"Let the next message overtake this share."`
	Disconnect float64       `placeholder:"0..1" help:"Cut this share of the clients off in each second, without a word."`
	SlowShare  float64       `placeholder:"0..1" help:"Have this share of the clients read slowly."`
	SlowClient string        `placeholder:"ID" help:"Have this one client read slowly."`
	SlowRate   float64       `default:"5" help:"So many messages a second a slow client gets."`
	Stall      time.Duration `help:"Have the lane let nothing out for so long, at once."`
	StallEvery time.Duration `help:"And again after each so long."`
	Seed       uint64        `help:"Repeat what happened with this seed."`
}

// Run switches the faults on, and says until when.
func (c *faultsSet) Run(ctx context.Context, p Process) error {
	return c.with(func(hub *client.Client) error {
		wanted := wire.NewFaults{
			For: c.For.String(), DelayShare: c.DelayShare, Drop: c.Drop, Duplicate: c.Duplicate, Reorder: c.Reorder, Disconnect: c.Disconnect,
			SlowShare: c.SlowShare, SlowClient: c.SlowClient, Seed: c.Seed,
			Delay: given(c.Delay), Jitter: given(c.Jitter), Stall: given(c.Stall), StallEvery: given(c.StallEvery),
		}
		if c.SlowShare > 0 || c.SlowClient != "" {
			wanted.SlowRate = c.SlowRate
		}
		state, err := hub.SetFaults(ctx, c.Namespace, wanted)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.Stdout, "Faults are on in %s until %s, seed %d: %s.\n%s faults clear %s ends them.\n",
			state.Namespace, moment(state.Ends), state.Seed, describe(state.NewFaults), p.Name, state.Namespace)
		return err
	})
}

type faultsClear struct {
	hubFlags
	Namespace string `arg:"" optional:"" help:"Namespace; all where none is named."`
}

// Run switches faults off.
func (c *faultsClear) Run(ctx context.Context, p Process) error {
	return c.with(func(hub *client.Client) error {
		if err := hub.ClearFaults(ctx, c.Namespace); err != nil {
			return err
		}
		where := "No faults are on"
		if c.Namespace != "" {
			where += " in " + c.Namespace
		}
		_, err := fmt.Fprintf(p.Stdout, "%s any more. What was held back leaves now.\n", where)
		return err
	})
}

// describe says which faults are on, for a person.
func describe(f wire.NewFaults) string {
	var all []string
	say := func(is bool, format string, args ...any) {
		if is {
			all = append(all, fmt.Sprintf(format, args...))
		}
	}
	percent := func(share float64) string { return fmt.Sprintf("%.4g %%", share*100) }
	say(f.DelayShare > 0 && f.Jitter == "", "delay %s by %s", percent(f.DelayShare), f.Delay)
	say(f.DelayShare > 0 && f.Jitter != "", "delay %s by %s and up to %s more", percent(f.DelayShare), cmp.Or(f.Delay, "0s"), f.Jitter)
	say(f.Drop > 0, "drop %s", percent(f.Drop))
	say(f.Duplicate > 0, "duplicate %s", percent(f.Duplicate))
	say(f.Reorder > 0, "reorder %s", percent(f.Reorder))
	say(f.Disconnect > 0, "disconnect %s a second", percent(f.Disconnect))
	say(f.SlowShare > 0, "%s of the clients get %.4g a second", percent(f.SlowShare), f.SlowRate)
	say(f.SlowClient != "", "client %s gets %.4g a second", f.SlowClient, f.SlowRate)
	say(f.Stall != "" && f.StallEvery == "", "stall once for %s", f.Stall)
	say(f.StallEvery != "", "stall for %s every %s", f.Stall, f.StallEvery)
	return strings.Join(all, ", ")
}

// soFar says how often each fault has happened, those that have not left out.
func soFar(c wire.FaultCounts) string {
	var all []string
	for _, one := range []struct {
		count uint64
		what  string
	}{
		{c.Delay, "delayed"}, {c.Drop, "dropped"}, {c.Duplicate, "duplicated"}, {c.Reorder, "reordered"},
		{c.Stall, "stalls"}, {c.Disconnect, "cut off"}, {c.Slow, "made slow"},
	} {
		if one.count > 0 {
			all = append(all, fmt.Sprintf("%d %s", one.count, one.what))
		}
	}
	if len(all) == 0 {
		return "nothing"
	}
	return strings.Join(all, ", ")
}

// timeLeft says how long it is to a time of the wire, to the second.
func timeLeft(wireTime string) string {
	t, err := time.Parse(time.RFC3339Nano, wireTime)
	if err != nil {
		return ""
	}
	return max(0, time.Until(t)).Round(time.Second).String()
}
