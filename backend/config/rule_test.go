package config_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"emitscope/backend/config"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

func TestRulesStandInTheFile(t *testing.T) {
	got := load(t, `
[[rule]]
name = "jobs"
namespace = "/ws/jobs"
event = "start"
reply = "progress"
data = '{"job":"{{id}}","done":0}'

[late]
share = 0.1

[[rule]]
name = "snapshot"
on = false
namespace = "/ws"
event = "subscribe"
query = "data.depth>1"
act = "broadcast"
reply = "snapshot"
last = 20
last_of = "tick"
rooms = ["a", "b"]
delay = "1.5s"
probability = 0.5
`).Rules
	want := []msg.Rule{
		{Name: "jobs", On: true, Namespace: "/ws/jobs", Event: "start", Act: msg.RuleAnswers, Reply: "progress", Data: `{"job":"{{id}}","done":0}`, Probability: 1},
		{
			Name: "snapshot", Namespace: "/ws", Event: "subscribe", Query: "data.depth>1", Act: msg.RuleBroadcasts, Reply: "snapshot",
			Last: 20, LastOf: "tick", Rooms: []string{"a", "b"}, Delay: 1500 * time.Millisecond, Probability: 0.5,
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	c := config.Defaults()
	c.DataDir, c.Rules = "/data", got
	if diff := cmp.Diff(want, load(t, config.Show(c)).Rules); diff != "" {
		t.Errorf("as they are shown (-want +got):\n%s", diff)
	}
}

func TestABadRuleIsRefusedWhereItStands(t *testing.T) {
	const good = "[[rule]]\nname = \"a\"\nnamespace = \"/ws\"\nevent = \"e\"\nreply = \"r\"\ndata = \"1\"\n"
	for _, c := range []struct{ text, says string }{
		{good + "delay = 5\n", `:7:1: rule.delay is 5; want a time with its unit`},
		{good + "delay = \"2h\"\n", `:7:1: rule.delay: the delay is 2h0m0s`},
		{good + "  query = \"event:e size>x\"\n", `:7:3: rule.query: `},
		{good + "  query = \"event:e size>x\"\n", `(at character 14 of it)`},
		{strings.Replace(good, `"1"`, `'{"a":{{nix}}}'`, 1), `:6:1: rule.data: line 1, column 8: `},
		{good + "\n" + good, `:9:1: rule.name is "a", like that of a rule before`},
		{good + "\n" + strings.Replace(strings.Replace(good, `"a"`, `"b"`, 1), `"e"`, `"join"`, 1), `:11:1: rule.event: the event join is for the hub itself`},
		{good + "shout = true\n", `:7:1: rule.0.shout is not a setting`},
		{"[[rule]]\nname = \"\"\n", `:2:1: rule.name: the name is empty`},
		{"[[rule]]\n", `:1:3: rule.name: the name is empty`},
		{"[rule]\n", `:1:2: rule is a table; want tables, each of which begins with [[rule]]`},
		{"rule = [1]\n", `:1:1: rule.0 is 1; want a table`},
		{strings.Repeat("[[rule]]\n", 201), `the file has 201 rules; at most 200`},
	} {
		_, err := config.Load(write(t, c.text))
		if !errors.Is(err, fault.Invalid) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("got %v, want an error with %q of\n%s", err, c.says, c.text)
		}
	}
}
