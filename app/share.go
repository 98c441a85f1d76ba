package app

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
)

type shareCommand struct {
	hubFlags
	On       bool  `xor:"on" help:"Let other machines reach the hub, until it ends; for good: lan = true in its settings."`
	Off      bool  `xor:"on" help:"Let no other machine reach it any more, and disconnect those that are there."`
	OpenView *bool `negatable:"" help:"Let other machines view without a key, until the hub ends."`
	Link     bool  `help:"Print the link by which others view, one line for each address; it carries a key."`
}

// Run changes what the flags say, and prints how the hub is shared then.
func (c *shareCommand) Run(ctx context.Context, p Process) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	defer hub.Close()
	patch := wire.SharingPatch{OpenView: c.OpenView}
	if c.On || c.Off {
		patch.On = &c.On
	}
	var state wire.Sharing
	if patch == (wire.SharingPatch{}) {
		state, err = hub.Sharing(ctx)
	} else {
		state, err = hub.Share(ctx, patch)
	}
	if err != nil {
		return err
	}
	if !c.Link {
		return writeSharing(p.Stdout, p.Name, state)
	}
	if !state.On {
		return fault.Newf(fault.Conflict, "the hub is not shared, so nobody else could open a link").
			WithHint("%s share --on --link shares it first", p.Name)
	}
	secret, err := hub.ViewLink(ctx)
	if err != nil {
		return err
	}
	if err := writeSharing(p.Stderr, p.Name, state); err != nil {
		return err
	}
	for _, a := range state.Addresses {
		if _, err := fmt.Fprintf(p.Stdout, "%s/#k=%s\n", a.URL, secret); err != nil {
			return err
		}
	}
	return nil
}

// writeSharing tells a person how others reach a hub.
func writeSharing(w io.Writer, program string, s wire.Sharing) error {
	if !s.On {
		_, err := fmt.Fprintf(w, "Not shared: only its own machine reaches the hub. %s share --on lets others in.\n", program)
		return err
	}
	var text strings.Builder
	switch {
	case len(s.Addresses) == 0:
		text.WriteString("Shared on the LAN, but this machine has no address there now.\n")
	default:
		text.WriteString("Shared on the LAN:\n")
		for _, a := range s.Addresses {
			fmt.Fprintf(&text, "  %s (%s)\n", a.URL, a.Kind)
		}
	}
	writeReach(&text, program, s)
	for _, why := range s.Unreachable {
		fmt.Fprintf(&text, "Not everywhere: %s.\n", why)
	}
	if s.LastCaller != nil {
		fmt.Fprintf(&text, "Last other machine let in: %s, at %s.\n", s.LastCaller.Address, moment(s.LastCaller.Time))
	}
	for _, o := range s.Others {
		fmt.Fprintf(&text, "Another Emitscope: %s at %s\n", o.Name, o.URL)
	}
	_, err := io.WriteString(w, text.String())
	return err
}

// writeReach tells what other machines need to come in.
func writeReach(w io.Writer, program string, s wire.Sharing) {
	if s.TLS {
		fmt.Fprintf(w, "Certificate, as others see it (SHA-256):\n  %s\n", s.Fingerprint)
	}
	if s.OpenView {
		fmt.Fprintf(w, "Other machines may view without a key. To publish they need one: %s key make NAME.\n", program)
		return
	}
	fmt.Fprintf(w, "Other machines need a key: %s share --link prints a link to view, %s key make NAME a key.\n", program, program)
}

type keyCommands struct {
	List   keyList   `cmd:"" help:"List the keys, oldest first."`
	Make   keyMake   `cmd:"" help:"Make a key, and print its secret, alone and this once."`
	Revoke keyRevoke `cmd:"" help:"Make a key unknown, and disconnect who came in with it."`
}

type keyList struct{ hubFlags }

// Run prints a table.
func (c *keyList) Run(ctx context.Context, p Process) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	defer hub.Close()
	keys, err := hub.Keys(ctx)
	if err != nil {
		return err
	}
	if len(keys) == 0 {
		_, err := fmt.Fprintf(p.Stdout, "There are no keys. %s key make NAME makes one.\n", p.Name)
		return err
	}
	table := tabwriter.NewWriter(p.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "NAME\tMAY\tMADE\tLAST USED\tMESSAGES")
	for _, k := range keys {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%d\n", k.Name, k.Scopes, moment(k.Created), cmp.Or(moment(k.LastUsed), "never"), k.Messages)
	}
	return table.Flush()
}

type keyMake struct {
	hubFlags
	Name   string   `arg:"" help:"Name of the key, for people."`
	Scopes []string `default:"view,publish" help:"What it allows: one or more of view, publish, admin."`
}

// Run prints the secret, so that a script can take it.
func (c *keyMake) Run(ctx context.Context, p Process) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	defer hub.Close()
	made, err := hub.MakeKey(ctx, c.Name, strings.Join(c.Scopes, " "))
	if err != nil {
		return err
	}
	fmt.Fprintf(p.Stderr, "The key %q may %s. Keep it: it is not shown again. Programs send it as \"Authorization: Bearer KEY\".\n",
		made.Key.Name, strings.ReplaceAll(made.Key.Scopes, " ", ", "))
	_, err = fmt.Fprintln(p.Stdout, made.Secret)
	return err
}

type keyRevoke struct {
	hubFlags
	Name string `arg:"" help:"Name of the key."`
}

// Run revokes the key.
func (c *keyRevoke) Run(ctx context.Context, p Process) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	defer hub.Close()
	if err := hub.RevokeKey(ctx, c.Name); err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.Stdout, "The key %q is revoked, and who came in with it is disconnected.\n", c.Name)
	return err
}

// moment writes a time of the wire to the second, with its zone, for a person who
// is here; empty when there is none.
func moment(wireTime string) string {
	t, err := time.Parse(time.RFC3339Nano, wireTime)
	if err != nil {
		return ""
	}
	return t.Local().Format("2006-01-02 15:04:05 -0700")
}
