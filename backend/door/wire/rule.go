package wire

import "emitscope/backend/msg"

// Rule is a reply rule, and what it has done.
type Rule struct {
	Name      string `json:"name" doc:"unique; differs by capital letters"`
	NewRule   `tstype:",extends"`
	Source    string     `json:"source" tstype:"'built_in' | 'changed' | 'file' | 'saved'" doc:"where it is from: built into every hub, built in and changed by somebody, the settings file, or saved by somebody" enum:"built_in,changed,file,saved"`
	Hits      uint64     `json:"hits" doc:"how often it was to reply, since the hub began"`
	PerSecond float64    `json:"per_second" doc:"of the last ten seconds"`
	Waiting   int        `json:"waiting" doc:"replies whose delay is not over"`
	Errors    uint64     `json:"errors" doc:"replies that could not be made, or were refused"`
	LastError *RuleError `json:"last_error,omitempty" doc:"of those the last one"`
}

// NewRule is a reply rule to be kept; its name is in the path. What is optional and
// absent is as DefaultRule has it.
type NewRule struct {
	On          bool     `json:"on" optional:"yes" doc:"absent: true"`
	Namespace   string   `json:"namespace" doc:"where a client emits"`
	Event       string   `json:"event" doc:"what it emits"`
	Query       string   `json:"query" optional:"yes" doc:"which of these messages; empty: all"`
	Act         string   `json:"act" optional:"yes" tstype:"'answer' | 'broadcast' | 'ack'" doc:"an event for this client, an event for everybody or for rooms, or the argument of its ack callback; absent: answer" enum:"answer,broadcast,ack"`
	Reply       string   `json:"reply" optional:"yes" doc:"the event to emit, on the same namespace; empty for ack"`
	Data        string   `json:"data" optional:"yes" doc:"its data: a template, which is JSON text with {{…}} in it; empty with last"`
	Last        int      `json:"last" optional:"yes" doc:"its data are the last so many of a stream, as an array, oldest first; 1 to 100. 0: data is meant"`
	LastOf      string   `json:"last_of" optional:"yes" doc:"the event of that stream"`
	Rooms       []string `json:"rooms" optional:"yes" doc:"of broadcast: to whom; empty: everybody in the namespace"`
	Delay       string   `json:"delay" optional:"yes" doc:"how long to wait before, such as 1.5s; up to 1h"`
	Probability float64  `json:"probability" optional:"yes" doc:"how often it replies: 0.5 means every other time; absent: 1"`
}

// RuleError is why a reply was not sent.
type RuleError struct {
	Time    string `json:"time" doc:"when; RFC 3339"`
	Code    string `json:"code" doc:"stable, for programs; snake_case"`
	Message string `json:"message" doc:"what is wrong, for a person"`
	Hint    string `json:"hint,omitempty" doc:"what to do about it"`
}

// RuleList is every reply rule.
type RuleList struct {
	Rules []Rule `json:"rules" doc:"in their order"`
}

// RulePatch changes a rule; what is absent stays.
type RulePatch struct {
	On *bool `json:"on,omitempty" doc:"of one from the settings file: until the hub ends"`
}

// RuleOrder puts the saved rules into another order.
type RuleOrder struct {
	Order []string `json:"order" doc:"their names, each once"`
}

// DefaultRule is what a rule has that is not said.
func DefaultRule() NewRule {
	return NewRule{On: true, Act: string(msg.RuleAnswers), Delay: "0s", Probability: 1}
}

// Rule returns the rule with this name, or an Invalid error about the delay. The
// rest of it is not checked.
func (n NewRule) Rule(name string) (msg.Rule, error) {
	r := msg.Rule{
		Name: name, On: n.On, Namespace: n.Namespace, Event: n.Event, Query: n.Query,
		Act: msg.RuleAct(n.Act), Reply: n.Reply, Data: n.Data, Last: n.Last, LastOf: n.LastOf, Probability: n.Probability,
	}
	if len(n.Rooms) > 0 {
		r.Rooms = n.Rooms
	}
	var err error
	if r.Delay, err = durationIn("delay", n.Delay, "invalid_rule"); err != nil {
		return msg.Rule{}, err
	}
	return r, nil
}

// NewRuleOf returns what makes r again.
func NewRuleOf(r msg.Rule) NewRule {
	return NewRule{
		On: r.On, Namespace: r.Namespace, Event: r.Event, Query: r.Query, Act: string(r.Act), Reply: r.Reply,
		Data: r.Data, Last: r.Last, LastOf: r.LastOf, Rooms: orEmpty(r.Rooms), Delay: r.Delay.String(), Probability: r.Probability,
	}
}

// RuleListOf returns all rules for the wire.
func RuleListOf(all []msg.RuleState) RuleList { return RuleList{Rules: each(all, RuleOf)} }

// RuleOf returns a rule and what it has done.
func RuleOf(s msg.RuleState) Rule {
	r := Rule{
		Name: s.Name, NewRule: NewRuleOf(s.Rule), Source: string(s.Source),
		Hits: s.Hits, PerSecond: s.PerSecond, Waiting: s.Waiting, Errors: s.Errors,
	}
	if e := s.LastError; e != nil {
		r.LastError = &RuleError{Time: Time(e.Time), Code: e.Err.Code, Message: e.Err.Message, Hint: e.Err.Hint}
	}
	return r
}
