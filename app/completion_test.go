package app_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestBashCompletesCommandsFlagsAndTheirValues(t *testing.T) {
	for _, c := range []struct {
		line []string // as bash splits it; the last is completed
		want []string
	}{
		{[]string{"rec"}, []string{"record", "recordings"}},
		{[]string{"config", ""}, []string{"check", "show"}},
		{[]string{"config", "show", "--data"}, []string{"--data-dir"}},
		{[]string{"--open"}, []string{"--open-view"}}, // of serve, which is meant
		{[]string{"completion", "f"}, []string{"fish"}},
		{[]string{"bench", "--via", "r"}, []string{"rest"}},
		{[]string{"bench", "--via", "=", "so"}, []string{"socketio"}},
		{[]string{"bench", "--via", "="}, []string{"rest", "socketio", "websocket"}},
		{[]string{"emit", "--to", ""}, nil}, // any client
		{[]string{"man"}, nil},              // hidden
	} {
		if got := completed(t, c.line...); !slices.Equal(got, c.want) {
			t.Errorf("%q: got %q, want %q", c.line, got, c.want)
		}
	}
}

// completed returns what bash offers for the last of the words after the program's
// name.
func completed(t *testing.T, line ...string) []string {
	t.Helper()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash")
	}
	_, script, _ := run(t, "completion", "bash")
	file := filepath.Join(t.TempDir(), "scope")
	if err := os.WriteFile(file, []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	words := append([]string{"scope"}, line...)
	say := exec.Command(bash, append([]string{"--norc", "-c", `source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _scope; printf '%s\n' "${COMPREPLY[@]}"`, file}, words...)...)
	say.Dir = t.TempDir() // which has no files that could be offered
	out, err := say.CombinedOutput()
	if err != nil {
		t.Fatalf("%q: %v: %s", line, err, out)
	}
	offers := strings.Fields(string(out))
	slices.Sort(offers)
	return offers
}

func TestEveryShellAndTheManualKnowEveryCommandAndFlag(t *testing.T) {
	_, manual, errs := run(t, "manual", "--date", "2026-01-02")
	if !strings.HasPrefix(manual, `.TH SCOPE 1 2026-01-02 "Emitscope 1.2.3" "Emitscope"`) {
		t.Fatalf("got %q %q, want the head of a manual page", manual, errs)
	}
	texts := map[string]string{"manual": strings.ReplaceAll(manual, `\-`, "-")}
	for _, shell := range []string{"bash", "zsh", "fish"} {
		_, texts[shell], _ = run(t, "completion", shell)
	}
	_, help, _ := run(t, "--help")
	commands := regexp.MustCompile(`(?m)^  ([a-z]+)((?: [a-z]+)?)  +[A-Z]`).FindAllStringSubmatch(help, -1)
	if len(commands) < 15 {
		t.Fatalf("found %d commands in the help", len(commands))
	}
	for _, c := range commands {
		words := strings.Fields(c[1] + c[2])
		_, help, _ := run(t, append(words, "--help")...)
		words = append(words, regexp.MustCompile(`--[a-z0-9-]+`).FindAllString(flagLines(help), -1)...)
		for name, text := range texts {
			for _, word := range words {
				bare := strings.TrimPrefix(word, "--")
				if word == "--help" || strings.Contains(text, word) || name == "fish" && strings.Contains(text, "-l "+bare+" ") {
					continue
				}
				t.Errorf("%s: %s of %s %s is missing", name, word, c[1], c[2])
			}
		}
	}
}

// flagLines returns the flags that help lists, without what it says of them.
func flagLines(help string) string {
	return strings.Join(regexp.MustCompile(`(?m)^ +(?:-\w, )?--[a-z0-9-]+`).FindAllString(strings.ReplaceAll(help, "[no-]", ""), -1), "\n")
}
