package app_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRulesAreSavedListedSwitchedOrderedAndForgotten(t *testing.T) {
	url := serve(t)
	code, out, errs := run(t, "rules", "--url", url)
	if want := "on  message on /ws  built in  message on /ws       gets message_back: {\"result\":\"OK\"}  0     0.0    0\n"; code != 0 || !strings.HasSuffix(out, want) {
		t.Errorf("got %d %q %q, want %q at the end", code, out, errs, want)
	}
	code, out, errs = run(t, "rules", "put", "half", "-n", "/ws/jobs", "-e", "start", "--act", "broadcast", "-r", "progress", "-d", `{"n":{{seq}}}`,
		"-q", "size>1", "--room", "a", "--room", "b", "--delay", "1.5s", "--probability", "0.5", "--url", url)
	if want := `sends progress to a, b: {"n":{{seq}}}, after 1.5s, in 50 % of cases`; code != 0 || !strings.Contains(out, want) {
		t.Errorf("got %d %q %q, want %q in it", code, out, errs, want)
	}
	file := filepath.Join(t.TempDir(), "rule.json")
	if err := os.WriteFile(file, []byte(`{"namespace":"/ws","event":"e","act":"ack","last":3,"last_of":"tick"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, errs = run(t, "rules", "put", "from a file", "--json", file, "--url", url)
	if want := "acknowledges with the last 3 of tick"; code != 0 || !strings.Contains(out, want) {
		t.Errorf("got %d %q %q, want %q in it", code, out, errs, want)
	}
	if code, out, errs = run(t, "rules", "off", "message on /ws", "--url", url); code != 0 || !strings.Contains(out, "off  message on /ws  changed") {
		t.Errorf("off: got %d %q %q", code, out, errs)
	}
	if code, out, errs = run(t, "rules", "on", "message on /ws", "--url", url); code != 0 || !strings.Contains(out, "on  message on /ws") {
		t.Errorf("on: got %d %q %q", code, out, errs)
	}
	code, out, errs = run(t, "rules", "order", "from a file", "half", "--url", url)
	if code != 0 || strings.Index(out, "from a file") > strings.Index(out, "half") {
		t.Errorf("order: got %d %q %q, want the one from a file first", code, out, errs)
	}
	if code, out, errs = run(t, "rules", "remove", "half", "--url", url); code != 0 || out != "The rule \"half\" is forgotten.\n" {
		t.Errorf("remove: got %d %q %q", code, out, errs)
	}
	if _, out, _ = run(t, "rules", "list", "--json", "--url", url); strings.Count(out, "\n") != 2 || !strings.Contains(out, `"last_of":"tick"`) {
		t.Errorf("as JSON: got %q, want two lines", out)
	}
}

func TestABadRuleIsRefusedWithWhatToDo(t *testing.T) {
	url := serve(t)
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"-n", "/ws", "-e", "e", "-r", "r", "-d", `{"a":{{nix}}}`}, "line 1, column 8: "},
		{[]string{"-n", "/ws", "-e", "e", "-r", "r"}, "the rule has no data"},
		{[]string{"-e", "e"}, "--namespace"},
		{[]string{"-n", "/ws", "--json", "x"}, "can't be used together"},
		{[]string{"--json", filepath.Join(t.TempDir(), "none")}, "the rule cannot be read"},
	} {
		if code, out, errs := run(t, append([]string{"rules", "put", "x", "--url", url}, c.args...)...); code == 0 || !strings.Contains(errs, c.says) {
			t.Errorf("%q: got %d %q %q, want %q", c.args, code, out, errs, c.says)
		}
	}
	if code, _, errs := run(t, "rules", "remove", "none", "--url", url); code != 1 || !strings.Contains(errs, `no saved rule "none"`) {
		t.Errorf("got %d %q, want that there is none", code, errs)
	}
}
