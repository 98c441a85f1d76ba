package app

import (
	"context"
	"fmt"
	"os"

	"emitscope/backend/client"
	"emitscope/backend/fault"
)

// dataCommands look after what a running hub keeps.
type dataCommands struct {
	Show   dataShow   `cmd:"" default:"withargs" help:"Say where the data is, and what is in its files."`
	Backup dataBackup `cmd:"" help:"Write a zip of the data folder, without private keys and recordings."`
	Clear  dataClear  `cmd:"" help:"Forget the recent messages."`
	Delete dataDelete `cmd:"" help:"Delete all data: recent messages, recordings, keys, saved things and lane settings. The hub goes on."`
}

type dataShow struct{ hubFlags }

// Run prints a table.
func (c *dataShow) Run(ctx context.Context, p Process) error {
	return c.with(func(hub *client.Client) error {
		about, err := hub.About(ctx)
		if err != nil {
			return err
		}
		fmt.Fprintf(p.Stdout, "Emitscope %s, running since %s.\nData folder: %s\n", about.Version, moment(about.Started), about.DataDir)
		if about.SettingsFile != "" {
			fmt.Fprintf(p.Stdout, "Settings file: %s\n", about.SettingsFile)
		}
		if u := about.UDP; u != nil {
			fmt.Fprintf(p.Stdout, "Datagrams: taken at %s into %s; messages %d, not understood %d, refused %d, from elsewhere %d, lost %d\n",
				u.Addr, u.Namespace, u.Accepted, u.Invalid, u.Refused, u.WrongSource, u.Lost)
		}
		table := newTable(p.Stdout)
		fmt.Fprintln(table, "FILE\tBYTES\tHAS")
		for _, f := range about.Files {
			fmt.Fprintf(table, "%s\t%d\t%s\n", f.Name, f.Bytes, f.Kind)
		}
		return table.Flush()
	})
}

type dataBackup struct {
	hubFlags
	File string `arg:"" help:"File to write; it must not be there."`
}

// Run writes the file as a whole or not at all.
func (c *dataBackup) Run(ctx context.Context, p Process) error {
	return c.with(func(hub *client.Client) error {
		if _, err := os.Lstat(c.File); err == nil {
			return fault.Newf(fault.Conflict, "there is a file %s already", c.File).WithHint("name another one, or move it away")
		}
		from, err := hub.Backup(ctx)
		if err != nil {
			return err
		}
		defer from.Close()
		n, err := writeWhole(c.File, from)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.Stdout, "%d bytes in %s. To go back to it, stop the hub and unpack it into its data folder.\n", n, c.File)
		return err
	})
}

type dataClear struct{ hubFlags }

// Run forgets the recent messages.
func (c *dataClear) Run(ctx context.Context, p Process) error {
	return c.with(func(hub *client.Client) error {
		cleared, err := hub.ClearMessages(ctx)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.Stdout, "Messages forgotten: %d.\n", cleared.Messages)
		return err
	})
}

type dataDelete struct {
	hubFlags
	Yes bool `help:"It is meant: there is no way back but a backup."`
}

// Run deletes all data.
func (c *dataDelete) Run(ctx context.Context, p Process) error {
	if !c.Yes {
		return fault.Newf(fault.Invalid, "this would delete every recent message, every recording, every key, all that was saved, and what was changed of lanes").
			WithHint("%s data backup FILE keeps a copy; %s data delete --yes deletes it", p.Name, p.Name)
	}
	return c.with(func(hub *client.Client) error {
		erased, err := hub.DeleteData(ctx)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.Stdout, "Deleted: messages %d, recordings %d, keys %d, lanes changed %d, and all that was saved. The hub goes on.\n",
			erased.Messages, erased.Recordings, erased.Keys, erased.Lanes)
		return err
	})
}
