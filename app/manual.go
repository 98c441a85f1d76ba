package app

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"
)

// manualCommand is hidden: packages are made with it.
type manualCommand struct {
	Date time.Time `required:"" format:"2006-01-02" help:"Date of the page."`
}

// Run prints the manual page, which is made from the commands and flags there are.
func (c *manualCommand) Run(p Process, k *kong.Kong) error {
	m := manual{app: k.Model, shared: sharedFlags(k.Model)}
	m.write(c.Date, p.Version)
	_, err := io.WriteString(p.Stdout, m.page.String())
	return err
}

// manual is a page in roff, with the macros of man(7).
type manual struct {
	app    *kong.Application
	shared []flagGroup
	page   strings.Builder
}

// flagGroup is flags that the same commands have. They are explained once.
type flagGroup struct {
	commands []string
	flags    []*kong.Flag
}

// sharing is how many commands have flags in common for these to be explained
// in a place of their own.
const sharing = 3

// sharedFlags returns the flags that several commands have, in the order in
// which they come first.
func sharedFlags(app *kong.Application) (groups []flagGroup) {
	type flag struct{ name, help string }
	users := map[flag][]string{}
	var order []*kong.Flag
	for _, n := range app.Leaves(true) {
		for _, f := range visibleFlags(n) {
			key := flag{f.Name, f.Help}
			if users[key] == nil {
				order = append(order, f)
			}
			users[key] = append(users[key], n.Path())
		}
	}
	for _, f := range order {
		commands := users[flag{f.Name, f.Help}]
		if len(commands) < sharing {
			continue
		}
		i := slices.IndexFunc(groups, func(g flagGroup) bool { return slices.Equal(g.commands, commands) })
		if i < 0 {
			groups, i = append(groups, flagGroup{commands: commands}), len(groups)
		}
		groups[i].flags = append(groups[i].flags, f)
	}
	return groups
}

func (m *manual) write(date time.Time, version string) {
	name := m.app.Name
	m.line(`.TH %s 1 %s "Emitscope %s" "Emitscope"`, strings.ToUpper(name), date.Format(time.DateOnly), roff(version))
	m.line(".SH NAME\n%s \\- real-time hub that emits at a steady interval", roff(name))
	m.line(".SH SYNOPSIS\n.B %s\n[\\fIcommand\\fR] [\\fIflags\\fR]", roff(name))
	m.line(".SH DESCRIPTION\n%s", roff(m.app.Help))
	m.line("Programs push JSON into it over REST, Socket.IO or WebSocket; a bounded line for each namespace and one emitter send it on at a steady pace.")
	m.line(".PP\nWithout a command it does what \\fB%s\\fR does. All other commands talk to a hub that runs.", roff(m.app.DefaultCmd.Name))
	for _, f := range visibleFlags(m.app.Node) {
		m.flag(f)
	}
	m.line(".SH COMMANDS")
	for _, n := range m.app.Leaves(true) {
		m.command(n)
	}
	m.line(".SH FLAGS OF SEVERAL COMMANDS")
	for _, g := range m.shared {
		m.line(".SS %s", roff(strings.Join(g.commands, ", ")))
		for _, f := range g.flags {
			m.flag(f)
		}
	}
	m.line(".SH EXIT STATUS\n0 when it is done, 1 when something went wrong, 2 when the arguments are wrong. For \\fBwait\\fR: 0 when there were enough messages, 1 when the time was up, 2 when it is not known.")
	m.line(".SH ENVIRONMENT\nFlags that name a variable are also read from there. A flag wins over the environment, that over the settings file.")
	m.line(".SH FILES\n.TP\n.I $XDG_CONFIG_HOME/emitscope/config.toml\nSettings; \\fB%s config show\\fR prints them all.", roff(name))
	m.line(".TP\n.I $XDG_DATA_HOME/emitscope\nWhat the hub keeps, unless \\fB\\-\\-data\\-dir\\fR names another folder.")
}

func (m *manual) command(n *kong.Node) {
	title := n.Path()
	for _, a := range n.Positional {
		title += " " + a.Summary()
	}
	m.line(".SS %s\n%s", roff(title), roff(n.Help))
	for _, a := range n.Positional {
		m.line(".TP\n.I %s\n%s", roff(a.Summary()), roff(a.Help))
	}
	for _, f := range visibleFlags(n) {
		if !m.isShared(f) {
			m.flag(f)
		}
	}
}

func (m *manual) isShared(f *kong.Flag) bool {
	return slices.ContainsFunc(m.shared, func(g flagGroup) bool {
		return slices.ContainsFunc(g.flags, func(s *kong.Flag) bool { return s.Name == f.Name && s.Help == f.Help })
	})
}

func (m *manual) flag(f *kong.Flag) {
	m.line(".TP\n.B %s\n%s", roff(f.String()), roff(kong.DefaultHelpValueFormatter(f.Value)))
}

func (m *manual) line(format string, args ...any) { fmt.Fprintf(&m.page, format+"\n", args...) }

// roff writes text so that nothing in it is taken for a command, and hyphens
// can be copied as such.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\(rs`, "-", `\-`, "'", `\(aq`, "…", "...").Replace(text)
	if strings.HasPrefix(text, ".") {
		return `\&` + text
	}
	return text
}
