package config

import (
	"slices"
	"strconv"

	"emitscope/backend/fault"
	"emitscope/backend/flow/reply"
	"emitscope/backend/msg"
)

// maxRules bounds the reply rules of the file.
const maxRules = 200

// ruleTable is the name of a rule's table in the file, which has one for each rule.
const ruleTable = "rule"

// ruleSettings lists the settings of one reply rule, tied to the fields of rule, by
// the names that package wire has for them. Their bounds depend on one another;
// reply knows them.
func ruleSettings(rule *msg.Rule) []setting {
	return []setting{
		bind(ruleTable, "name", "", &rule.Name, text[string]("a text")),
		bind(ruleTable, "on", "", &rule.On, yesNo()),
		bind(ruleTable, "namespace", "", &rule.Namespace, text[string](`a namespace such as "/ws"`)),
		bind(ruleTable, "event", "", &rule.Event, text[string]("the name of an event")),
		bind(ruleTable, "query", "", &rule.Query, text[string](`a query such as "data.size>100"`)),
		bind(ruleTable, "act", "", &rule.Act, text[msg.RuleAct](`"answer", "broadcast" or "ack"`)),
		bind(ruleTable, "reply", "", &rule.Reply, text[string]("the name of an event")),
		bind(ruleTable, "data", "", &rule.Data, text[string](`a text in quotes: the JSON to send, such as '{"ok":true}'`)),
		bind(ruleTable, "last", "", &rule.Last, whole[int]("a whole number of messages")),
		bind(ruleTable, "last_of", "", &rule.LastOf, text[string]("the name of an event")),
		bind(ruleTable, "rooms", "", &rule.Rooms, list(`a list of rooms such as ["lobby"]`, func(string) bool { return true })),
		bind(ruleTable, "delay", "", &rule.Delay, duration()),
		bind(ruleTable, "probability", "", &rule.Probability, decimal("a number from 0 to 1")),
	}
}

// defaultRule has what the file need not say.
func defaultRule() msg.Rule { return msg.Rule{On: true, Act: msg.RuleAnswers, Probability: 1} }

// rules reads the tables [[rule]].
func (r *reader) rules(c *Config, value any) {
	all, ok := value.([]any)
	if !ok {
		r.blame([]string{ruleTable}, invalid("rule is %s; want tables, each of which begins with [[rule]]", describe(value)))
		return
	}
	if len(all) > maxRules {
		r.blame([]string{ruleTable}, invalid("the file has %d rules; at most %d are allowed", len(all), maxRules).WithHint("take some out"))
		return
	}
	for i, value := range all {
		path := []string{ruleTable, strconv.Itoa(i)}
		rule := defaultRule()
		before := len(r.mistakes)
		r.table(path, value, ruleSettings(&rule))
		if len(r.mistakes) == before {
			field, err := checkRule(rule, c.Rules)
			if field != "" {
				path = append(path, field)
			}
			r.blame(path, err)
		}
		c.Rules = append(c.Rules, rule)
	}
}

// checkRule says what is wrong with a rule that comes after others, and which of its
// settings is to blame.
func checkRule(rule msg.Rule, before []msg.Rule) (field string, err error) {
	if slices.ContainsFunc(before, func(other msg.Rule) bool { return other.Name == rule.Name }) {
		return "name", invalid("rule.name is %s, like that of a rule before", describe(rule.Name)).WithHint("give each rule a name of its own")
	}
	if err := reply.Check(rule); err != nil {
		f := fault.From(err)
		wrong := invalid("rule.%s: %s", f.Field, f.Message).WithHint("%s", f.Hint)
		if f.Place != nil {
			wrong.Message += " (at character " + strconv.Itoa(f.Place.At+1) + " of it)"
		}
		return f.Field, wrong
	}
	return "", nil
}
