package app

import (
	"context"
	"fmt"
	"io"
	"strings"

	"emitscope/backend/client"
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
	return c.with(func(hub *client.Client) error {
		state, err := c.share(ctx, hub)
		switch {
		case err != nil:
			return err
		case c.Link:
			return c.printLinks(ctx, p, hub, state)
		}
		return writeSharing(p.Stdout, p.Name, state)
	})
}

// share changes what is to be changed, and returns how the hub is shared then.
func (c *shareCommand) share(ctx context.Context, hub *client.Client) (wire.Sharing, error) {
	patch := wire.SharingPatch{OpenView: c.OpenView}
	if c.On || c.Off {
		patch.On = &c.On
	}
	if patch == (wire.SharingPatch{}) {
		return hub.Sharing(ctx)
	}
	return hub.Share(ctx, patch)
}

// printLinks prints the link to view, for each address, alone.
func (c *shareCommand) printLinks(ctx context.Context, p Process, hub *client.Client, state wire.Sharing) error {
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
