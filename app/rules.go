package app

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"emitscope/backend/client"
	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
)

// ruleCommands look after the reply rules of a running hub.
type ruleCommands struct {
	List   ruleList   `cmd:"" default:"withargs" help:"List the rules, and what they have done."`
	Put    rulePut    `cmd:"" help:"Save a rule, in the place of the one with its name."`
	On     ruleOn     `cmd:"" help:"Switch a rule on."`
	Off    ruleOff    `cmd:"" help:"Switch a rule off; one of the settings file until the hub ends."`
	Order  ruleOrder  `cmd:"" help:"Put the saved rules into another order, in which they reply."`
	Remove ruleRemove `cmd:"" help:"Forget a rule; a built-in one that was changed is as it was before."`
}

type ruleList struct {
	hubFlags
	JSON bool `help:"As JSON, one rule a line."`
}

// Run prints a table, or lines.
func (c *ruleList) Run(ctx context.Context, p Process) error {
	return c.with(func(hub *client.Client) error {
		rules, err := hub.Rules(ctx)
		if err != nil {
			return err
		}
		if c.JSON {
			out := jsonLines(p.Stdout)
			for _, r := range rules {
				if err := out.Encode(r); err != nil {
					return err
				}
			}
			return nil
		}
		return writeRules(p.Stdout, rules)
	})
}

// writeRules prints a table, and below it the last error of each rule that has one.
func writeRules(w io.Writer, rules []wire.Rule) error {
	table := newTable(w)
	fmt.Fprintln(table, "\tNAME\tFROM\tWHEN A CLIENT EMITS\tIT\tHITS\tPER S\tERRORS")
	for _, r := range rules {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s on %s\t%s\t%d\t%.1f\t%d\n",
			onOff(r.On), r.Name, strings.ReplaceAll(r.Source, "_", " "), r.Event, r.Namespace, replySentence(r.NewRule), r.Hits, r.PerSecond, r.Errors)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, r := range rules {
		if e := r.LastError; e != nil {
			fmt.Fprintf(w, "%s failed at %s: %s\n", r.Name, moment(e.Time), e.Message)
			if e.Hint != "" {
				fmt.Fprintf(w, "  %s\n", e.Hint)
			}
		}
	}
	return nil
}

// replySentence says what a rule does.
func replySentence(r wire.NewRule) string {
	what := r.Data
	if r.Last > 0 {
		what = fmt.Sprintf("the last %d of %s", r.Last, r.LastOf)
	}
	said := ""
	switch r.Act {
	case "ack":
		said = "acknowledges with " + what
	case "broadcast":
		said = "sends " + r.Reply + " to everybody"
		if len(r.Rooms) > 0 {
			said = "sends " + r.Reply + " to " + strings.Join(r.Rooms, ", ")
		}
		said += ": " + what
	default:
		said = "gets " + r.Reply + ": " + what
	}
	if d, err := time.ParseDuration(r.Delay); err == nil && d > 0 {
		said += ", after " + r.Delay
	}
	if r.Probability < 1 {
		said += ", in " + strconv.FormatFloat(100*r.Probability, 'g', 4, 64) + " % of cases"
	}
	return strings.ReplaceAll(strings.ReplaceAll(said, "\n", " "), "\t", " ")
}

type rulePut struct {
	hubFlags
	Name        string   `arg:"" help:"Name of the rule, for people."`
	JSON        string   `placeholder:"FILE" xor:"json,namespace" required:"" help:"The whole rule as JSON, from a file, or - for standard input; then the other flags are not for use."`
	Namespace   string   `short:"n" xor:"json,namespace" required:"" help:"Where a client emits."`
	Event       string   `short:"e" help:"What it emits."`
	Query       string   `short:"q" help:"Only messages that this query selects."`
	Act         string   `enum:"answer,broadcast,ack" default:"answer" help:"What to do: ${enum}."`
	Reply       string   `short:"r" help:"Event to emit, on the same namespace; not with ack."`
	Data        string   `short:"d" help:"Its data, as JSON with {{…}} in it: '{\"job\":\"{{id}}\",\"for\":{{data.name}}}'."`
	Last        int      `help:"Instead of data, the last so many of a stream."`
	LastOf      string   `help:"The event of that stream."`
	Room        []string `help:"With broadcast, to these rooms only."`
	Delay       string   `default:"0s" help:"How long to wait before, such as 1.5s."`
	Probability float64  `default:"1" help:"How often to reply: 0.5 means every other time."`
	Off         bool     `help:"Save it switched off."`
}

// Run saves the rule.
func (c *rulePut) Run(ctx context.Context, p Process) error {
	rule, err := c.rule(p.Stdin)
	if err != nil {
		return err
	}
	return c.with(func(hub *client.Client) error {
		saved, err := hub.PutRule(ctx, c.Name, rule)
		if err != nil {
			return err
		}
		return writeRules(p.Stdout, []wire.Rule{saved})
	})
}

// rule is what the hub is sent.
func (c *rulePut) rule(stdin io.Reader) ([]byte, error) {
	if c.JSON == "-" {
		return io.ReadAll(stdin)
	}
	if c.JSON != "" {
		text, err := os.ReadFile(c.JSON)
		if err != nil {
			return nil, fault.Newf(fault.Invalid, "the rule cannot be read: %v", err)
		}
		return text, nil
	}
	return json.Marshal(wire.NewRule{
		On: !c.Off, Namespace: c.Namespace, Event: c.Event, Query: c.Query, Act: c.Act, Reply: c.Reply, Data: c.Data,
		Last: c.Last, LastOf: c.LastOf, Rooms: append([]string{}, c.Room...), Delay: c.Delay, Probability: c.Probability,
	})
}

// oneRule is a command about a rule that is there.
type oneRule struct {
	hubFlags
	Name string `arg:"" help:"Name of the rule."`
}

func (c *oneRule) turn(ctx context.Context, p Process, on bool) error {
	return c.with(func(hub *client.Client) error {
		rule, err := hub.SwitchRule(ctx, c.Name, on)
		if err != nil {
			return err
		}
		return writeRules(p.Stdout, []wire.Rule{rule})
	})
}

type ruleOn struct{ oneRule }

// Run switches the rule on.
func (c *ruleOn) Run(ctx context.Context, p Process) error { return c.turn(ctx, p, true) }

type ruleOff struct{ oneRule }

// Run switches the rule off.
func (c *ruleOff) Run(ctx context.Context, p Process) error { return c.turn(ctx, p, false) }

type ruleOrder struct {
	hubFlags
	Names []string `arg:"" help:"Names of all saved rules, each once."`
}

// Run orders the rules.
func (c *ruleOrder) Run(ctx context.Context, p Process) error {
	return c.with(func(hub *client.Client) error {
		rules, err := hub.OrderRules(ctx, c.Names)
		if err != nil {
			return err
		}
		return writeRules(p.Stdout, rules)
	})
}

type ruleRemove struct{ oneRule }

// Run forgets the rule.
func (c *ruleRemove) Run(ctx context.Context, p Process) error {
	return c.with(func(hub *client.Client) error {
		if err := hub.RemoveRule(ctx, c.Name); err != nil {
			return err
		}
		_, err := fmt.Fprintf(p.Stdout, "The rule %q is forgotten.\n", c.Name)
		return err
	})
}
