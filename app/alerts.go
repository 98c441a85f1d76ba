package app

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"emitscope/backend/client"
	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

type alertCommands struct {
	List   alertList   `cmd:"" default:"withargs" help:"List the alerts, and how they stand."`
	Set    alertSet    `cmd:"" help:"Watch a condition, or change how it is watched."`
	Remove alertRemove `cmd:"" help:"Watch it no more; of one that came with Emitscope, take back what was changed."`
	Ack    alertAck    `cmd:"" help:"Note that somebody knows of a raised alert."`
	Watch  alertWatch  `cmd:"" help:"Print each time an alert is raised or cleared, one JSON line each."`
	Test   alertTest   `cmd:"" help:"Tell an alert's webhook that this is a test."`
}

type alertList struct{ hubFlags }

// Run prints a table.
func (c *alertList) Run(ctx context.Context, p Process) error {
	return c.with(func(hub *client.Client) error {
		all, err := hub.Alerts(ctx)
		if err != nil {
			return err
		}
		table := newTable(p.Stdout)
		fmt.Fprintln(table, "NAME\tSTATE\tCONDITION\tOF\tLIMIT\tNOW\tSINCE")
		for _, a := range all {
			unit := msg.Condition(a.When).Unit()
			now, since := "", ""
			if a.Value != nil {
				now = fmt.Sprintf("%.4g %s", *a.Value, unit)
			}
			if a.Raised != nil {
				since = moment(a.Raised.Raised)
			}
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%.4g %s\t%s\t%s\n", a.Name, stateOf(a), a.When,
				cmp.Or(strings.TrimSpace(a.Namespace+" "+a.Event), "all"), *a.Limit, unit, now, since)
		}
		return table.Flush()
	})
}

func stateOf(a wire.Alert) string {
	switch {
	case a.On != nil && !*a.On:
		return "off"
	case a.Raised == nil:
		return "quiet"
	case a.Raised.Acknowledged != "":
		return "raised, known"
	}
	return "RAISED"
}

type alertSet struct {
	hubFlags
	Name      string         `arg:"" help:"Name of the alert."`
	When      string         `help:"Condition: ${conditions}. Needed for a new one; another one than it has begins with its defaults."`
	Namespace *string        `short:"n" help:"Namespace; needed for silence, rate_below, rate_above and shape."`
	Event     *string        `short:"e" help:"Event of one stream; left out: all of the namespace."`
	Limit     *float64       `help:"Raised at it: s for silence, messages/s for rates, ms for lateness and interval_error, % for queue, else a number. Where it is cleared follows it, unless --clear says otherwise; of silence --clear-hold does."`
	Clear     *float64       `help:"Cleared at it."`
	Hold      *time.Duration `help:"How long it must hold before it is raised."`
	ClearHold *time.Duration `help:"How long it must be over before it is cleared."`
	Learn     *int           `help:"Of shape: from how many messages it is learned."`
	Webhook   *string        `help:"Address that is told by POST; '': none."`
	Keep      *bool          `negatable:"" help:"When it is raised, make a recording of what the flight recorder has, at most once in 10 minutes."`
	On        bool           `xor:"on" help:"Watch it; a new one is watched anyway."`
	Off       bool           `xor:"on" help:"Watch it not."`
}

// Run changes what was said, and leaves the rest as it was.
func (c *alertSet) Run(ctx context.Context, p Process) error {
	return c.with(func(hub *client.Client) error {
		all, err := hub.Alerts(ctx)
		if err != nil {
			return err
		}
		var wanted wire.NewAlert
		i := slices.IndexFunc(all, func(a wire.Alert) bool { return a.Name == c.Name })
		switch {
		case i >= 0 && (c.When == "" || c.When == all[i].When):
			wanted = all[i].NewAlert
		case c.When == "":
			return fault.Newf(fault.Invalid, "there is no alert %q yet, and no condition for a new one", c.Name).
				WithHint("say --when: %s", conditionNames())
		case i >= 0:
			wanted = wire.NewAlert{On: all[i].On, When: c.When, Webhook: all[i].Webhook, Keep: all[i].Keep}
		default:
			wanted = wire.NewAlert{When: c.When}
		}
		c.change(&wanted)
		kept, err := hub.PutAlert(ctx, c.Name, wanted)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.Stdout, "The alert %q is %s: %s, raised at %.4g %s held for %s.\n", kept.Name, onOff(*kept.On), kept.When, *kept.Limit,
			msg.Condition(kept.When).Unit(), kept.Hold)
		return err
	})
}

