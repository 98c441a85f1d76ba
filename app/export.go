package app

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"emitscope/backend/client"
	"emitscope/backend/fault"
)

// binaryFormats are no text, so a terminal shows nothing of them but rubbish.
func binaryFormats() []string { return []string{"parquet", "mcap", "emitscope"} }

// formatEndings are the endings of files that tell their format.
func formatEndings() map[string]string {
	return map[string]string{
		".ndjson": "ndjson", ".jsonl": "ndjson", ".csv": "csv", ".parquet": "parquet", ".mcap": "mcap", ".html": "html", ".htm": "html", ".emitscope": "emitscope",
	}
}

// exportCommand writes a recording as a file.
type exportCommand struct {
	hubFlags
	Name    string `arg:"" help:"Name of the recording."`
	Format  string `enum:",ndjson,csv,parquet,mcap,html,emitscope" default:"" placeholder:"FORMAT" help:"ndjson, csv, parquet, mcap, html, or emitscope for its own file; without it, what the ending of --out says, or ndjson."`
	Query   string `short:"q" help:"Only what this query selects."`
	From    string `placeholder:"TIME" help:"Only from this moment on, such as 2026-01-02T14:00:00Z."`
	To      string `placeholder:"TIME" help:"Only before this moment."`
	Columns string `placeholder:"/A,/B" help:"With csv and parquet: columns of their own for these parts of the payload (JSON pointers)."`
	Out     string `short:"o" placeholder:"FILE" help:"File to write, whole or not at all; else standard output."`
}

// Run writes the file.
func (c *exportCommand) Run(ctx context.Context, p Process) error {
	format := c.Format
	if format == "" {
		format = formatEndings()[strings.ToLower(filepath.Ext(c.Out))]
	}
	if c.Out == "" && slices.Contains(binaryFormats(), format) && isTerminal(p.Stdout) {
		return fault.Newf(fault.Invalid, "%s is no text that a terminal can show", format).WithHint("name a file: -o %s.%s", fileName(c.Name), format)
	}
	return c.with(func(hub *client.Client) error {
		from, err := hub.Export(ctx, c.Name, client.Exported{Format: format, Query: c.Query, From: c.From, To: c.To, Columns: c.Columns})
		if err != nil {
			return err
		}
		defer from.Close()
		if c.Out == "" {
			if _, err := io.Copy(p.Stdout, from); err != nil {
				return fmt.Errorf("the export broke off: %w", err)
			}
			return nil
		}
		n, err := writeWhole(c.Out, from)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.Stdout, "%d bytes in %s.\n", n, c.Out)
		return err
	})
}

// fileName is a name as one word of a shell's, where it is to be shown in one.
func fileName(name string) string {
	if strings.ContainsAny(name, " '\"$&;()*?[]`\\") {
		return "recording"
	}
	return name
}

// importCommand makes a recording of a file.
type importCommand struct {
	hubFlags
	File      string `arg:"" help:"File to read; - is standard input."`
	Name      string `help:"Name of the recording; without it, that of the file."`
	Format    string `enum:",ndjson,csv,emitscope" default:"" placeholder:"FORMAT" help:"ndjson, csv or emitscope; without it, the content tells."`
	Event     string `short:"e" help:"Of what is not of Emitscope: each line, or row, is the data of an event with this name."`
	Namespace string `short:"n" help:"Of messages that name none; without it, /ws."`
}

// Run reads the file, and says what is in the recording.
func (c *importCommand) Run(ctx context.Context, p Process) error {
	from := p.Stdin
	name := c.Name
	if c.File == fromInput {
		if name == "" {
			return fault.Newf(fault.Invalid, "what comes by standard input has no name").WithHint("--name says that of the recording")
		}
	} else {
		file, err := os.Open(c.File)
		if err != nil {
			return err
		}
		defer file.Close()
		from = file
		if name == "" {
			base := filepath.Base(c.File)
			name = strings.TrimSuffix(base, filepath.Ext(base))
		}
	}
	return c.with(func(hub *client.Client) error {
		one, err := hub.Import(ctx, client.Imported{Name: name, Format: c.Format, Event: c.Event, Namespace: c.Namespace}, from)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(p.Stdout, summary(one))
		return err
	})
}

// isTerminal reports whether somebody looks at what is written there. What is thrown
// away is a device, too, but nobody looks.
func isTerminal(out io.Writer) bool {
	file, is := out.(*os.File)
	if !is {
		return false
	}
	info, err := file.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	nothing, err := os.Stat(os.DevNull)
	return err != nil || !os.SameFile(info, nothing)
}
