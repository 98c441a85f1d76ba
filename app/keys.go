package app

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"emitscope/backend/client"
)

// keyCommands look after the keys of a running hub.
type keyCommands struct {
	List   keyList   `cmd:"" help:"List the keys, oldest first."`
	Make   keyMake   `cmd:"" help:"Make a key, and print its secret, alone and this once."`
	Revoke keyRevoke `cmd:"" help:"Make a key unknown, and disconnect who came in with it."`
}

type keyList struct{ hubFlags }

// Run prints a table.
func (c *keyList) Run(ctx context.Context, p Process) error {
	return c.with(func(hub *client.Client) error {
		keys, err := hub.Keys(ctx)
		if err != nil {
			return err
		}
		if len(keys) == 0 {
			_, err := fmt.Fprintf(p.Stdout, "There are no keys. %s key make NAME makes one.\n", p.Name)
			return err
		}
		table := newTable(p.Stdout)
		fmt.Fprintln(table, "NAME\tMAY\tMADE\tLAST USED\tMESSAGES")
		for _, k := range keys {
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%d\n", k.Name, k.Scopes, moment(k.Created), cmp.Or(moment(k.LastUsed), "never"), k.Messages)
		}
		return table.Flush()
	})
}

type keyMake struct {
	hubFlags
	Name   string   `arg:"" help:"Name of the key, for people."`
	Scopes []string `default:"view,publish" help:"What it allows: one or more of view, publish, admin."`
}

// Run prints the secret, so that a script can take it.
func (c *keyMake) Run(ctx context.Context, p Process) error {
	return c.with(func(hub *client.Client) error {
		made, err := hub.MakeKey(ctx, c.Name, strings.Join(c.Scopes, " "))
		if err != nil {
			return err
		}
		fmt.Fprintf(p.Stderr, "The key %q may %s. Keep it: it is not shown again. Programs send it as \"Authorization: Bearer KEY\".\n",
			made.Key.Name, strings.ReplaceAll(made.Key.Scopes, " ", ", "))
		_, err = fmt.Fprintln(p.Stdout, made.Secret)
		return err
	})
}

type keyRevoke struct {
	hubFlags
	Name string `arg:"" help:"Name of the key."`
}

// Run revokes the key.
func (c *keyRevoke) Run(ctx context.Context, p Process) error {
	return c.with(func(hub *client.Client) error {
		if err := hub.RevokeKey(ctx, c.Name); err != nil {
			return err
		}
		_, err := fmt.Fprintf(p.Stdout, "The key %q is revoked, and who came in with it is disconnected.\n", c.Name)
		return err
	})
}
