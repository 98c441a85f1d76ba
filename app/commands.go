package app

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"fmt"

	"github.com/alecthomas/kong"

	"emitscope/backend/client"
)

// commands is the command line. Every setting of the hub, and where the hub is, can
// also be set in the environment.
type commands struct {
	PrintVersion kong.VersionFlag `name:"version" help:"Print the version."`
	first
	Emit       emitCommand        `cmd:"" help:"Hand a message to a running hub, or with - each line of standard input as it comes."`
	Watch      watchCommand       `cmd:"" help:"Print what a running hub emits, one JSON line a message."`
	Wait       waitCommand        `cmd:"" help:"Wait until a running hub has messages that match, for scripts: exit code 0 when it had, 1 when the time was up."`
	Messages   messagesCommand    `cmd:"" help:"Print the newest messages that a running hub keeps, oldest first, one JSON line each."`
	Simulate   simulateCommand    `cmd:"" help:"Make messages up and hand them to a running hub: ticks, waves, bursts, or from a template."`
	Rules      ruleCommands       `cmd:"" help:"List, save, switch or remove what a running hub replies to what clients say."`
	Faults     faultsCommands     `cmd:"" help:"Make a running hub misbehave for a while, to see what its clients do."`
	Alerts     alertCommands      `cmd:"" help:"Watch conditions of a running hub, such as a stream that falls silent: list, set, remove, follow."`
	Record     recordCommand      `cmd:"" help:"Record what a running hub emits into a file, all of it or what a query selects."`
	Recordings recordingsCommands `cmd:"" help:"List, stop, rename or remove the recordings of a running hub."`
	Compare    compareCommand     `cmd:"" help:"Say which of two recordings of a running hub, or of two parts of one, was steadier."`
	Replay     replayCommand      `cmd:"" help:"Play a recording of a running hub into it again, each message at its own time."`
	Export     exportCommand      `cmd:"" help:"Write a recording of a running hub as a file: JSON lines, a table, Parquet, MCAP, a page, or its own."`
	Import     importCommand      `cmd:"" help:"Make a recording of a file, in a running hub: one that was exported, or JSON lines and tables of others."`
	Experiment experimentCommand  `cmd:"" help:"Emit the same load from threads, from one loop and by a lane of a running hub, and compare how steady they are."`
	Bench      benchCommand       `cmd:"" help:"Make traffic, and measure what becomes of it: on a running hub, or another Socket.IO server."`
	Share      shareCommand       `cmd:"" help:"Show or change how other machines reach a running hub, or print the link to view it."`
	Key        keyCommands        `cmd:"" help:"List, make or revoke the keys of a running hub."`
	Data       dataCommands       `cmd:"" help:"Show, back up or delete what a running hub keeps."`
	Config     configCommands     `cmd:"" help:"Check or show the settings."`
	Completion completionCommand  `cmd:"" help:"Print a script with which a shell completes commands and flags."`
	Manual     manualCommand      `cmd:"" hidden:"" help:"Print the manual page."`
	Update     updateCommand      `cmd:"" name:"update-check" help:"Say whether there is a newer version, at the address that the settings name. It installs nothing."`
	Version    versionCommand     `cmd:"" help:"Print the version."`
}

// hubFlags say which running hub a command talks to.
type hubFlags struct {
	URL string `default:"http://127.0.0.1:8092" env:"EMITSCOPE_URL" help:"Address of the hub (${env})."`
	Key string `env:"EMITSCOPE_KEY" help:"Key, where the hub asks for one (${env})."`

	Fingerprint string `placeholder:"SHA-256" env:"EMITSCOPE_FINGERPRINT" help:"With https, trust the certificate with this fingerprint and no other (${env}); share prints that of the hub's own."`
}

func (f hubFlags) client() (*client.Client, error) {
	c, err := client.New(f.URL, f.Key)
	if err == nil && f.Fingerprint != "" {
		err = c.Pin(f.Fingerprint)
	}
	return c, err
}

// with does something with the hub that the flags name.
func (f hubFlags) with(do func(hub *client.Client) error) error {
	hub, err := f.client()
	if err != nil {
		return err
	}
	defer hub.Close()
	return do(hub)
}

type watchCommand struct {
	hubFlags
	Namespace string `short:"n" help:"Only this namespace."`
	Event     string `short:"e" help:"Only this event."`
	Query     string `short:"q" help:"Only what this query selects, such as 'data.price>250 -source:rest'. What is dropped is not emitted: wait sees it."`
}

// Run prints each message until interrupted.
func (c *watchCommand) Run(ctx context.Context, p Process) error {
	return c.with(func(hub *client.Client) error {
		return hub.Watch(ctx, client.Watched{Namespace: c.Namespace, Event: c.Event, Query: c.Query}, func(data []byte) error {
			_, err := fmt.Fprintf(p.Stdout, "%s\n", data)
			return err
		})
	})
}

type messagesCommand struct {
	hubFlags
	Query string `short:"q" help:"Only what this query selects, such as 'late>1ms OR outcome:dropped'."`
	Limit int    `short:"l" default:"100" help:"Only the newest so many; 0: all."`
}

// Run prints the messages that the hub keeps.
func (c *messagesCommand) Run(ctx context.Context, p Process) error {
	return c.with(func(hub *client.Client) error {
		out := bufio.NewWriter(p.Stdout)
		err := hub.Messages(ctx, c.Query, c.Limit, func(line []byte) error {
			_, _ = out.Write(line) // Flush tells what cannot be written
			return out.WriteByte('\n')
		})
		return cmp.Or(err, out.Flush())
	})
}

type versionCommand struct {
	JSON bool `help:"As JSON."`
}

// Run prints the version.
func (c *versionCommand) Run(p Process) error {
	if c.JSON {
		return json.NewEncoder(p.Stdout).Encode(map[string]string{"version": p.Version})
	}
	_, err := fmt.Fprintf(p.Stdout, "emitscope %s\n", p.Version)
	return err
}
