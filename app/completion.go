package app

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

type completionCommand struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"Which shell: bash, zsh or fish."`
}

// Run prints the script, which is made from the commands and flags there are.
func (c *completionCommand) Run(p Process, k *kong.Kong) error {
	write := map[string]func(io.Writer, *kong.Application) error{"bash": bashCompletion, "zsh": zshCompletion, "fish": fishCompletion}
	return write[c.Shell](p.Stdout, k.Model)
}

// level is what can follow a command: the commands below it, and flags.
type level struct {
	path     []string // of the command; empty: the program itself
	commands []*kong.Node
	flags    []*kong.Flag
	args     []*kong.Positional
}

// levels returns the program's own level and those of all its commands, each
// before what is below it. The flags of the command that is meant when none is
// named belong to the level above, too.
func levels(n *kong.Node) []level {
	var path []string
	if n.Type == kong.CommandNode {
		path = strings.Fields(n.Path())
	}
	l := level{path: path, commands: visible(n), flags: visibleFlags(n), args: n.Positional}
	if n.DefaultCmd != nil {
		l.flags = append(l.flags, visibleFlags(n.DefaultCmd)...)
		l.args = n.DefaultCmd.Positional
	}
	all := []level{l}
	for _, c := range l.commands {
		all = append(all, levels(c)...)
	}
	return all
}

func visible(n *kong.Node) []*kong.Node {
	return slices.DeleteFunc(slices.Clone(n.Children), func(c *kong.Node) bool { return c.Hidden })
}

func visibleFlags(n *kong.Node) []*kong.Flag {
	return slices.DeleteFunc(slices.Clone(n.Flags), func(f *kong.Flag) bool { return f.Hidden })
}

// values returns the words that a value can be; nil when it can be anything.
func values(v *kong.Value) []string {
	if v.Enum == "" {
		return nil
	}
	return slices.DeleteFunc(v.EnumSlice(), func(word string) bool { return word == "" })
}

// isFile reports whether a value is the name of a file or of a folder.
func isFile(v *kong.Value) bool {
	return v.Flag == nil && v.Name == "file" || v.Tag.PlaceHolder == "FOLDER" || strings.HasPrefix(v.Tag.PlaceHolder, "FILE")
}

// spellings returns how a flag can be written: --event and -e.
func spellings(f *kong.Flag) []string {
	all := []string{"--" + f.Name}
	if f.Negated || f.Tag.Negatable != "" {
		all = append(all, "--no-"+f.Name)
	}
	if f.Short != 0 {
		all = append(all, "-"+string(f.Short))
	}
	return all
}

// takesValue reports whether a word follows the flag.
func takesValue(f *kong.Flag) bool { return !f.IsBool() && !f.IsCounter() }

// bashCompletion writes a function that finds the command in the words so far,
// and offers what can follow.
func bashCompletion(w io.Writer, app *kong.Application) error {
	var known, flagValues, following strings.Builder
	for _, l := range levels(app.Node) {
		var words []string
		for _, c := range l.commands {
			fmt.Fprintf(&known, "\t\t%q) path=%q ;;\n", strings.Join(l.path, " ")+" "+c.Name, strings.Join(append(slices.Clone(l.path), c.Name), " "))
			words = append(words, c.Name)
		}
		var files bool
		for _, a := range l.args {
			words = append(words, values(a)...)
			files = files || isFile(a)
		}
		for _, f := range l.flags {
			words = append(words, spellings(f)...)
			if !takesValue(f) {
				continue
			}
			action := "return" // anybody's guess
			if v := values(f.Value); v != nil {
				action = fmt.Sprintf("COMPREPLY=($(compgen -W %q -- \"$cur\")); return", strings.Join(v, " "))
			} else if isFile(f.Value) {
				action = `COMPREPLY=($(compgen -f -- "$cur")); return`
			}
			patterns := []string{fmt.Sprintf("%q", strings.Join(l.path, " ")+" --"+f.Name)}
			if f.Short != 0 {
				patterns = append(patterns, fmt.Sprintf("%q", strings.Join(l.path, " ")+" -"+string(f.Short)))
			}
			fmt.Fprintf(&flagValues, "\t%s) %s ;;\n", strings.Join(patterns, " | "), action)
		}
		also := ""
		if files {
			also = ` $(compgen -f -- "$cur")`
		}
		fmt.Fprintf(&following, "\t%q) COMPREPLY=($(compgen -W %q -- \"$cur\")%s) ;;\n", strings.Join(l.path, " "), strings.Join(words, " "), also)
	}
	_, err := fmt.Fprintf(w, `# bash completion for %[1]s
_%[2]s() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} path= i
	# --flag=value is three words here
	if [[ $cur == "=" ]]; then
		cur=
	elif [[ $prev == "=" ]]; then
		prev=${COMP_WORDS[COMP_CWORD-2]}
	fi
	for ((i = 1; i < COMP_CWORD; i++)); do
		case "$path ${COMP_WORDS[i]}" in
%[3]s		esac
	done
	compopt -o filenames 2>/dev/null
	case "$path $prev" in
%[4]s	esac
	case "$path" in
%[5]s	esac
}
complete -F _%[2]s %[1]s
`, app.Name, identifier(app.Name), known.String(), flagValues.String(), following.String())
	return err
}

// identifier makes a name that a shell takes for a function.
func identifier(name string) string {
	return strings.NewReplacer("-", "_", " ", "_", ".", "_").Replace(filepath.Base(name))
}
