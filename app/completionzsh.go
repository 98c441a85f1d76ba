package app

import (
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"
)

// zshCompletion writes a function for each command, which the one above it calls.
func zshCompletion(w io.Writer, app *kong.Application) error {
	var b strings.Builder
	fmt.Fprintf(&b, "#compdef %s\n", app.Name)
	for _, l := range levels(app.Node) {
		function := identifier("_" + strings.Join(append([]string{app.Name}, l.path...), " "))
		fmt.Fprintf(&b, "\n%s() {\n", function)
		if len(l.commands) > 0 {
			b.WriteString("\tlocal state line\n\tlocal -a commands\n\tcommands=(\n")
			for _, c := range l.commands {
				fmt.Fprintf(&b, "\t\t%s\n", quoted(c.Name+":"+c.Help))
			}
			b.WriteString("\t)\n")
		}
		b.WriteString("\t_arguments -C")
		for _, f := range l.flags {
			for _, spelling := range spellings(f) {
				fmt.Fprintf(&b, " \\\n\t\t%s", quoted(zshFlag(f, spelling)))
			}
		}
		if len(l.commands) > 0 {
			fmt.Fprintf(&b, " \\\n\t\t'1: :->command' '*:: :->rest'\n\tcase $state in\n\tcommand)\n\t\t_describe command commands\n")
			if l.takesFile() {
				b.WriteString("\t\t_files\n")
			}
			b.WriteString("\t\t;;\n\trest)\n\t\tcase $words[1] in\n")
			for _, c := range l.commands {
				fmt.Fprintf(&b, "\t\t%s) %s_%s ;;\n", c.Name, function, identifier(c.Name))
			}
			b.WriteString("\t\tesac\n\t\t;;\n\tesac\n}\n")
			continue
		}
		for i, a := range l.args {
			place := fmt.Sprint(i + 1)
			if a.IsCumulative() {
				place = "*"
			}
			fmt.Fprintf(&b, " \\\n\t\t%s", quoted(fmt.Sprintf("%s:%s:%s", place, zshText(a.Name), zshAction(a))))
		}
		b.WriteString("\n}\n")
	}
	fmt.Fprintf(&b, "\nif [[ $funcstack[1] == _%[1]s ]]; then\n\t%[2]s \"$@\"\nelse\n\tcompdef %[2]s %[1]s\nfi\n", app.Name, identifier("_"+app.Name))
	_, err := io.WriteString(w, b.String())
	return err
}

// takesFile reports whether a file can stand in the place of a command.
func (l level) takesFile() bool {
	for _, a := range l.args {
		if isFile(a) {
			return true
		}
	}
	return false
}

// zshFlag is the flag as _arguments wants it: --feed=[help]:value:(sine walk).
func zshFlag(f *kong.Flag, spelling string) string {
	several := ""
	if f.IsCumulative() {
		several = "*"
	}
	if !takesValue(f) {
		return several + spelling + "[" + zshText(f.Help) + "]"
	}
	glue := "+" // -evalue or -e value
	if strings.HasPrefix(spelling, "--") {
		glue = "=" // --event=value or --event value
	}
	return fmt.Sprintf("%s%s%s[%s]:%s:%s", several, spelling, glue, zshText(f.Help), zshText(f.Name), zshAction(f.Value))
}

func zshAction(v *kong.Value) string {
	if words := values(v); words != nil {
		return "(" + strings.Join(words, " ") + ")"
	}
	if isFile(v) {
		return "_files"
	}
	return " "
}

// zshText keeps what _arguments would take for its own signs.
func zshText(s string) string {
	return strings.NewReplacer(`\`, `\\`, ":", `\:`, "[", `\[`, "]", `\]`).Replace(s)
}

// quoted is a word of bash and zsh that means s and nothing else.
func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
