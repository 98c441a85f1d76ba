package app

import (
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"
)

// fishCompletion writes a line for each command and flag, with the condition
// under which it is offered: which commands are there, and which are not.
func fishCompletion(w io.Writer, app *kong.Application) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# fish completion for %[1]s\ncomplete -c %[1]s -f\n", app.Name)
	for _, l := range levels(app.Node) {
		when := fishCondition(l)
		line := func(rest string, args ...any) {
			fmt.Fprintf(&b, "complete -c %s -n %s %s\n", app.Name, fishQuoted(when), fmt.Sprintf(rest, args...))
		}
		for _, c := range l.commands {
			line("-a %s -d %s", c.Name, fishQuoted(c.Help))
		}
		for _, a := range l.args {
			if isFile(a) {
				line("-F")
			}
			for _, word := range values(a) {
				line("-a %s", word)
			}
		}
		for _, f := range l.flags {
			line("-l %s%s%s -d %s", f.Name, fishShort(f), fishValue(f), fishQuoted(f.Help))
			if f.Tag.Negatable != "" {
				line("-l no-%s -d %s", f.Name, fishQuoted("Not: "+f.Help))
			}
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func fishCondition(l level) string {
	var conditions []string
	for _, name := range l.path {
		conditions = append(conditions, "__fish_seen_subcommand_from "+name)
	}
	if len(l.commands) > 0 {
		var names []string
		for _, c := range l.commands {
			names = append(names, c.Name)
		}
		conditions = append(conditions, "not __fish_seen_subcommand_from "+strings.Join(names, " "))
	}
	return strings.Join(conditions, "; and ")
}

func fishShort(f *kong.Flag) string {
	if f.Short == 0 {
		return ""
	}
	return " -s " + string(f.Short)
}

func fishValue(f *kong.Flag) string {
	switch words := values(f.Value); {
	case !takesValue(f):
		return ""
	case words != nil:
		return " -x -a " + fishQuoted(strings.Join(words, " "))
	case isFile(f.Value):
		return " -r -F"
	default:
		return " -x"
	}
}

// fishQuoted is a word of fish that means s: in it, unlike in other shells, a
// backslash can stand before a quote.
func fishQuoted(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(s) + "'"
}