func (c *alertSet) change(a *wire.NewAlert) {
	if c.Namespace != nil {
		a.Namespace = *c.Namespace
	}
	if c.Event != nil {
		a.Event = *c.Event
	}
	if c.Limit != nil { // where it is cleared follows it; of silence, for how long
		a.Limit, a.Clear = c.Limit, nil
		if msg.Condition(a.When) == msg.Silence {
			a.ClearHold = ""
		}
	}
	if c.Clear != nil {
		a.Clear = c.Clear
	}
	if c.Hold != nil {
		a.Hold = c.Hold.String()
	}
	if c.ClearHold != nil {
		a.ClearHold = c.ClearHold.String()
	}
	if c.Learn != nil {
		a.Learn = c.Learn
	}
	if c.Webhook != nil {
		a.Webhook = *c.Webhook
	}
	if c.Keep != nil {
		a.Keep = *c.Keep
	}
	if c.On || c.Off {
		a.On = &c.On
	}
}

// conditionNames lists what can be watched.
func conditionNames() string {
	var all []string
	for _, c := range msg.Conditions() {
		all = append(all, string(c))
	}
	return strings.Join(all, ", ")
}

type alertRemove struct {
	hubFlags
	Name string `arg:"" help:"Name of the alert."`
}

// Run removes it.
func (c *alertRemove) Run(ctx context.Context, p Process) error {
	return c.with(func(hub *client.Client) error {
		if err := hub.RemoveAlert(ctx, c.Name); err != nil {
			return err
		}
		_, err := fmt.Fprintf(p.Stdout, "The alert %q is removed, or as it came.\n", c.Name)
		return err
	})
}

type alertAck struct {
	hubFlags
	Name string `arg:"" help:"Name of the alert."`
}

// Run acknowledges it.
func (c *alertAck) Run(ctx context.Context, p Process) error {
	return c.with(func(hub *client.Client) error {
		if err := hub.Acknowledge(ctx, c.Name); err != nil {
			return err
		}
		_, err := fmt.Fprintf(p.Stdout, "It is noted that the alert %q is known.\n", c.Name)
		return err
	})
}

type alertTest struct {
	hubFlags
	Name string `arg:"" help:"Name of the alert."`
}

// Run tells its webhook.
func (c *alertTest) Run(ctx context.Context, p Process) error {
	return c.with(func(hub *client.Client) error {
		t, err := hub.TestWebhook(ctx, c.Name)
		if err != nil {
			return err
		}
		if !t.OK {
			return fault.Newf(fault.Conflict, "the webhook did not take it: %s", t.Error)
		}
		_, err = fmt.Fprintln(p.Stdout, "The webhook took it.")
		return err
	})
}

type alertWatch struct{ hubFlags }

// askEvery is how often a hub is asked what happened: as often as it looks itself.
const askEvery = time.Second

// mostEvents is as many as a hub keeps: the one that is cleared now may have been
// raised before all others.
const mostEvents = 1000

// Run prints what happens from now on, and first what is raised already, until
// interrupted.
func (c *alertWatch) Run(ctx context.Context, p Process) error {
	return c.with(func(hub *client.Client) error {
		told := map[uint64]wire.AlertEvent{}
		out := jsonLines(p.Stdout)
		tick := time.NewTicker(askEvery)
		defer tick.Stop()
		for first := true; ; first = false {
			events, err := hub.AlertHistory(ctx, mostEvents)
			if ctx.Err() != nil {
				return nil
			}
			if err != nil {
				return err
			}
			for _, e := range slices.Backward(events) {
				known, isKnown := told[e.ID]
				isNew := !isKnown || known.Raised != e.Raised || known.Cleared != e.Cleared // or the hub began anew
				told[e.ID] = e
				if isNew && !(first && e.Cleared != "") {
					if err := out.Encode(e); err != nil {
						return err
					}
				}
			}
			for id := range told { // what is not among the newest is not asked for again
				if len(events) > 0 && id < events[len(events)-1].ID {
					delete(told, id)
				}
			}
			select {
			case <-ctx.Done():
				return nil
			case <-tick.C:
			}
		}
	})
}
