package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"emitscope/backend/client"
	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/jsontext"
)

// fromInput in the place of an event's name: messages come by standard input.
const fromInput = "-"

type emitCommand struct {
	hubFlags
	Namespace string `short:"n" default:"/ws" help:"Namespace to emit on; of lines, those that name none."`
	Event     string `arg:"" help:"Name of the event. With - in its place each line of standard input is a message, such as {\"event\":\"tick\",\"data\":1}, and is handed in at once."`
	JSON      string `arg:"" name:"json" optional:"" help:"Data, as JSON text: '{\"price\":231.42}', 42, '\"text\"'. A negative number comes last, after --: emit tick -- -5"`

	Room []string      `short:"r" help:"Only to clients in this room; several: in any of them."`
	To   string        `placeholder:"CLIENT" help:"Only to the client with this id, as the screen Clients and /api/v1/clients show it."`
	Ack  time.Duration `placeholder:"TIME" help:"With --to: wait so long for the Socket.IO client's program to confirm it, such as 5s, and print what it answers."`

	Each   string `name:"event" short:"e" placeholder:"NAME" help:"With -: each line is only the data of an event with this name."`
	Text   bool   `help:"With - and --event: each line is text as it is, not JSON."`
	OnFull string `default:"wait" enum:"wait,drop,fail" help:"With -, when the hub refuses a line for now, as when its lane is full: wait, drop that line, or fail."`
}

// Validate is asked by kong, whose exit code it then is.
func (c *emitCommand) Validate() error {
	switch lines := c.Event == fromInput; {
	case !lines && c.JSON == "":
		return errors.New(`expected "<json>"`)
	case lines && c.JSON != "":
		return fmt.Errorf("%q is one too many: with - the data comes by standard input", c.JSON)
	case !lines && (c.Each != "" || c.Text || c.OnFull != "wait"):
		return errors.New("--event, --text and --on-full are for -, which reads standard input")
	case lines && (c.To != "" || len(c.Room) > 0):
		return errors.New("--to and --room are for one message; a line says its rooms itself")
	case c.To != "" && len(c.Room) > 0:
		return errors.New("a message for one client is for no room: leave out --room or --to")
	case c.To == "" && c.Ack != 0:
		return errors.New("--ack needs --to: only one client can be asked to confirm a message")
	case c.Text && c.Each == "":
		return errors.New("--text needs --event: a text does not name its event")
	}
	return nil
}

// Run hands in one message, and prints the number it got, or every line that comes.
func (c *emitCommand) Run(ctx context.Context, p Process) error {
	return c.with(func(hub *client.Client) error {
		if c.Event == fromInput {
			feed := &lineFeed{hub: hub, namespace: c.Namespace, event: c.Each, text: c.Text, onFull: c.OnFull, p: p}
			return feed.run(ctx)
		}
		return c.one(ctx, p, hub)
	})
}

func (c *emitCommand) one(ctx context.Context, p Process, hub *client.Client) error {
	data, err := jsontext.Compact([]byte(c.JSON))
	if err != nil {
		return fault.From(err).WithHint(`quote text twice: %s emit note '"hello"'`, p.Name)
	}
	var done wire.Accepted
	direct := wire.DirectMessage{Namespace: c.Namespace, Event: c.Event, Data: data}
	switch {
	case c.Ack != 0:
		direct.Ack = c.Ack.String()
		return askClient(ctx, p, hub, c.To, direct)
	case c.To != "":
		done, err = hub.PublishTo(ctx, c.To, direct)
	default:
		done, err = hub.Publish(ctx, wire.Publish{Namespace: c.Namespace, Event: c.Event, Data: data, Rooms: c.Room})
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.Stdout, "accepted as %d, %d waiting in %s\n", done.FirstSeq, done.QueueDepth[c.Namespace], c.Namespace)
	return err
}

// askClient prints what one client's program says to a message, as JSON.
func askClient(ctx context.Context, p Process, hub *client.Client, to string, m wire.DirectMessage) error {
	got, err := hub.Ask(ctx, to, m)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.Stdout, "%s\n", got.Data)
	_, _ = fmt.Fprintf(p.Stderr, "%d confirmed after %s\n", got.Seq, got.RoundTrip)
	return err
}
